"""Simulate a citizen's open web chat for measurements."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from bench.citizens import MATTER

PATIENCE = 20.0
"""Seconds without a message after which it is an error."""


class Page:
    """An open page: sends words, and waits until words are shown."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)

    @classmethod
    @asynccontextmanager
    async def open(cls, base: str) -> AsyncIterator[Self]:
        """Open the page of the server at `base` as a new citizen."""
        where = base.replace("http", "ws", 1) + "/chat/socket"
        async with connect(where, origin=Origin(base)) as socket:
            hello = {"type": "hello", "secret": None, "last_event": 0, "language": "zh"}
            await socket.send(json.dumps(hello))
            yield cls(socket)

    async def say(self, words: str) -> None:
        """Send words without waiting for the answer."""
        number = next(self._numbers)
        frame = {"type": "say", "id": f"b{number}", "n": number, "text": words}
        await self._socket.send(json.dumps(frame))

    async def open_case(self) -> str:
        """Send a whole matter; return the number on the receipt."""
        for words in MATTER:
            await self.say(words)
        while True:
            card = (await self._frame()).get("custom") or {}
            if card.get("type") == "receipt":
                return str(card["number"])

    async def shows(self, words: str) -> float:
        """Wait until the agent's `words` are on the page; return the time of `perf_counter`."""
        while True:
            frame = await self._frame()
            if frame.get("from") == "agent" and words in frame.get("text", ""):
                return time.perf_counter()

    async def _frame(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            frame: dict[str, Any] = json.loads(await self._socket.recv())
        if frame["type"] == "refused":
            raise RuntimeError(f"refused: {frame}")
        return frame
