"""Send the client's requests to the service: directly to an ASGI app, or over HTTP.

In one process the app is called directly. httpx's own ASGI transport needs about 260 µs more per
call (request, URL and header objects), which is several times as much as the route itself.
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias
from urllib.parse import unquote

import httpx
from starlette.types import ASGIApp, Message

Body: TypeAlias = bytes | AsyncIterable[bytes] | None
"""Body of a request: none, bytes, or a stream that is read once."""


class Unreachable(Exception):  # noqa: N818 - a state of the world, not a mistake
    """There was no answer; it is unknown whether the request was carried out."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An HTTP answer: header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport(Protocol):
    """Port that sends one request. `path` is absolute and encoded, with its query if any."""

    async def send(
        self, method: str, path: str, headers: Mapping[str, str], body: Body
    ) -> HttpResponse:
        """Send the request and wait for the whole answer.

        Raises:
            Unreachable: there is no answer.
        """
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


@dataclass(slots=True)
class _Exchange:
    """One request and its answer, as the two callables of ASGI."""

    request: bytes | AsyncIterator[bytes]
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    chunks: list[bytes] = field(default_factory=list)
    _asked: bool = False

    async def receive(self) -> Message:
        if self._asked:
            # An app that waits for a disconnect waits here until its call ends.
            await asyncio.get_running_loop().create_future()
        if not isinstance(self.request, bytes):
            async for chunk in self.request:
                return {"type": "http.request", "body": chunk, "more_body": True}
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        self._asked = True
        return {"type": "http.request", "body": self.request, "more_body": False}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            for name, value in message["headers"]:
                self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")
        elif message["type"] == "http.response.body":
            self.chunks.append(message.get("body", b""))


class AsgiTransport:
    """Calls an ASGI app in this process: no socket, no thread."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def send(
        self, method: str, path: str, headers: Mapping[str, str], body: Body
    ) -> HttpResponse:
        """Run the app once. An exception of the app counts as no answer."""
        raw_path, _, query = path.partition("?")
        length: list[tuple[bytes, bytes]] = []
        if body is None or isinstance(body, bytes):
            content = body or b""
            exchange = _Exchange(content)
            length.append((b"content-length", str(len(content)).encode("ascii")))
        else:
            exchange = _Exchange(aiter(body))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(raw_path),
            "raw_path": raw_path.encode("ascii"),
            "query_string": query.encode("ascii"),
            "root_path": "",
            "headers": [
                (b"host", b"api"),
                *length,
                *(
                    (name.lower().encode("ascii"), value.encode("latin-1"))
                    for name, value in headers.items()
                ),
            ],
            "client": ("127.0.0.1", 0),
            "server": ("api", 80),
        }
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except Exception as error:
            raise Unreachable(type(error).__name__) from error
        if not exchange.status:
            raise Unreachable("no response")
        return HttpResponse(exchange.status, exchange.headers, b"".join(exchange.chunks))

    async def close(self) -> None:
        """Do nothing: there are no connections."""


class HttpTransport:
    """Sends requests over HTTP/1.1 to a service in another process, with persistent connections."""

    def __init__(self, base_url: str, *, timeout: float) -> None:
        self._client = httpx.AsyncClient(base_url=base_url, timeout=timeout, trust_env=False)

    async def send(
        self, method: str, path: str, headers: Mapping[str, str], body: Body
    ) -> HttpResponse:
        """Send the request; redirects are not followed."""
        try:
            response = await self._client.request(
                method,
                path,
                headers=headers,
                content=body,
                # A stream takes as long as its source; the caller sets the time limit.
                timeout=httpx.USE_CLIENT_DEFAULT if _at_hand(body) else None,
            )
        except httpx.RequestError as error:
            raise Unreachable(type(error).__name__) from error
        return HttpResponse(response.status_code, dict(response.headers), response.content)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _at_hand(body: Body) -> bool:
    return body is None or isinstance(body, bytes)
