"""A WebSocket client on the ASGI interface itself: no server, no thread, the test's own loop."""

import asyncio
import json
from typing import Any

from patience import PATIENCE


class Refused(Exception):  # noqa: N818 - what happened to the socket
    """The socket was closed by the application, with this code."""


class Line:
    """One socket of an application."""

    def __init__(
        self, app: Any, path: str, headers: dict[str, str], client: str = "127.0.0.1"
    ) -> None:
        self._in: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._out: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        scope = {
            "type": "websocket",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "ws",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [(key.encode(), value.encode()) for key, value in headers.items()],
            "client": (client, 50000),
            "server": ("test", 80),
            "subprotocols": [],
            "state": {},
        }
        self._in.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.create_task(app(scope, self._in.get, self._out.put))

    async def accepted(self) -> None:
        await self._event("websocket.accept")

    async def _event(self, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            message = await self._out.get()
        if message["type"] == "websocket.close":
            raise Refused(message.get("code"))
        assert message["type"] == kind
        return message

    def send(self, frame: Any) -> None:
        text = frame if isinstance(frame, str) else json.dumps(frame)
        self._in.put_nowait({"type": "websocket.receive", "text": text})

    async def hear(self) -> dict[str, Any]:
        return json.loads((await self._event("websocket.send"))["text"])

    async def until(self, kind: str, **parts: object) -> dict[str, Any]:
        """Hear frames until one is of this kind and has these parts."""
        while True:
            frame = await self.hear()
            if frame["type"] == kind and all(frame.get(key) == item for key, item in parts.items()):
                return frame

    async def events(self, count: int) -> list[dict[str, Any]]:
        return [await self.until("event") for _ in range(count)]

    async def close(self) -> None:
        self._in.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await asyncio.wait({self._task}, timeout=PATIENCE)


async def dial(
    app: Any,
    *,
    origin: str | None = "http://test",
    path: str = "/chat/socket",
    client: str = "127.0.0.1",
) -> Line:
    headers = {"host": "test"} | ({"origin": origin} if origin else {})
    line = Line(app, path, headers, client)
    await line.accepted()
    return line
