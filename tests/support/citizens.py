"""A citizen's side for tests: a scripted engine, and a bot put together on a migrated database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.app import build
from bot.dialogue.engine.port import EngineUnavailable, Outcome, Turn
from bot.message import Button, InboundMessage, Reply
from bot.migrations import MIGRATIONS, VERSION_TABLE
from bot.running import Bot
from bot.texts import CitizenTexts
from kernel.bell.local import LocalBell
from kernel.database import migrate
from kernel.database.database import Database
from kernel.privacy.crypto import Keyring

KEYRING = Keyring.from_setting("a secret of the tests only")

TEXTS = CitizenTexts.load(
    common={
        "zh": {"city": "南京", "hotline": "12345"},
        "en": {"city": "Nanjing", "hotline": "12345"},
    }
)


class ScriptedEngine:
    """Answers `echo` unless told otherwise, and remembers every turn that it was given.

    Its state counts the turns of a conversation, so a lost or doubled turn shows.
    """

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.answer: Callable[[Turn], Awaitable[Outcome]] = self.echo
        self.down = False
        self.forgotten: list[str] = []

    async def handle(self, turn: Turn) -> Outcome:
        self.turns.append(turn)
        if self.down:
            raise EngineUnavailable
        return await self.answer(turn)

    async def echo(self, turn: Turn) -> Outcome:
        count = int(turn.state or b"0") + 1
        return Outcome((Reply(f"{count}: {turn.text}"),), str(count).encode())

    async def parse(self, text: str) -> dict[str, object]:
        if self.down:
            raise EngineUnavailable
        return {"text": text, "intent": {"name": "greet", "confidence": 1.0}, "entities": []}

    async def ready(self) -> bool:
        return not self.down

    async def forget(self, conversations: Sequence[str]) -> None:
        self.forgotten += conversations

    async def close(self) -> None:
        pass


class Gate:
    """An engine's answer that waits until the test lets it pass."""

    def __init__(self, engine: ScriptedEngine) -> None:
        self._engine = engine
        self.entered = asyncio.Event()
        self.open = asyncio.Event()

    async def __call__(self, turn: Turn) -> Outcome:
        self.entered.set()
        await self.open.wait()
        return await self._engine.echo(turn)


async def receipt_card(turn: Turn) -> Outcome:
    """An answer with everything a channel can show."""
    return Outcome(
        (
            Reply(
                "已受理，编号 20260302-0001。",
                buttons=(Button("查进度", "/check_progress"), Button("没有了", "/deny")),
                custom={"type": "receipt", "number": "20260302-0001", "unit": "秦淮区城管局"},
            ),
        ),
        b"1",
    )


@dataclass(frozen=True)
class Danger:
    kind: str = "fire"
    call: tuple[str, ...] = ("119",)


def fire_rule(text: str) -> Danger | None:
    return Danger() if "着火" in text or "on fire" in text else None


@dataclass
class Town:
    """One database and the processes that work on it."""

    database: Database
    clock: object
    ids: object
    bell: LocalBell
    bots: list[Bot] = field(default_factory=list)

    def bot(self, engine: object, **kw: object) -> Bot:
        settings = {
            "texts": TEXTS,
            "emergency": fire_rule,
            "keyring": KEYRING,
            "bell": self.bell,
            "demo": True,
        } | kw
        bot = build(
            database=self.database, engine=engine, clock=self.clock, ids=self.ids, **settings
        )
        self.bots.append(bot)
        return bot


@asynccontextmanager
async def town(url: str, clock: object, ids: object) -> AsyncIterator[Town]:
    database = Database(url)
    try:
        await asyncio.to_thread(migrate.upgrade, database.engine, MIGRATIONS, VERSION_TABLE)
        place = Town(database, clock, ids, LocalBell(clock))
        yield place
        for bot in place.bots:
            await bot.turns.idle()
        await place.bell.close()
    finally:
        await database.close()


def says(text: str, message_id: str, *, address: str = "a", **kw: object) -> InboundMessage:
    return InboundMessage(
        channel=kw.pop("channel", "rest"),
        address=address,
        message_id=message_id,
        text=text,
        sent_at=datetime(2026, 3, 2, 1, 0, tzinfo=UTC),
        **kw,
    )
