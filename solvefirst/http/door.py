"""Outermost ASGI app of a process: set a request's client address and check its host.

Headers of proxies are used only from `SOLVEFIRST_TRUSTED_PROXIES`. A host that is neither ours nor
a bare address is refused: a page that binds its own name to our address (DNS rebinding) would pass
every comparison of Origin with Host.
"""

from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from kernel.logging import get_logger
from kernel.peer import address_of
from solvefirst.settings import Settings

LOOPBACK = "localhost"

logger = get_logger(__name__)


def hosts(settings: Settings) -> frozenset[str]:
    """Return the allowed host names, besides bare addresses."""
    urls = (
        settings.bot_url,
        settings.api_url,
        settings.telegram_webhook_url,
        *settings.allowed_origins,
    )
    named = {urlsplit(url).hostname for url in urls if url}
    return frozenset(
        host.lower() for host in (LOOPBACK, settings.host, *settings.hosts, *named) if host
    )


def behind_door(app: ASGIApp, settings: Settings) -> ASGIApp:
    """Wrap an app with the proxy headers and the host check."""
    door: ASGIApp = HostGuard(app, hosts(settings), proxied=bool(settings.trusted_proxies))
    if settings.trusted_proxies:
        # uvicorn has its own type names for the same callables.
        return ProxyHeadersMiddleware(door, settings.trusted_proxies)  # type: ignore[arg-type, return-value]
    return door


class HostGuard:
    """ASGI middleware: refuses foreign hosts with 421, and logs the setting that would help."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str], *, proxied: bool) -> None:
        self._app = app
        self._proxied = proxied
        self._hosts = frozenset(hosts)
        self._logged: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._is_ours(host):
            self._log("host_refused", host=host[:100], mend="SOLVEFIRST_HOSTS")
            await _refuse(scope, receive, send)
            return
        if not self._proxied and "x-forwarded-for" in headers:
            address = address_of(scope)
            self._log("proxy_not_trusted", address=address, mend="SOLVEFIRST_TRUSTED_PROXIES")
        await self._app(scope, receive, send)

    def _is_ours(self, host: str) -> bool:
        name = host_name(host)
        return name is not None and (
            name in self._hosts or "*" in self._hosts or name.endswith(f".{LOOPBACK}")
            or _is_address(name)
        )  # fmt: skip

    def _log(self, event: str, **fields: str) -> None:
        """Log each kind of event once, because strangers can cause any number of them."""
        if event not in self._logged:
            self._logged.add(event)
            logger.warning(event, **fields)


def host_name(header: str) -> str | None:
    """Return the name in a Host header, in lower case; None when it is invalid."""
    try:
        parts = urlsplit(f"//{header}")
        _ = parts.port
    except ValueError:
        return None
    if parts.path or parts.query or parts.fragment or parts.username is not None:
        return None
    return (parts.hostname or "").rstrip(".") or None


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    words = "This name is not served here. Its operator may add it to SOLVEFIRST_HOSTS.\n"
    await PlainTextResponse(words, status_code=421)(scope, receive, send)
