"""Check the origin and the session of every request to the console.

It is before NiceGUI, whose socket accepts pages of any site. A handshake from a foreign origin, or
without a valid session, is refused before NiceGUI receives it. Long polling is refused, so that the
socket is the only connection. The session cookie cannot be read by scripts, and forms of foreign
sites do not send it.
"""

from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.console.context import COOKIE, LANGUAGE_COOKIE, ROOT, ConsoleContext
from api.console.texts import LANGUAGES
from api.people.rules.staff import SessionEnded
from api.people.service.sign_in import session_digest

# NiceGUI starts its page with inline scripts and compiles Vue templates in the browser.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval';"
    " style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; object-src 'none';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
)
_OPEN = ("/sign-in", "/static/", "/_nicegui/", "/favicon.ico")


class ConsoleGuard:
    """ASGI middleware: passes on requests of our own pages with a valid session.

    Args:
        app: the inner app, called with the path after `/console`.
        context: holds the sessions, and further origins of ours.
    """

    def __init__(self, app: ASGIApp, context: ConsoleContext) -> None:
        self._app = app
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one socket."""
        path = inner_path(scope)
        if scope["type"] == "websocket":
            if self._is_ours(scope) and await self._is_signed_in(scope):
                await self._app(scope, receive, send)
            else:
                await receive()
                await send({"type": "websocket.close", "code": 4403})
            return
        # NiceGUI would write the sender's value into the page unescaped.
        scope["headers"] = [
            header for header in scope["headers"] if header[0] != b"x-forwarded-prefix"
        ]
        send = _hardened(scope, send)
        if path.startswith("/_nicegui_ws") or (
            scope["method"] not in ("GET", "HEAD") and not self._is_ours(scope)
        ):
            await _refuse(scope, receive, send)
        elif path.startswith(_OPEN) or await self._is_signed_in(scope):
            await self._app(scope, receive, send)
        else:
            query = scope["query_string"].decode("latin-1")
            wanted = quote(ROOT + path + (f"?{query}" if query else ""), safe="/")
            target = f"{ROOT}/sign-in?next={wanted}"
            await RedirectResponse(target, status_code=303)(scope, receive, send)

    def _is_ours(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is None:
            return False
        if origin in self._context.origins:
            return True
        sent = urlsplit(origin)
        secure = scope["scheme"] in ("https", "wss")
        return sent.scheme == ("https" if secure else "http") and sent.netloc == headers.get("host")

    async def _is_signed_in(self, scope: Scope) -> bool:
        session = session_of(scope)
        if session is None:
            return False
        try:
            await self._context.door.who(session)
        except SessionEnded:
            return False
        return True


def inner_path(scope: Scope) -> str:
    """Return the path below `/console`."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"


def session_of(scope: Scope) -> bytes | None:
    """Return the digest of a request's session."""
    secret = cookies_of(scope).get(COOKIE)
    return session_digest(secret) if secret else None


def cookies_of(scope: Scope) -> dict[str, str]:
    """Parse the cookies of a request; none when they are invalid."""
    try:
        jar = SimpleCookie(Headers(scope=scope).get("cookie", ""))
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}


def language_of(request: Request) -> str:
    """Choose the language: by the address, the earlier choice, or the browser."""
    for wish in (request.query_params.get("lang"), cookies_of(request.scope).get(LANGUAGE_COOKIE)):
        if wish in LANGUAGES:
            return wish
    accepted = request.headers.get("accept-language", "").lower()
    return "en" if accepted.startswith("en") else LANGUAGES[0]


def _hardened(scope: Scope, send: Send) -> Send:
    request = Request(scope)
    chosen = request.query_params.get("lang")

    async def hardened(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", ()), *_HEADERS]
            if chosen in LANGUAGES:
                keep = f"{LANGUAGE_COOKIE}={chosen}; Path={ROOT}; Max-Age=31536000; SameSite=Lax"
                headers.append((b"set-cookie", keep.encode()))
            message["headers"] = headers
        await send(message)

    return hardened


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("403", status_code=403)(scope, receive, send)
