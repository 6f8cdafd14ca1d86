"""Measure a broadcast to Telegram with replies overtaking it; both ends in this process."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

import bot.app
import bot.migrations
from api.contract.events import Event
from api.contract.signing import secret_of, sign
from bench.figures import percentile, table
from bench.frame import Bar, Chapter, Run
from bot.channels.telegram import CHANNEL, Options
from bot.dialogue.engine.port import Outcome, Turn
from bot.message import MessageBody, Reply
from bot.outbound.hooks import PATH
from bot.outbound.rates import QuietHours
from bot.store import conversations as store
from bot.store import turns
from bot.store.envelope import Envelopes
from bot.texts import LANGUAGES, CitizenTexts
from kernel.bell.local import LocalBell
from kernel.clock import SystemClock
from kernel.database.database import Database
from kernel.database.migrate import upgrade
from kernel.ids import RandomIds
from kernel.privacy.crypto import Keyring
from tools.telegram_sim.record import Record
from tools.telegram_sim.server import TOKEN, Simulator, serving

ALLOWED = 28
"""Rate limit: messages a second in total; one a second to a chat."""

REPLY_EVERY = 0.75
"""Seconds between two citizens' messages during the broadcast."""

SECRET = secret_of(b"a secret of the bench only, 32 b")
NEVER = QuietHours(datetime.min.time(), datetime.min.time())


class Echo:
    """A dialogue engine that returns the citizen's words at once."""

    async def handle(self, turn: Turn) -> Outcome:
        """Answer."""
        return Outcome((Reply(f"echo {turn.text}"),), b"1")

    async def parse(self, text: str) -> Mapping[str, object]:
        """Understand nothing."""
        return {"text": text, "intent": {"name": "inform", "confidence": 1.0}, "entities": []}

    async def ready(self) -> bool:
        """Return true."""
        return True

    async def forget(self, conversations: Sequence[str]) -> None:
        """Do nothing: there is no data."""

    async def close(self) -> None:
        """Do nothing: there are no resources."""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """The fake Telegram's record, and the replies' times meanwhile, in seconds."""

    messages: int
    seconds: float
    most: int
    most_in_a_chat: int
    replies: list[float]
    processor: float
    """Processor seconds per message, including those of the fake Telegram."""

    @property
    def share(self) -> float:
        """Used share of the allowed rate."""
        return self.messages / self.seconds / ALLOWED


@asynccontextmanager
async def city(folder: Path, base: str) -> AsyncIterator[tuple[bot.app.Bot, Database, Keyring]]:
    """Wire a citizen's side on the fake Telegram at `base`; it is not started yet."""
    clock, ids = SystemClock(), RandomIds()
    database = Database(f"sqlite:///{folder / 'bot.db'}")
    await asyncio.to_thread(
        upgrade, database.engine, bot.migrations.MIGRATIONS, bot.migrations.VERSION_TABLE
    )
    keyring = Keyring.from_setting("a secret of the bench that is long enough")
    common = {language: {"city": "南京", "hotline": "12345"} for language in LANGUAGES}
    side = bot.app.build(
        database=database,
        engine=Echo(),
        clock=clock,
        ids=ids,
        keyring=keyring,
        bell=LocalBell(clock),
        emergency=lambda _: None,
        texts=CitizenTexts.load(common=common),
        telegram=Options(token=TOKEN, secret="secret-of-the-bench", api_url=base),
        hook_secrets=[SECRET],
        quiet=NEVER,
    )
    try:
        yield side, database, keyring
    finally:
        await side.stop()
        await database.close()


def settle(tx: Any, envelopes: Envelopes, chat: int) -> None:
    """Create a conversation without waiting messages."""
    now = datetime.now(UTC)
    claimed = store.claim(
        tx,
        store.Claim(
            conversation=f"cnv_{chat}",
            channel=CHANNEL,
            address_index=envelopes.index_address(CHANNEL, str(chat)),
            address=envelopes.seal_address(str(chat)),
            message_id="m0",
            body=envelopes.seal_message(MessageBody("hello")),
            language="zh",
            words=(),
            owner="bench",
            now=now,
            until=now,
        ),
    )
    assert claimed.lease is not None
    ending = turns.TurnCommit(
        state=None, language="zh", replies=(), status=store.Status.SENT, now=now, until=now
    )
    turns.end_turn(tx, claimed.lease, ending)


