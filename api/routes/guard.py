"""Limit request bodies, and answer unhandled errors without a traceback."""

from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.routes.problems import problem
from kernel.ids import Ids
from kernel.logging import get_logger

MAX_BODY = 256 * 1024
"""Most bytes. The longest valid case, in escaped Chinese, is much smaller."""

logger = get_logger(__name__)


class ApiGuard:
    """ASGI middleware: refuses bodies over `max_body`, answers unhandled errors with 500.

    `streamed` names the methods and paths whose routes limit their bodies themselves.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        ids: Ids,
        max_body: int = MAX_BODY,
        streamed: frozenset[tuple[str, str]] = frozenset(),
    ) -> None:
        self._app = app
        self._streamed = streamed
        self._ids = ids
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if (scope["method"], scope["path"]) in self._streamed:
            # Its route counts the bytes as they arrive and does not keep them in memory.
            await self._serve(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length")
        if length is None:
            body = await _read(receive, self._max_body)
            too_long = body is None
            receive = _Replay(body or b"", receive)
        else:
            too_long = not length.isdigit() or int(length) > self._max_body
        if too_long:
            answer = problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "body_too_large",
                {"max_bytes": self._max_body},
                # The rest of the body is not read, so the connection cannot be reused.
                headers={"Connection": "close"},
            )
            await answer(scope, receive, send)
            return
        await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            incident = self._ids.new("inc")
            logger.exception("request_failed", incident=incident, method=scope["method"])
            if started:
                raise
            answer = problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", instance=incident)
            await answer(scope, receive, send)


class _Replay:
    """Replays a body that was already read, then passes on later messages."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


async def _read(receive: Receive, most: int) -> bytes | None:
    """Read a body of unknown length; None as soon as it exceeds `most` bytes."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(chunks)
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > most:
            return None
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)
