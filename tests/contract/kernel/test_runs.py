"""One contract for runs over every queue: progress, cancellation, resumption, failure."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from patience import PATIENCE

import kernel.jobs.embedded
import kernel.jobs.fleet
from kernel.clock import ManualClock
from kernel.database.database import Database
from kernel.database.migrate import upgrade
from kernel.ids import SequentialIds
from kernel.jobs import run_rows
from kernel.jobs.embedded import EmbeddedJobs
from kernel.jobs.fleet import FleetJobs
from kernel.jobs.fleet_schema import ensure_schema
from kernel.jobs.port import GiveUp, Retry
from kernel.jobs.run_rows import RunRow, RunState
from kernel.jobs.runs import Run, Runs, in_batches

MIGRATIONS = Path(kernel.jobs.embedded.__file__).parents[1] / "migrations"
AT_ONCE = Retry(attempts=3, first=0)

Make = Callable[[], Runs]


@pytest.fixture(
    params=["embedded-sqlite", pytest.param("fleet-postgresql", marks=pytest.mark.postgres)]
)
async def house(
    request: pytest.FixtureRequest,
    clock: ManualClock,
    ids: SequentialIds,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[tuple[Database, Make]]:
    monkeypatch.setattr(kernel.jobs.fleet, "POLL_SECONDS", 0.05)
    grace(monkeypatch, PATIENCE)
    kind, _, store = request.param.partition("-")
    fixture = "sqlite_url" if store == "sqlite" else "postgres_database_url"
    database = Database(request.getfixturevalue(fixture))
    upgrade(database.engine, MIGRATIONS, "alembic_version_kernel")
    if kind == "fleet":
        ensure_schema(database.engine)

    def make() -> Runs:
        queue = (
            FleetJobs(database, clock=clock)
            if kind == "fleet"
            else EmbeddedJobs(database, clock=clock, ids=ids)
        )
        return Runs(queue, database, clock=clock, ids=ids)

    yield database, make
    await database.close()


def grace(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let a stop wait so long for jobs that run."""
    monkeypatch.setattr(kernel.jobs.fleet, "GRACE_SECONDS", seconds)
    monkeypatch.setattr(kernel.jobs.embedded, "GRACE_SECONDS", seconds)


async def only(database: Database) -> RunRow:
    (row,) = await database.read(run_rows.newest, 10)
    return row


async def until(database: Database, *states: RunState) -> RunRow:
    """Wait until the only run stands in one of the states."""
    async with asyncio.timeout(PATIENCE):
        while (row := await only(database)).state not in states:
            pass
    return row


async def executed(runs: Runs, database: Database, *states: RunState) -> RunRow:
    await runs.start()
    try:
        return await until(database, *states)
    finally:
        await runs.stop()


async def test_a_run_tells_its_progress_and_ends(house: tuple[Database, Make]) -> None:
    database, make = house
    runs, seen = make(), []

    async def count(run: Run) -> None:
        for n in range(1, 4):
            await run.step(n, 3)
            seen.append((await only(database)).done)

    runs.task("count", count)
    assert await database.run(runs.begin, "count")
    assert not await database.run(runs.begin, "count"), "one that waits is enough"
    row = await executed(runs, database, RunState.DONE)
    assert seen == [1, 2, 3]
    assert (row.done, row.total, row.error) == (3, 3, None)
    assert row.started_at is not None
    assert row.ended_at is not None


async def test_a_run_that_was_interrupted_resumes_where_it_was(
    house: tuple[Database, Make], monkeypatch: pytest.MonkeyPatch
) -> None:
    grace(monkeypatch, 0.2)
    database, make = house
    first, second = make(), make()
    reached, done = asyncio.Event(), []

    async def three(run: Run) -> None:
        for n in range(run.position.get("next", 0), 3):
            done.append(n)
            await run.step(n + 1, 3, {"next": n + 1})
            if n == 1 and len(done) == 2:
                reached.set()
                await asyncio.Event().wait()

    first.task("three", three)
    second.task("three", three)
    await database.run(first.begin, "three")
    await first.start()
    await asyncio.wait_for(reached.wait(), PATIENCE)
    await first.stop()
    row = await only(database)
    assert (row.state, row.done, row.attempts) == (RunState.WAITING, 2, 0)
    await executed(second, database, RunState.DONE)
    assert done == [0, 1, 2], "no batch is done twice"


async def test_a_running_run_stops_at_its_next_step_when_it_is_cancelled(
    house: tuple[Database, Make],
) -> None:
    database, make = house
    runs, reached, go_on = make(), asyncio.Event(), asyncio.Event()
    steps = []

    async def slow(run: Run) -> None:
        await run.step(1, 3)
        reached.set()
        await go_on.wait()
        for n in (2, 3):
            steps.append(n)
            await run.step(n, 3)

    runs.task("slow", slow)
    await database.run(runs.begin, "slow")
    await runs.start()
    await asyncio.wait_for(reached.wait(), PATIENCE)
    assert await database.run(runs.cancel, (await only(database)).id)
    go_on.set()
    row = await until(database, RunState.CANCELLED)
    await runs.stop()
    assert steps == [2]
    assert not await database.run(runs.cancel, row.id)


