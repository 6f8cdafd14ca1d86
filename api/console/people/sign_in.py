"""Sign in and out with plain pages and forms, because only an HTTP answer can set a cookie."""

from html import escape
from pathlib import Path
from string import Template
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.console.context import COOKIE, DEVICE_COOKIE, ROOT, ConsoleContext
from api.console.guard import cookies_of, language_of, session_of
from api.console.texts import LANGUAGES
from api.errors import Refusal
from api.people.rules.staff import DEVICE, SESSION, TooManyAttempts
from kernel.peer import address_of

_PAGE = Template(Path(__file__).with_name("sign_in.html").read_text("utf-8"))
_LONGEST_FORM = 4096


class SignIn:
    """The sign-in page and the handlers of its forms."""

    def __init__(self, context: ConsoleContext) -> None:
        self._context = context

    async def page(self, request: Request) -> Response:
        """Show the form."""
        return self._page(request, _next(request.query_params.get("next")))

    async def enter(self, request: Request) -> Response:
        """Begin a session and redirect to the requested page, or show the form with the error."""
        form = await _form(request)
        target = _next(form.get("next"))
        login = form.get("login", "")
        device = cookies_of(request.scope).get(DEVICE_COOKIE, "")
        try:
            signed_in = await self._context.door.sign_in(
                login, form.get("password", ""), address_of(request.scope), device
            )
        except Refusal as refused:
            # 401 would require an HTTP authentication scheme, which this form is not.
            status = 429 if isinstance(refused, TooManyAttempts) else 200
            page = self._page(request, target, login=login, refused=refused, status=status)
            if isinstance(refused, TooManyAttempts):
                page.headers["Retry-After"] = str(refused.params["minutes"] * 60)
            return page
        response = RedirectResponse(target, status_code=303)
        for name, value, lasts in (
            (COOKIE, signed_in.secret, SESSION),
            (DEVICE_COOKIE, signed_in.device, DEVICE),
        ):
            response.set_cookie(
                name,
                value,
                max_age=int(lasts.total_seconds()),
                path=ROOT,
                secure=request.url.scheme == "https",
                httponly=True,
                samesite="lax",
            )
        return response

    async def leave(self, request: Request) -> Response:
        """End the session with all its open pages."""
        session = session_of(request.scope)
        if session is not None:
            await self._context.door.sign_out(session)
        response = RedirectResponse(f"{ROOT}/sign-in", status_code=303)
        response.delete_cookie(COOKIE, path=ROOT)
        return response

    def _page(
        self,
        request: Request,
        target: str,
        *,
        login: str = "",
        refused: Refusal | None = None,
        status: int = 200,
    ) -> Response:
        language = language_of(request)
        other = next(code for code in LANGUAGES if code != language)
        texts = self._context.texts
        city = self._context.desk.catalogue.city
        words = {
            key: escape(texts.words(key, language))
            for key in texts.keys(language)
            if key.startswith(("sign_in_", "product")) and not texts.parameters(key, language)
        }
        alert = ""
        if refused is not None:
            said = texts.words(f"refused_{refused.code}", language, **refused.params)
            alert = f'<p class="alert" role="alert">{escape(said)}</p>'
        body = _PAGE.substitute(
            words,
            lang="zh-CN" if language == "zh" else "en",
            lang_short=language,
            city=escape(city.names.get(language)),
            other=other,
            other_lang="zh-CN" if other == "zh" else "en",
            other_name=escape(texts.words("language_name", other)),
            next=escape(target, quote=True),
            next_query=escape(target, quote=True),
            login=escape(login[:80], quote=True),
            alert=alert,
            demo=self._demo(language),
        )
        return HTMLResponse(body, status_code=status, headers={"Cache-Control": "no-store"})

    def _demo(self, language: str) -> str:
        accounts = self._context.demo
        if not accounts:
            return ""
        texts = self._context.texts
        rows = "".join(
            f'<li><button type="button" data-login="{escape(account.login, quote=True)}"'
            f' data-password="{escape(account.password, quote=True)}">'
            f"<b>{escape(account.about[language])}</b>"
            f"<code>{escape(account.login)}</code><code>{escape(account.password)}</code></button></li>"
            for account in accounts
        )
        head = escape(texts.words("demo_title", language))
        hint = escape(texts.words("demo_hint", language))
        return f'<section class="demo"><h2>{head}</h2><p>{hint}</p><ul>{rows}</ul></section>'


def _next(wanted: str | None) -> str:
    """Return the requested page if it is in the console, else the start page."""
    if wanted is None or not wanted.startswith(f"{ROOT}/") or "\\" in wanted or ".." in wanted:
        return f"{ROOT}/"
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or parts.path.startswith(f"{ROOT}/sign-"):
        return f"{ROOT}/"
    return wanted


async def _form(request: Request) -> dict[str, str]:
    body = await request.body()
    if len(body) > _LONGEST_FORM:
        return {}
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=8)
    return {name: values[0] for name, values in fields.items()}
