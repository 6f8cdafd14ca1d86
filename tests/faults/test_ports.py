"""Ports against doubles: each raises once, raises for ever, hangs, or answers late.

The loop that uses the port lives: it tells that it fails, and recovers. Its row is worked off once,
neither lost nor stuck, and a citizen who waits meanwhile is told.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from citizens import ScriptedEngine, Town, says, town
from doubles import DatabaseDouble, Double, Trouble
from pushes import SECRET, Wire, contact_points, event, rows
from sqlalchemy import select

from bot.app import Bot
from bot.channels.telegram import Options
from bot.channels.telegram.update import File, Heard
from bot.message import Reply
from bot.quiet import QuietHours
from bot.rates import Gate
from bot.tables import outbox
from kernel.clock import ManualClock
from kernel.loops import Loop, LoopState, Phase
from kernel.supervisor import Supervisor

TROUBLES = tuple(Trouble)
OPTIONS = Options("1:x", "s", "http://127.0.0.1:9")
QUICK = 0.05
"""Seconds after which what hangs is interrupted here."""
NEVER = QuietHours(datetime.min.time(), datetime.min.time())


@dataclass
class Scene:
    """A citizen's side whose ports are doubles, and the far ends of all its ways."""

    place: Town
    clock: ManualClock
    engine: ScriptedEngine
    wire: Wire
    database: Double
    api: Double
    bot: Bot
    supervisor: Supervisor
    reported: list[str] = field(default_factory=list)

    async def until(self, condition: Callable[[], Awaitable[object]]) -> None:
        """Move the clock, second by second, until a condition holds."""
        for _ in range(600):
            if await condition():
                return
            self.clock.advance(seconds=1)
            await asyncio.sleep(0.01)
        raise AssertionError("it does not come to pass")

    def state(self, loop: Loop) -> LoopState:
        (found,) = [one for one in self.supervisor.loops if one.name == loop.name]
        return found

    async def texts(self) -> list[str]:
        """What has been said to the citizen, whether it went out already or not."""
        said = await self.place.database.read(
            lambda tx: tx.execute(select(outbox.c.body).order_by(outbox.c.event)).scalars().all()
        )
        envelopes = self.bot.turns._envelopes
        opened = [envelopes.open_said(body) for body in said]
        return [one.text for one in opened if isinstance(one, Reply)]


@pytest.fixture
async def scene(database_url: str, clock: ManualClock, ids: Any) -> AsyncIterator[Scene]:
    async with town(database_url, clock, ids) as place:
        database, api, engine, wire = Double(clock), Double(clock), ScriptedEngine(), Wire()
        supervisor = Supervisor(clock, random=lambda: 0.0)
        reported: list[str] = []

        async def report(reports: Any) -> None:
            reported.extend(one.event for one in reports.items)

        real = place.database
        place.database = DatabaseDouble(real, database)
        bot = place.bot(
            engine,
            telegram=OPTIONS,
            hook_secrets=[SECRET],
            report=api.before(report),
            quiet=NEVER,
            gate=Gate(clock, total=1000, chat=1000),
            supervisor=supervisor,
        )
        place.database = real
        (sending,) = bot.sending
        sending._sender = wire
        try:
            yield Scene(place, clock, engine, wire, database, api, bot, supervisor, reported)
        finally:
            await supervisor.stop(0)
            await bot.telegram.close()


class Message:
    """A message that a dead process left, for the sweep of turns."""

    name = "turns"

    async def begin(self, scene: Scene) -> None:
        await scene.bot.intake.receive(says("hello", "1"))

    async def done(self, scene: Scene) -> bool:
        return "1: hello" in await scene.texts()

    async def once(self, scene: Scene) -> bool:
        return (await scene.texts()).count("1: hello") == 1


class Outgoing:
    """A reply that waits for Telegram, for the sender of that channel."""

    name = "sending:telegram"

    async def begin(self, scene: Scene) -> None:
        receipt = await scene.bot.intake.receive(says("hello", "1", channel="telegram"))
        scene.bot.intake.go_on(receipt)
        await scene.bot.turns.idle()

    async def done(self, scene: Scene) -> bool:
        return {status for _, status, _ in await rows(scene.place.database)} == {"sent"}

    async def once(self, scene: Scene) -> bool:
        return scene.wire.texts().count("1: hello") == 1


class Report:
    """The end of a push that the case service does not know of yet."""

    name = "reports"

    async def begin(self, scene: Scene) -> None:
        await Outgoing().begin(scene)
        (citizen,) = await contact_points(scene.place.database)
        assert scene.bot.hooks is not None
        await scene.bot.hooks.take(event(1, citizen))
        loop = loop_of(scene, "sending:telegram")
        loop.start()
        await scene.until(lambda: Outgoing().done(scene))
        await loop.stop()

    async def done(self, scene: Scene) -> bool:
        return not any(report for *_, report in await rows(scene.place.database))

    async def once(self, scene: Scene) -> bool:
        # Telling twice is harmless: of one event the last report counts.
        return set(scene.reported) == {"evt_1"}


class Album:
    """An album whose parts a dead process left."""

    name = "telegram-albums"

    async def begin(self, scene: Scene) -> None:
        assert scene.bot.telegram is not None
        albums = scene.bot.telegram.channel.albums
        moment = datetime(2026, 3, 2, tzinfo=UTC)
        files = (File("f1", "a.jpg", "image/jpeg"),)
        await albums.keep(Heard(5, 1, "m5.1", "hello", moment, "zh", files=files, album="9"))
        await albums.stop()
        albums._whole_at.clear()  # the other process's

    async def done(self, scene: Scene) -> bool:
        return "1: hello" in await scene.texts()

    async def once(self, scene: Scene) -> bool:
        return (await scene.texts()).count("1: hello") == 1


ROWS = {
    ("turns", "database"): Message(),
    ("sending:telegram", "database"): Outgoing(),
    ("reports", "database"): Report(),
    ("reports", "api"): Report(),
    ("telegram-albums", "database"): Album(),
}


def loop_of(scene: Scene, name: str) -> Loop:
    return scene.supervisor._loops[name]


def limited(loop: Loop, seconds: float) -> None:
    """Interrupt the steps of a loop after so many seconds of real time."""
    loop._body = replace(loop._body, limit=seconds)


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda one: one.value)
@pytest.mark.parametrize(("name", "port"), ROWS, ids=lambda one: one)
async def test_a_loop_lives_through_the_trouble_of_a_port_and_its_row_is_worked_off_once(
    scene: Scene, name: str, port: str, trouble: Trouble
):
    row, loop, double = ROWS[name, port], loop_of(scene, name), getattr(scene, port)
    await row.begin(scene)

    async def failing() -> bool:
        return scene.state(loop).phase is Phase.FAILING

    async def recovered() -> bool:
        now = scene.state(loop)
        return now.failing_since is None and now.last_success is not None

    double.begin(trouble)
    if trouble is Trouble.HANGS:
        limited(loop, QUICK)
    loop.start()
    if trouble in (Trouble.FOR_EVER, Trouble.HANGS):
        for _ in range(3):  # it goes on failing, and goes on trying
            before = double.met
            await scene.until(lambda before=before: met(double, before))
            await scene.until(failing)
        assert scene.state(loop).failing_since is not None
        assert not await row.done(scene)
        limited(loop, 60)
        double.mend()
    await scene.until(lambda: row.done(scene))
    await scene.until(recovered)
    assert await row.once(scene)
    assert double.met
    if trouble is not Trouble.LATE:
        assert scene.state(loop).last_error


async def met(double: Double, before: int) -> bool:
    return double.met > before
