"""Serve the web chat's page: three static files, filled with words and kept in memory."""

import hashlib
import html
import json
import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from bot import limits
from bot.texts import LANGUAGES, CitizenTexts

_FOLDER = Path(__file__).with_name("static")

_SECURITY = {
    # No foreign sources, nothing inline; only the script submits forms.
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_PLACE = re.compile(r"\{\{(\w+)\}\}")


class Page:
    """The page in each language, and its files under names with their hash."""

    def __init__(self, texts: CitizenTexts) -> None:
        self._files = {
            path.name: path.read_bytes()
            for path in sorted(_FOLDER.iterdir())
            if path.suffix in _TYPES
        }
        self._version = hashlib.sha256(b"".join(self._files.values())).hexdigest()[:12]
        self._pages = {language: self._fill(texts, language) for language in LANGUAGES}

    def _fill(self, texts: CitizenTexts, language: str) -> bytes:
        words = {
            code: {key: texts.words(key, code) for key in texts.starting_with("page_")}
            for code in LANGUAGES
        }
        values = {
            **words[language],
            "lang": language,
            "version": self._version,
            "limit": str(limits.HANDLED),
            # A data block is not a script, so the policy above allows it; `<` could end it.
            "words": json.dumps(words, ensure_ascii=False).replace("<", "\\u003c"),
        }
        source = (_FOLDER / "index.html").read_text("utf-8")
        return _PLACE.sub(
            lambda place: values["words"] if place[1] == "words" else html.escape(values[place[1]]),
            source,
        ).encode()

    async def index(self, request: Request) -> Response:
        """Answer with the page, in the language of `?lang=` or of the browser."""
        language = request.query_params.get("lang") or preferred(
            request.headers.get("accept-language", "")
        )
        return Response(
            self._pages.get(language, self._pages[LANGUAGES[0]]),
            media_type="text/html",
            headers={**_SECURITY, "Cache-Control": "no-cache", "Vary": "Accept-Language"},
        )

    async def file(self, request: Request) -> Response:
        """Answer with one of the page's files."""
        name = request.path_params["name"]
        content = self._files.get(name)
        if content is None:
            return Response(status_code=404)
        fresh = request.query_params.get("v") == self._version
        return Response(
            content,
            media_type=_TYPES[Path(name).suffix],
            headers={
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "public, max-age=31536000, immutable" if fresh else "no-cache",
            },
        )


def preferred(accepted: str) -> str:
    """Return the first supported language of an `Accept-Language` header."""
    for part in accepted.split(","):
        tag = part.split(";")[0].strip().lower()[:2]
        if tag in LANGUAGES:
            return tag
    return LANGUAGES[0]