async def test_a_waiting_run_that_is_cancelled_never_starts_and_can_be_run_again(
    house: tuple[Database, Make],
) -> None:
    database, make = house
    runs, ran = make(), []

    async def note(run: Run) -> None:
        ran.append(dict(run.payload))

    runs.task("note", note)
    await database.run(runs.begin, "note", {"n": 1})
    id_ = (await only(database)).id
    assert await database.run(runs.cancel, id_)
    assert (await executed(runs, database, RunState.CANCELLED)).ended_at is not None
    assert ran == []
    assert await database.run(runs.again, id_)
    assert not await database.run(runs.again, id_)
    other = make()
    other.task("note", note)
    await executed(other, database, RunState.DONE)
    assert ran == [{"n": 1}]


async def test_a_run_that_keeps_failing_is_failed_with_its_error_and_resumes_when_repeated(
    house: tuple[Database, Make],
) -> None:
    database, make = house
    runs, broken, seen = make(), [True], []

    async def work(run: Run) -> None:
        seen.append(dict(run.position))
        await run.step(1, 2, {"at": 1})
        if broken[0]:
            raise OSError("the disk is full")

    runs.task("work", work, retry=AT_ONCE)
    await database.run(runs.begin, "work")
    row = await executed(runs, database, RunState.FAILED)
    assert (row.error, row.attempts, len(seen)) == ("OSError: the disk is full", 3, 3)
    broken[0] = False
    assert await database.run(runs.again, row.id)
    other = make()
    other.task("work", work, retry=AT_ONCE)
    done = await executed(other, database, RunState.DONE)
    assert (done.error, done.attempts, seen[-1]) == (None, 1, {"at": 1})


async def test_a_handler_that_gives_up_is_not_tried_again(house: tuple[Database, Make]) -> None:
    database, make = house
    runs, tries = make(), []

    async def hopeless(_: Run) -> None:
        tries.append(1)
        raise GiveUp("no data")

    runs.task("hopeless", hopeless, retry=AT_ONCE)
    await database.run(runs.begin, "hopeless")
    row = await executed(runs, database, RunState.FAILED)
    assert (len(tries), row.error) == (1, "GiveUp: no data")


async def test_a_process_that_lost_its_run_keeps_nothing_of_it(
    house: tuple[Database, Make], clock: ManualClock
) -> None:
    database, make = house
    await database.run(make().begin, "work")
    id_ = (await only(database)).id
    dead = await database.run(run_rows.start, id_, 5, clock.now())
    alive = await database.run(run_rows.start, id_, 5, clock.now())
    assert dead is not None
    assert alive is not None
    assert await database.run(run_rows.step, dead, 9, 9, {}, clock.now()) is None
    assert not await database.run(run_rows.end, dead, RunState.DONE, clock.now())
    assert await database.run(run_rows.step, alive, 1, 9, {}, clock.now()) is False
    assert (await only(database)).done == 1


async def test_a_run_that_ends_its_process_each_time_is_failed_at_last(
    house: tuple[Database, Make], clock: ManualClock
) -> None:
    database, make = house
    await database.run(make().begin, "deadly")
    id_ = (await only(database)).id
    for _ in range(3):
        assert await database.run(run_rows.start, id_, 3, clock.now()) is not None
    assert await database.run(run_rows.start, id_, 3, clock.now()) is None
    row = await only(database)
    assert (row.state, row.error) == (RunState.FAILED, "the process that ran it died")


async def test_steps_are_repeated_until_they_find_nothing_and_resumed_at_the_one_under_way(
    house: tuple[Database, Make],
) -> None:
    database, make = house
    runs, left, log = make(), {"a": 2, "b": 2}, []
    failing = [True]

    def batch(name: str) -> Callable[[], Awaitable[int]]:
        async def some() -> int:
            log.append(name)
            if name == "b" and failing:
                failing.clear()
                raise OSError("once")
            found = min(1, left[name])
            left[name] -= found
            return found

        return some

    runs.task("tidy", lambda run: in_batches(run, (batch("a"), batch("b"))), retry=AT_ONCE)
    await database.run(runs.begin, "tidy")
    row = await executed(runs, database, RunState.DONE)
    assert log == ["a", "a", "a", "b", "b", "b", "b"], "step a is not begun again"
    assert (row.done, row.total) == (2, 2)


async def test_old_runs_that_ended_well_are_dropped_and_failed_ones_stay(
    house: tuple[Database, Make], clock: ManualClock
) -> None:
    database, make = house
    runs = make()
    for task in ("good", "bad"):
        await database.run(runs.begin, task)
    for row in await database.read(run_rows.newest, 10):
        started = await database.run(run_rows.start, row.id, 1, clock.now())
        assert started is not None
        state = RunState.DONE if row.task == "good" else RunState.FAILED
        await database.run(run_rows.end, started, state, clock.now(), None)
    later = clock.now() + timedelta(days=31)
    assert await database.run(run_rows.drop_before, later) == 1
    assert (await only(database)).task == "bad"