def event(number: int, chat: int) -> Event:
    """Make the event of a unit's progress note."""
    return Event(
        id=f"evt_{number}",
        type="case.progress",
        at=datetime.now(UTC),
        contact_point=f"cnv_{chat}",
        order=f"case-{chat}",
        seq=number,
        data={
            "number": f"20260302-{chat:06}-1",
            "kind": "complaint",
            "state": "processing",
            "category": {"code": "0203", "names": {"zh": "路灯", "en": "Street light"}},
            "opened_at": "2026-03-02T01:00:00Z",
            "unit": {"code": "u1", "names": {"zh": "市城乡建设委员会", "en": "Works"}},
            "note": f"第{number}条：已到现场",
        },
    )


async def push(side: bot.app.Bot, pushes: int, chats: int) -> None:
    """Post `pushes` signed events to the citizen's side, distributed over the chats."""
    app = FastAPI()
    app.include_router(side.router)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://city") as client:
        for number in range(pushes):
            body = event(number, number % chats + 1).model_dump_json().encode()
            headers = sign(f"evt_{number}", datetime.now(UTC), body, [SECRET])
            reply = await client.post(PATH, content=body, headers=headers)
            reply.raise_for_status()


async def broadcast(run: Run, chats: int, pushes: int) -> Broadcast:
    """Push to many chats, while citizens write messages."""
    simulator = Simulator.make(clock=SystemClock(), ids=RandomIds())
    record = simulator.world.record
    async with serving(simulator) as base, city(run.folder, base) as (side, database, keyring):
        envelopes = Envelopes(keyring)
        for chat in range(1, chats + 1):
            simulator.world.chat(chat)
            await database.run(settle, envelopes, chat)
        await push(side, pushes, chats)
        await side.start()
        used = time.process_time()
        asked: dict[str, datetime] = {}
        telling = run.progress.add_task("telling all chats", total=pushes)
        while (arrived := _sent(record) - len(asked)) < pushes - ALLOWED:
            run.progress.update(telling, completed=arrived)
            words, chat = f"question {len(asked)}", chats // 2 + len(asked) % (chats // 2)
            asked[words] = datetime.now(UTC)
            simulator.citizens.say(chat, words)
            await asyncio.sleep(REPLY_EVERY)
        await simulator.world.until(lambda: _sent(record) >= pushes + len(asked), seconds=120)
        rates = record.rates()
        answers = {
            str(call.arguments.get("text")): call.at
            for call in record.of("sendMessage")
            if call.sent
        }
        return Broadcast(
            rates.messages,
            rates.seconds,
            rates.most,
            rates.most_in_a_chat,
            [(answers[f"echo {words}"] - at).total_seconds() for words, at in asked.items()],
            (time.process_time() - used) / rates.messages,
        )


def _sent(record: Record) -> int:
    return sum(call.sent for call in record.calls)


def bars(result: Broadcast) -> list[Bar]:
    """Compare the figures with the bars."""
    overtook = percentile(result.replies, 0.95)
    crowd = result.most_in_a_chat
    return [
        Bar("most in any second", str(result.most), f"≤ {ALLOWED}", held=result.most <= ALLOWED),
        Bar("most to one chat in any second", str(crowd), "≤ 1", held=crowd <= 1),
        Bar(
            "share of the allowed rate", f"{result.share:.1%}", "≥ 95 %", held=result.share >= 0.95
        ),
        Bar("reply meanwhile, p95", f"{overtook:.2f} s", "< 1.5 s", held=overtook < 1.5),
    ]


async def measure(run: Run) -> Chapter:
    """Measure a broadcast over Telegram."""
    chats, pushes = run.size(1000, quick=100), run.size(3000, quick=300)
    result = await broadcast(run, chats, pushes)
    middle, longest = statistics.median(result.replies), max(result.replies)
    return Chapter(
        about=f"""
{pushes:,} signed events over {chats:,} chats, all waiting when the sending begins, to our simulated
Bot API over HTTP, counted at its end by its own clock; meanwhile citizens write,
{len(result.replies)} in all, one every {REPLY_EVERY:g} s. Both ends run in one process.""",
        body=table(
            ("", ""),
            (
                ("processor a message, both ends", f"{result.processor * 1000:.1f} ms"),
                ("messages / seconds", f"{result.messages:,} / {result.seconds:.1f}"),
                ("reply meanwhile, median / longest", f"{middle:.2f} s / {longest:.2f} s"),
            ),
        ),
        bars=bars(result),
    )
