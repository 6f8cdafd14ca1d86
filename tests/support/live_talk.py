"""A live talk over real processes: a page that reconnects as the real one does, and a leader."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import httpx
from patience import PATIENCE
from sqlalchemy import select
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from api.catalogue.store.loading import load_catalogue, shipped_catalogue
from api.people.rules.actor import Role
from api.people.service.tokens import issue_token
from api.webhooks.store.deliveries import QUEUE
from kernel.clock import SystemClock
from kernel.database.database import Database
from kernel.ids import RandomIds


async def issued_token(url: str, name: str, role: Role, unit: str | None = None) -> str:
    """Issue a token into a store."""
    database = Database(url)
    issued = await database.run(
        issue_token,
        RandomIds(),
        SystemClock(),
        load_catalogue(shipped_catalogue()),
        name=name,
        role=role,
        unit=unit,
    )
    await database.close()
    return issued.secret


async def leader_token(url: str) -> str:
    """Issue a leader's token into a store."""
    return await issued_token(url, "Jiang", Role.LEADER)


async def nothing_in_hand(url: str) -> None:
    """Wait until no process holds the lease of a delivery: a killed one would keep it a minute."""
    database = Database(url)
    held = select(*QUEUE.key).where(QUEUE.owner.is_not(None), QUEUE.open)
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                if await database.run(lambda tx: tx.execute(held).first()) is None:
                    return
                await asyncio.sleep(0.05)
    finally:
        await database.close()


class Page:
    """A citizen's web chat: sends again what was not acknowledged, resumes by the last event."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._secret: str | None = None
        self._numbers = itertools.count(1)
        self._unsent: dict[str, str] = {}
        self._changed = asyncio.Event()
        self.events: dict[int, dict[str, Any]] = {}
        self.acked: list[str] = []
        self.repeats = 0
        self._socket: Any = None
        self._sent = itertools.count(1)
        self._loop: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._loop = asyncio.create_task(self._stay())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._loop is not None:
            self._loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._loop

    async def say(self, text: str) -> None:
        """Say something; done when it is acknowledged, over as many connections as it takes."""
        id_ = f"m{next(self._numbers)}"
        self._unsent[id_] = text
        if self._socket is not None:
            with contextlib.suppress(ConnectionClosed):
                await self._send(id_)
        await self.until(lambda: id_ in self.acked)

    async def hears(self, words: str, *, after: int = 0) -> int:
        """Wait until the agent says this; give the event's number."""
        await self.until(lambda: bool(self._with(words, after)))
        return self._with(words, after)[0]

    def lines_shown(self) -> list[str]:
        """All that was said to the citizen, in order."""
        found = sorted(self.events.items())
        return [item["text"] for _, item in found if item["from"] == "agent"]

    @property
    def last(self) -> int:
        """The number of the newest event."""
        return max(self.events, default=0)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to become true."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def _with(self, words: str, after: int) -> list[int]:
        return [
            number
            for number, item in sorted(self.events.items())
            if number > after and item["from"] == "agent" and words in item["text"]
        ]

    async def _stay(self) -> None:
        while True:
            with contextlib.suppress(ConnectionClosed, InvalidHandshake, OSError, TimeoutError):
                await self._connected()
            self._socket = None
            await asyncio.sleep(0.05)

    async def _connected(self) -> None:
        address = f"127.0.0.1:{self._port}"
        async with connect(f"ws://{address}/chat/socket", origin=f"http://{address}") as socket:
            hello = {"type": "hello", "secret": self._secret, "last_event": self.last}
            await socket.send(json.dumps({**hello, "language": "zh"}))
            self._socket, self._sent = socket, itertools.count(1)
            for id_ in list(self._unsent):
                await self._send(id_)
            while True:
                self._take(json.loads(await socket.recv()))
                self._changed.set()

    async def _send(self, id_: str) -> None:
        say = {"type": "say", "id": id_, "n": next(self._sent), "text": self._unsent[id_]}
        await self._socket.send(json.dumps(say))

    def _take(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "welcome":
                self._secret = frame["secret"] or self._secret
            case "event":
                self.repeats += frame["event"] in self.events
                self.events[frame["event"]] = frame
            case "ack":
                self._unsent.pop(frame["id"], None)
                self.acked.append(frame["id"])
            case "refused":
                raise AssertionError(frame)


class Leader:
    """A leader at the desk, over the API; the seat is kept by its fence."""

    def __init__(self, port: int, token: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=PATIENCE,
        )
        self.session = ""

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def opens(self) -> None:
        """Announce a session that is open now."""
        both = {"zh": "副市长", "en": "Deputy mayor"}
        now = datetime.now(UTC)
        order = {
            "name": "江小舟",
            "title": both,
            "scope": both,
            "unit": next(iter(load_catalogue(shipped_catalogue()).units)),
            "opens_at": now.isoformat(),
            "closes_at": (now + timedelta(hours=1)).isoformat(),
        }
        self.session = (await self._made("POST", "/v1/live/sessions", order))["id"]

    async def takes(self) -> dict[str, Any]:
        """Take the first in the queue as soon as somebody is in it."""
        async with asyncio.timeout(PATIENCE):
            while True:
                desk = await self._made("GET", f"/v1/live/sessions/{self.session}/talks")
                if desk["waiting"]:
                    id_ = desk["waiting"][0]["id"]
                    seat: dict[str, Any] = await self._made("POST", f"/v1/live/talks/{id_}/claim")
                    return seat
                await asyncio.sleep(0.05)

    async def says(self, seat: dict[str, Any], text: str) -> None:
        """Answer under the fence of the seat."""
        order = {"text": text, "fence": seat["fence"]}
        await self._made("POST", f"/v1/live/talks/{seat['id']}/say", order)

    async def lines(self, seat: dict[str, Any], by: str) -> list[str]:
        """Read what one side said, in order."""
        found = await self._made("GET", f"/v1/live/talks/{seat['id']}")
        return [line["text"] for line in found["lines"] if line["by"] == by]

    async def reads(self, seat: dict[str, Any], text: str) -> None:
        """Wait until the citizen's words are on the desk."""
        async with asyncio.timeout(PATIENCE):
            while True:
                if text in await self.lines(seat, "citizen"):
                    return
                await asyncio.sleep(0.05)

    async def _made(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self._http.request(method, path, json=body)
        assert not answer.is_error, answer.text
        return answer.json()
