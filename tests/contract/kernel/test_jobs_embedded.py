"""What the embedded queue alone promises, as it is judged by the clock that it is given."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE
from sqlalchemy import text
from structlog.testing import capture_logs

import kernel.database.migrate
from kernel.bell.local import LocalBell
from kernel.clock import ManualClock
from kernel.database.database import Database, Transaction
from kernel.ids import SequentialIds
from kernel.jobs import queue
from kernel.jobs.embedded import LEASE, EmbeddedJobs
from kernel.jobs.port import GiveUp, Retry
from kernel.supervisor import Phase, Supervisor

MIGRATIONS = Path(kernel.database.migrate.__file__).parents[1] / "migrations"


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    database = Database(sqlite_url)
    kernel.database.migrate.upgrade(database.engine, MIGRATIONS, "alembic_version_kernel")
    yield database
    await database.close()


def enqueue(tx: Transaction, jobs: EmbeddedJobs, task: str) -> None:
    jobs.enqueue(tx, task, {})


async def test_a_retry_waits_as_long_as_its_task_says(
    database: Database, clock: ManualClock, ids: SequentialIds
) -> None:
    runs: asyncio.Queue[str] = asyncio.Queue()

    async def fail(_: Mapping[str, Any]) -> None:
        runs.put_nowait(f"{clock.now():%H:%M:%S}")
        raise OSError

    jobs = EmbeddedJobs(database, clock=clock, ids=ids)
    jobs.task("try", fail, retry=Retry(attempts=3, first=2, factor=2))
    await jobs.start()
    await database.run(enqueue, jobs, "try")
    seen = [await runs.get()]
    for wait in (2, 4):
        await _retry_is_kept(database)
        await clock.sleepers(1)
        clock.advance(seconds=wait - 0.001)
        await clock.sleepers(1)
        clock.advance(seconds=0.001)
        seen.append(await runs.get())
    await jobs.stop()
    assert seen == ["01:00:00", "01:00:02", "01:00:06"]


async def _retry_is_kept(database: Database) -> None:
    def waits(tx: Transaction) -> bool:
        return tx.scalar(text("SELECT owner FROM job")) is None

    while not await database.read(waits):  # each look gives the writer its turn
        pass


async def test_a_ring_from_another_process_wakes_the_queue_at_once(
    database: Database, clock: ManualClock, ids: SequentialIds
) -> None:
    bell, ran = LocalBell(clock), asyncio.Event()

    async def run(_: Mapping[str, Any]) -> None:
        ran.set()

    web = EmbeddedJobs(database, clock=clock, ids=ids, bell=bell)
    worker = EmbeddedJobs(database, clock=clock, ids=ids, bell=bell)
    worker.task("greet", run)
    await worker.start()
    await clock.sleepers(1)
    await database.run(enqueue, web, "greet")
    await asyncio.wait_for(ran.wait(), PATIENCE)  # and the clock was not moved
    await worker.stop()


async def test_a_job_that_takes_long_is_not_taken_from_its_process(
    database: Database, clock: ManualClock, ids: SequentialIds
) -> None:
    runs, release = 0, asyncio.Event()
    started = asyncio.Event()

    async def long(_: Mapping[str, Any]) -> None:
        nonlocal runs
        runs += 1
        started.set()
        await release.wait()

    here = EmbeddedJobs(database, clock=clock, ids=ids)
    there = EmbeddedJobs(database, clock=clock, ids=ids)
    for jobs in (here, there):
        jobs.task("long", long)
    await here.start()
    await database.run(enqueue, here, "long")
    await started.wait()
    await there.start()
    for _ in range(20):  # a hundred seconds, three leases
        await clock.sleepers(2)
        clock.advance(seconds=5)
    await clock.sleepers(2)
    release.set()
    await here.stop()
    await there.stop()
    assert runs == 1


async def test_when_the_database_fails_the_queue_says_so_and_goes_on(
    database: Database, clock: ManualClock, ids: SequentialIds
) -> None:
    ran = asyncio.Event()

    async def run(_: Mapping[str, Any]) -> None:
        ran.set()

    supervisor = Supervisor(clock)
    jobs = EmbeddedJobs(database, clock=clock, ids=ids, supervisor=supervisor)
    jobs.task("greet", run)
    await database.run(enqueue, jobs, "greet")
    await database.run(lambda tx: tx.execute(text("ALTER TABLE job RENAME TO away")))
    with capture_logs() as logs:
        await jobs.start()
        await clock.sleepers(1)
        await database.run(lambda tx: tx.execute(text("ALTER TABLE away RENAME TO job")))
        (state,) = supervisor.loops
        assert (state.name, state.phase, state.failures) == ("jobs", Phase.FAILING, 1)
        clock.advance(seconds=5)
        await asyncio.wait_for(ran.wait(), PATIENCE)
        await jobs.stop()
    assert [entry["event"] for entry in logs] == ["loop_failed", "loop_recovered"]


async def test_a_stop_without_a_start_does_nothing(
    database: Database, clock: ManualClock, ids: SequentialIds
) -> None:
    await EmbeddedJobs(database, clock=clock, ids=ids).stop()


async def test_a_job_that_failed_and_runs_again_is_not_ended_by_its_first_run(
    database: Database, clock: ManualClock
) -> None:
    """The process that outlived its lease may be the one that claims the job again."""
    retry = Retry(attempts=2)
    await database.run(queue.add, task="try", payload={}, due=clock.now(), lock=None, dedupe=None)

    async def claim(owner: str) -> queue.Job:
        now = clock.now()
        claims = await database.run(
            queue.claim,
            owner=owner,
            now=now,
            until=now + LEASE,
            tasks={"try": retry},
            held=(),
            room=1,
        )
        return claims.jobs[0]

    first = await claim("one")
    clock.advance(seconds=LEASE.total_seconds())
    second = await claim("two")
    assert await database.run(queue.fail, second, clock.now(), "away", retry, 2) is False
    assert await database.run(queue.replay, (second.id,), clock.now())
    third = await claim("one")
    assert (third.attempt, third.lease.owner) == (first.attempt, first.lease.owner)
    await database.run(queue.done, first)
    assert await database.run(queue.fail, first, clock.now(), "away", retry, 2) is None
    assert await database.run(queue.fail, third, clock.now(), "away", retry, 2) is True


async def test_what_is_kept_of_an_error_hides_what_is_of_a_person(
    database: Database, clock: ManualClock, ids: SequentialIds
) -> None:
    async def fail(_: Mapping[str, Any]) -> None:
        raise GiveUp("no answer from 13800138000")

    jobs = EmbeddedJobs(database, clock=clock, ids=ids)
    jobs.task("call", fail)
    await database.run(enqueue, jobs, "call")
    await jobs.start()
    while not (found := await database.read(queue.dead_letters, 100)):
        pass
    await jobs.stop()
    assert found[0].error is not None
    assert "13800138000" not in found[0].error
    assert found[0].error.startswith("GiveUp: no answer from")
