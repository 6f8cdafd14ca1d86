"""Citizens on two channels and a unit, who repeat what was not acknowledged, as real clients do."""

import asyncio
import json
import random
import re
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from api.client import ApiClient, ApiUnavailable
from api.contract import CaseOut, ReplyCase
from bench.citizens import PATH
from bench.http import Connection
from bench.servers import SERVICE
from tools.telegram_sim.server import Simulator

NUMBER = re.compile(r"\d{8}-\d{6}-\d")
MARK = re.compile(r"\[[^\]]+\]")
MATTER = (
    "我要投诉，秦淮区夫子庙街道贡院西街{n}号门口天天有小贩占道经营，路都走不了",
    "不留电话",
    "确认提交",
)
"""Its reply needs no evidence."""
RATING = ("联系过", "解决了", "满意")
CLOSED = "评价收齐"
IDLE = "你们能做什么？"
PAUSE = 0.05
"""Seconds between two tries to reach a server that is down."""
ASKING = 0.5
"""Seconds between two messages of a citizen on REST who waits for news."""


class Stage(StrEnum):
    """Where in the circle a citizen's matter is."""

    FILING = "the citizen tells the matter, the case is opened"
    HANDLING = "the unit works, its words are on their way"
    RATING = "the survey is asked and answered"
    CLOSED = "closed"


@dataclass(slots=True)
class Happenings:
    """Counts what has reached somebody, by channel, and wakes whoever waits for a number of it.

    `silences` are the longest times between two of one channel, in seconds.
    """

    counts: Counter[str] = field(default_factory=Counter)
    silences: dict[str, float] = field(default_factory=dict)
    _latest: dict[str, float] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, channel: str) -> None:
        """Count one more."""
        now = time.monotonic()
        silence = now - self._latest.get(channel, now)
        self.silences[channel] = max(silence, self.silences.get(channel, 0.0))
        self._latest[channel] = now
        self.counts[channel] += 1
        self._changed.set()

    async def more(self, channel: str, number: int, seconds: float) -> None:
        """Wait until so many more have happened on a channel, or for so many seconds."""
        goal = self.counts[channel] + number
        try:
            async with asyncio.timeout(seconds):
                while self.counts[channel] < goal:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            pass


@dataclass(slots=True)
class Unit:
    """The unit that has the cases: signs in, tells twice of its progress, replies."""

    client: ApiClient
    chance: random.Random
    happenings: Happenings
    moves: int = 0
    calling: int = 0
    """Calls that are not answered yet."""

    async def handle(self, number: str) -> None:
        """Take one case through to its reply; each move has an idempotency key of its own."""
        reply = ReplyCase(
            claim_true="yes",
            contacted=True,
            contacted_at=datetime.now(UTC),
            solved="yes",
            answer=f"[{number} reply] 已有人值守",
        )
        await self._move(lambda key: self.client.sign_in(number, idempotency_key=key))
        for place in (1, 2):
            note = f"[{number} note {place}] 已到现场"
            await self._move(
                lambda key, note=note: self.client.progress(number, note, idempotency_key=key)
            )
        await self._move(lambda key: self.client.reply(number, reply, idempotency_key=key))

    async def _move(self, move: Callable[[str], Any]) -> CaseOut:
        key = f"unit-{self.chance.getrandbits(64):x}"
        await asyncio.sleep(self.chance.uniform(0.0, 0.5))
        self.calling += 1
        while True:
            try:
                case: CaseOut = await move(key)
            except ApiUnavailable:
                await asyncio.sleep(PAUSE)
            else:
                self.calling -= 1
                self.moves += 1
                self.happenings.note("unit")
                return case


