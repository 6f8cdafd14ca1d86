"""A push dies between each two of its steps, and another process goes on from the tables alone.

The steps: the event is committed here; its row is marked; the message reaches the channel; the row
is ended; the case service is told; that is noted. What dies is a process: its objects are left
where they are, and new ones begin on the same database.
"""

import asyncio
from collections import Counter

import pytest
from citizens import ScriptedEngine, says, town
from pushes import Wire, contact_points, event, rows
from road import Road

from bot.outbound import outbox, outgoing
from bot.outbound.reports import Reports
from bot.push import PushPriority
from bot.store import holds, tables
from bot.store.records import REPORT
from kernel.supervisor import Supervisor

PUSHES = 5


@pytest.fixture
async def place(database_url, clock, ids):
    async with town(database_url, clock, ids) as place:
        yield place


class CaseServiceDouble:
    """A case service that takes reports."""

    def __init__(self):
        self.reports = Counter()

    async def __call__(self, reports):
        self.reports.update((item.event, item.outcome) for item in reports.items)


class Process(Road):
    """All that works on the road out, made anew."""

    numbers = iter(range(1, 10_000))

    def __init__(self, place, wire, case_service):
        number = next(self.numbers)
        super().__init__(place, ScriptedEngine(), wire, process=f"process {number}")
        self.reports = Reports(
            database=place.database,
            bell=place.bell,
            supervisor=Supervisor(place.clock),
            report=case_service,
        )

    async def work(self):
        """Do all that is left to do, as a process does after its start."""
        await self.place.database.run(holds.free_all)
        await self.send()
        while await self.reports.tell():
            pass

    def die(self):
        """End in the middle of whatever it is doing."""
        for task in self.sending._busy.values():
            task.cancel()


class Scene:
    """A citizen, pushes to come, and what must be true in the end."""

    def __init__(self, place):
        self.place, self.wire, self.case_service = place, Wire(), CaseServiceDouble()
        self.citizen = ""

    def process(self):
        return Process(self.place, self.wire, self.case_service)

    async def begin(self, process):
        receipt = await process.bot.intake.receive(says("hello", "1", channel="telegram"))
        process.bot.intake.go_on(receipt)
        await process.bot.turns.idle()
        await process.work()
        (self.citizen,) = await contact_points(self.place.database)
        self.wire.sent.clear()

    async def post(self, process, numbers=range(PUSHES)):
        return [await process.bot.hooks.take(event(n, self.citizen)) for n in numbers]

    async def check(self, *, repeated=()):
        """Everything arrived, in order, and only what was in flight twice."""
        notes = [
            next(int(word) for word in text.split("note ")[1].split() if word.isdigit())
            for text in self.wire.texts()
        ]
        wanted = sorted([*range(PUSHES), *repeated])
        assert notes == wanted
        left = [row for row in await rows(self.place.database) if row[0]]
        assert left == [(f"evt_{n}", "sent", None) for n in range(PUSHES)]
        assert set(self.case_service.reports) == {(f"evt_{n}", "sent") for n in range(PUSHES)}


@pytest.fixture
def scene(place):
    return Scene(place)


async def test_dead_before_the_answer_to_the_hook(scene):
    first = scene.process()
    await scene.begin(first)
    assert await scene.post(first) == ["kept"] * PUSHES
    first.die()
    second = scene.process()
    assert await scene.post(second) == ["repeated"] * PUSHES
    await second.work()
    await scene.check()


async def test_dead_after_the_commit_and_before_anything_is_marked(scene):
    first = scene.process()
    await scene.begin(first)
    await scene.post(first)
    first.die()
    await scene.process().work()
    await scene.check()


async def test_dead_after_a_row_is_marked_and_before_it_is_sent(scene):
    first = scene.process()
    await scene.begin(first)
    await scene.post(first)
    await scene.place.database.run(
        outbox.begin,
        scene.citizen,
        PushPriority.BROADCAST,
        owner="first",
        now=scene.place.clock.now(),
    )
    first.die()
    await scene.process().work()
    await scene.check()


@pytest.mark.parametrize("dies_at", range(PUSHES))
async def test_dead_when_a_message_has_arrived_and_its_row_is_not_ended(scene, dies_at):
    first = scene.process()
    await scene.begin(first)
    await scene.post(first)
    arrived = asyncio.Event()

    def gone():
        if len(scene.wire.sent) <= dies_at:
            return False
        arrived.set()
        return True

    scene.wire.gone = gone
    await first.sending.look()
    while not arrived.is_set():
        await asyncio.sleep(0.002)
        scene.place.clock.advance(milliseconds=1)
    scene.wire.gone = None
    first.die()
    await first.sending.idle()
    await scene.process().work()
    await scene.check(repeated=[dies_at])


async def test_dead_when_the_row_is_ended_and_the_case_service_not_told(scene):
    first = scene.process()
    await scene.begin(first)
    await scene.post(first)
    await first.sending.look()
    while first.sending._busy:
        await asyncio.sleep(0.002)
        scene.place.clock.advance(milliseconds=1)
    assert not scene.case_service.reports
    first.die()
    await scene.process().work()
    await scene.check()


async def test_dead_when_the_case_service_is_told_and_that_is_not_noted(scene):
    first = scene.process()
    await scene.begin(first)
    await scene.post(first)
    await first.work()
    found = await scene.place.database.read(outgoing.unreported, 100)
    assert found == []

    async def told_and_gone(reports):
        await scene.case_service(reports)
        raise ConnectionError("gone")

    late = scene.process()
    late.reports._report = told_and_gone
    await scene.place.database.run(
        lambda tx: tx.execute(tables.outbox.update().values(report=REPORT))
    )
    with pytest.raises(ConnectionError):
        await late.reports.tell()
    await scene.process().work()
    await scene.check()
    assert max(scene.case_service.reports.values()) == 3


async def test_a_process_that_starts_alone_does_not_wait_for_the_dead_ones_hold(scene):
    first = scene.process()
    await scene.begin(first)
    await scene.post(first)
    second = scene.process()
    await second.sending.look()
    assert second.sending._busy == {}, "the hold is the first one's"
    await second.work()
    await scene.check()


async def test_another_process_sends_nine_seconds_after_the_first_was_last_seen(scene, clock):
    first = scene.process()
    await scene.begin(first)
    await scene.post(first)
    second = scene.process()
    clock.advance(seconds=9)
    await second.sending.look()
    assert second.sending._busy, "it begins with what the dead one left"
    await second.work()
    await scene.check()