@dataclass(slots=True)
class Citizen(ABC):
    """One citizen with one matter. `said` are the ids of messages as the inbox keeps them."""

    name: int
    happenings: Happenings
    said: list[str] = field(default_factory=list)
    number: str = ""
    stage: Stage = Stage.FILING
    calling: bool = False
    """Whether a message that it sent is not acknowledged yet."""

    channel = ""

    @property
    def closed(self) -> bool:
        """Tell whether the circle is over."""
        return self.stage is Stage.CLOSED

    async def file(self) -> str:
        """Say the matter and wait for the receipt; give the case's number."""
        for text in MATTER:
            await self.say(text.format(n=self.name))
        await self.until(lambda: self._seen(NUMBER))
        self.number = next(found[0] for text in self.texts() if (found := NUMBER.search(text)))
        self.stage = Stage.HANDLING
        return self.number

    async def rate(self) -> None:
        """Wait for the questions of the survey, one after the other, and answer them."""
        for title in RATING:
            await self.until(lambda title=title: self.offered(title))
            self.stage = Stage.RATING
            await self.tap(title)
        await self.until(lambda: self._seen(re.compile(CLOSED)))
        self.stage = Stage.CLOSED

    def marks(self) -> set[str]:
        """Name the words of the unit that have arrived, by their marks."""
        return {found[0] for text in self.texts() if (found := MARK.search(text))}

    def wanted(self) -> set[str]:
        """Name the marks that must have arrived."""
        return {f"[{self.number} {what}]" for what in ("note 1", "note 2", "reply")}

    def _seen(self, pattern: re.Pattern[str]) -> bool:
        return any(pattern.search(text) for text in self.texts())

    @abstractmethod
    async def say(self, text: str) -> None:
        """Say words."""

    @abstractmethod
    async def tap(self, title: str) -> None:
        """Tap a button that was offered."""

    @abstractmethod
    def texts(self) -> list[str]:
        """Give what has been said to this citizen."""

    @abstractmethod
    def offered(self, title: str) -> bool:
        """Tell whether a button of the survey is shown."""

    @abstractmethod
    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for a condition."""


@dataclass(slots=True)
class RestCitizen(Citizen):
    """A citizen behind the REST channel, whose client repeats a call that was not answered."""

    port: int = 0
    _heard: list[str] = field(default_factory=list)
    _buttons: dict[str, str] = field(default_factory=dict)

    channel = "rest"

    async def say(self, text: str) -> None:
        id_ = f"r{self.name}.{len(self.said)}"
        body = {
            "sender": f"citizen-{self.name}",
            "message": text,
            "metadata": {"message_id": id_, "language": "zh"},
        }
        self.said.append(id_)
        self.calling = True
        rows = await self._post(body)
        self.calling = False
        for row in rows:
            self._heard.append(str(row.get("text", "")))
            self._buttons |= {item["title"]: item["payload"] for item in row.get("buttons", ())}
            self.happenings.note(self.channel)

    async def _post(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        headers = {"Authorization": f"Bearer {SERVICE}"}
        while True:
            try:
                async with Connection("127.0.0.1", self.port) as connection, asyncio.timeout(30):
                    status, answer = await connection.post(PATH, body, headers)
            except (OSError, EOFError, TimeoutError):
                await asyncio.sleep(PAUSE)
                continue
            if status == 200:
                rows: list[dict[str, Any]] = answer
                return rows
            if status not in {429, 503}:
                raise RuntimeError(f"status {status}: {json.dumps(answer, ensure_ascii=False)}")
            await asyncio.sleep(PAUSE)

    async def tap(self, title: str) -> None:
        await self.say(self._buttons[title])

    def texts(self) -> list[str]:
        return self._heard

    def offered(self, title: str) -> bool:
        return self._buttons.get(title, "").startswith("/rate")

    async def until(self, condition: Callable[[], object]) -> None:
        while not condition():
            await asyncio.sleep(ASKING)
            if not condition():
                await self.say(IDLE)


@dataclass(slots=True)
class TelegramCitizen(Citizen):
    """A citizen in the simulated Telegram, which keeps updates until the bot has taken them."""

    simulator: Simulator = field(kw_only=True)

    channel = "telegram"

    async def say(self, text: str) -> None:
        update = self.simulator.citizens.say(self.name, text)
        self.said.append(f"m{self.name}.{update['message']['message_id']}")

    async def tap(self, title: str) -> None:
        data = self._data(title)
        self.said.append(f"b{data}")
        self.simulator.citizens.tap(self.name, str(data))

    def texts(self) -> list[str]:
        return [shown.text for shown in self.simulator.citizens.shown(self.name)]

    def offered(self, title: str) -> bool:
        return self._data(title) is not None

    def _data(self, title: str) -> str | None:
        for shown in reversed(self.simulator.citizens.shown(self.name)):
            for data, words in shown.buttons.items():
                if words == title:
                    return data
        return None

    async def until(self, condition: Callable[[], object]) -> None:
        while not condition():
            await self.simulator.world.change()
