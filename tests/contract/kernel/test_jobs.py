"""One contract for every queue. The fleet's due times are judged by the server's clock."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE
from sqlalchemy import text

import kernel.jobs.embedded
import kernel.jobs.fleet
from kernel.bell.local import LocalBell
from kernel.clock import SHANGHAI, Clock, ManualClock, SystemClock
from kernel.database.database import Database, Transaction
from kernel.database.migrate import upgrade
from kernel.ids import SequentialIds
from kernel.jobs import fleet_rows
from kernel.jobs import queue as embedded_rows
from kernel.jobs.embedded import EmbeddedJobs
from kernel.jobs.fleet import FleetJobs
from kernel.jobs.fleet_schema import ensure_schema
from kernel.jobs.port import GiveUp, Jobs, Retry
from kernel.leases import DeadLetter

MIGRATIONS = Path(kernel.jobs.embedded.__file__).parents[1] / "migrations"
AT_ONCE = Retry(attempts=3, first=0)


@dataclass
class Queue:
    """A database with a queue, and processes that share it."""

    kind: str
    database: Database
    clock: ManualClock
    ids: SequentialIds
    bell: LocalBell = field(init=False)

    def __post_init__(self) -> None:
        self.bell = LocalBell(self.clock)

    @property
    def judged_by_server(self) -> bool:
        return self.kind == "fleet"

    @property
    def sleepers(self) -> int:
        """Tasks of one idle process that sleep on the clock."""
        return 2 if self.kind == "fleet" else 1

    def process(self, clock: Clock | None = None, stalled: float = PATIENCE) -> Jobs:
        clock = clock or self.clock
        if self.kind == "fleet":
            return FleetJobs(self.database, clock=clock, heartbeat=0.1, stalled=stalled)
        return EmbeddedJobs(self.database, clock=clock, ids=self.ids, bell=self.bell)

    @asynccontextmanager
    async def running(self, *processes: Jobs) -> AsyncIterator[None]:
        for process in processes:
            await process.start()
        try:
            yield
        finally:
            for process in processes:
                await process.stop()

    async def failed(self) -> list[DeadLetter]:
        rows = fleet_rows if self.kind == "fleet" else embedded_rows
        return await self.database.read(rows.dead_letters, 100)

    async def replay(self, letter: DeadLetter) -> bool:
        rows = fleet_rows if self.kind == "fleet" else embedded_rows
        return await self.database.run(rows.replay, letter.key, self.clock.now())

    async def enqueue(
        self, jobs: Jobs, task: str, payload: Mapping[str, Any] | None = None, **options: Any
    ) -> None:
        await self.database.run(_enqueue, jobs, task, payload or {}, **options)


def _enqueue(
    tx: Transaction, jobs: Jobs, task: str, payload: Mapping[str, Any], **options: Any
) -> None:
    jobs.enqueue(tx, task, payload, **options)


class Runs:
    """A handler that notes what it was given; others wait for what it notes."""

    def __init__(self, before: Callable[[int], Awaitable[None]] | None = None) -> None:
        self.payloads: list[Mapping[str, Any]] = []
        self._before = before
        self._changed = asyncio.Condition()

    async def __call__(self, payload: Mapping[str, Any]) -> None:
        self.payloads.append(payload)
        async with self._changed:
            self._changed.notify_all()
        if self._before is not None:
            await self._before(len(self.payloads))

    @property
    def numbers(self) -> list[int]:
        return [payload["n"] for payload in self.payloads]

    async def reach(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: len(self.payloads) >= count)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel.jobs.fleet, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(kernel.jobs.fleet, "GRACE_SECONDS", PATIENCE)
    monkeypatch.setattr(kernel.jobs.embedded, "GRACE_SECONDS", PATIENCE)


@pytest.fixture
def hasty(impatient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a stop wait for no job that hangs."""
    monkeypatch.setattr(kernel.jobs.fleet, "GRACE_SECONDS", 0.2)
    monkeypatch.setattr(kernel.jobs.embedded, "GRACE_SECONDS", 0.2)


@pytest.fixture(
    params=[
        "embedded-sqlite",
        pytest.param("embedded-postgresql", marks=pytest.mark.postgres),
        pytest.param("fleet-postgresql", marks=pytest.mark.postgres),
    ]
)
async def queue(
    request: pytest.FixtureRequest, clock: ManualClock, ids: SequentialIds
) -> AsyncIterator[Queue]:
    kind, _, store = request.param.partition("-")
    fixture = "sqlite_url" if store == "sqlite" else "postgres_database_url"
    database = Database(request.getfixturevalue(fixture))
    upgrade(database.engine, MIGRATIONS, "alembic_version_kernel")
    if kind == "fleet":
        ensure_schema(database.engine)
    yield Queue(kind, database, clock, ids)
    await database.close()


async def test_what_was_committed_runs_with_its_payload(queue: Queue) -> None:
    jobs, runs = queue.process(), Runs()
    jobs.task("greet", runs)
    payload = {"text": "你好", "list": [1, 2.5, None, True], "map": {"a": {}}}
    async with queue.running(jobs):
        await queue.enqueue(jobs, "greet", payload)
        await runs.reach(1)
    assert runs.payloads == [payload]


async def test_what_was_enqueued_before_the_start_runs_after_it(queue: Queue) -> None:
    jobs, runs = queue.process(), Runs()
    jobs.task("greet", runs)
    await queue.enqueue(jobs, "greet", {"n": 1})
    async with queue.running(jobs):
        await runs.reach(1)


async def test_what_was_rolled_back_never_runs(queue: Queue) -> None:
    jobs, runs = queue.process(), Runs()
    jobs.task("greet", runs)

    def regret(tx: Transaction) -> None:
        jobs.enqueue(tx, "greet", {"n": 1})
        raise LookupError("changed my mind")

    async with queue.running(jobs):
        with pytest.raises(LookupError):
            await queue.database.run(regret)
        await queue.enqueue(jobs, "greet", {"n": 2})
        await runs.reach(1)
    assert runs.numbers == [2]


async def test_a_finished_job_leaves_nothing_behind(queue: Queue) -> None:
    jobs, runs = queue.process(), Runs()
    jobs.task("greet", runs)
    async with queue.running(jobs):
        await queue.enqueue(jobs, "greet", {"n": 1})
        await runs.reach(1)
    assert await _rows(queue) == 0


async def _rows(queue: Queue) -> int:
    table = "procrastinate_jobs" if queue.kind == "fleet" else "job"
    rows: int = await queue.database.read(
        lambda tx: tx.scalar(text(f"SELECT count(*) FROM {table}"))
    )
    return rows


async def _finished(queue: Queue) -> None:
    """Wait until every job's end is committed: its lease lapses where the clock moves before."""
    async with asyncio.timeout(PATIENCE):
        while await _rows(queue):  # noqa: ASYNC110 - the row alone tells it
            await asyncio.sleep(0.005)


async def test_a_job_waits_until_it_is_due(queue: Queue) -> None:
    jobs, runs = queue.process(), Runs()
    jobs.task("greet", runs)
    now = SystemClock().now() if queue.judged_by_server else queue.clock.now()
    async with queue.running(jobs):
        await queue.enqueue(jobs, "greet", {"n": 1}, due=now + timedelta(hours=1))
        await queue.enqueue(jobs, "greet", {"n": 2}, due=now - timedelta(hours=1))
        await queue.enqueue(jobs, "greet", {"n": 3})
        await runs.reach(2)
        assert sorted(runs.numbers) == [2, 3]
        if queue.judged_by_server:
            await queue.enqueue(
                jobs, "greet", {"n": 4}, due=SystemClock().now() + timedelta(milliseconds=200)
            )
        else:
            await queue.clock.sleepers(1)
            queue.clock.advance(hours=1)
        await runs.reach(3)


async def test_jobs_of_one_lock_run_one_at_a_time_in_their_order(queue: Queue) -> None:
    running = 0

    async def alone(_: int) -> None:
        nonlocal running
        running += 1
        assert running == 1
        await asyncio.sleep(0.002)
        running -= 1

    here, there, runs = queue.process(), queue.process(), Runs(alone)
    for jobs in (here, there):
        jobs.task("step", runs)
    for number in range(10):
        await queue.enqueue(here, "step", {"n": number}, lock="case 1")
    async with queue.running(here, there):
        await runs.reach(10)
    assert runs.numbers == list(range(10))
    assert await queue.failed() == []


async def test_jobs_of_other_locks_do_not_wait(queue: Queue) -> None:
    release = asyncio.Event()

    async def block(_: int) -> None:
        await release.wait()

    jobs, blocked, free = queue.process(), Runs(block), Runs()
    jobs.task("blocked", blocked)
    jobs.task("free", free)
    await queue.enqueue(jobs, "blocked", lock="a")
    async with queue.running(jobs):
        await blocked.reach(1)
        await queue.enqueue(jobs, "free", {"n": 1}, lock="a")
        await queue.enqueue(jobs, "free", {"n": 2}, lock="b")
        await queue.enqueue(jobs, "free", {"n": 3})
        await free.reach(2)
        assert sorted(free.numbers) == [2, 3]
        release.set()
        await free.reach(3)


async def test_a_job_that_is_retried_holds_those_behind_it(queue: Queue) -> None:
    async def fail_once(run: int) -> None:
        if run == 1:
            raise OSError("not yet")

    jobs, runs = queue.process(), Runs(fail_once)
    jobs.task("step", runs, retry=AT_ONCE)
    for number in (1, 2, 3):
        await queue.enqueue(jobs, "step", {"n": number}, lock="case 1")
    async with queue.running(jobs):
        await runs.reach(4)
    assert runs.numbers == [1, 1, 2, 3]


async def test_a_job_whose_key_waits_already_is_not_added(queue: Queue) -> None:
    jobs, runs = queue.process(), Runs()
    jobs.task("look", runs)
    jobs.task("other", runs)

    def twice(tx: Transaction) -> None:
        jobs.enqueue(tx, "look", {"n": 1}, dedupe="a")
        jobs.enqueue(tx, "look", {"n": 2}, dedupe="a")
        jobs.enqueue(tx, "other", {"n": 3}, dedupe="a")

    await queue.database.run(twice)
    await queue.enqueue(jobs, "look", {"n": 4}, dedupe="a")
    await queue.enqueue(jobs, "look", {"n": 5}, dedupe="b")
    async with queue.running(jobs):
        await runs.reach(3)
        await queue.enqueue(jobs, "look", {"n": 6})
        await runs.reach(4)
    assert sorted(runs.numbers) == [1, 3, 5, 6]


async def test_the_key_of_a_job_that_has_started_is_free(queue: Queue) -> None:
    release = asyncio.Event()

    async def fail_first(run: int) -> None:
        if run == 1:
            await release.wait()
            raise OSError("and is retried beside the one that has its key now")

    jobs, runs = queue.process(), Runs(fail_first)
    jobs.task("look", runs, retry=AT_ONCE)
    await queue.enqueue(jobs, "look", {"n": 1}, dedupe="a", lock="l")
    async with queue.running(jobs):
        await runs.reach(1)
        await queue.enqueue(jobs, "look", {"n": 2}, dedupe="a", lock="l")
        release.set()
        await runs.reach(3)
    assert runs.numbers == [1, 1, 2]
    assert await _rows(queue) == 0


async def test_a_key_is_free_again_after_a_rollback(queue: Queue) -> None:
    jobs, runs = queue.process(), Runs()
    jobs.task("look", runs)

    def regret(tx: Transaction) -> None:
        jobs.enqueue(tx, "look", {"n": 1}, dedupe="a")
        raise LookupError

    with pytest.raises(LookupError):
        await queue.database.run(regret)
    await queue.enqueue(jobs, "look", {"n": 2}, dedupe="a")
    async with queue.running(jobs):
        await runs.reach(1)
    assert runs.numbers == [2]


async def test_a_failing_job_is_run_again_as_often_as_its_task_says(queue: Queue) -> None:
    async def fail(_: int) -> None:
        raise OSError("never")

    jobs, runs, end = queue.process(), Runs(fail), Runs()
    jobs.task("try", runs, retry=AT_ONCE)
    jobs.task("end", end)
    await queue.enqueue(jobs, "try", {"n": 7}, lock="l")
    await queue.enqueue(jobs, "end", lock="l")  # runs once the first has been given up
    async with queue.running(jobs):
        await end.reach(1)
        assert len(runs.payloads) == 3
        (failed,) = await queue.failed()
        assert failed.attempts == 3
        if not queue.judged_by_server:  # procrastinate keeps no errors
            assert failed.error == "OSError: never"


async def test_a_handler_can_give_up_at_once(queue: Queue) -> None:
    async def give_up(_: int) -> None:
        raise GiveUp("the address is gone for good")

    jobs, runs, end = queue.process(), Runs(give_up), Runs()
    jobs.task("try", runs, retry=AT_ONCE)
    jobs.task("end", end)
    await queue.enqueue(jobs, "try", lock="l")
    await queue.enqueue(jobs, "end", lock="l")
    async with queue.running(jobs):
        await end.reach(1)
    assert len(runs.payloads) == 1
    assert len(await queue.failed()) == 1


async def test_a_failed_job_can_be_run_again(queue: Queue) -> None:
    async def fail_first(run: int) -> None:
        if run == 1:
            raise GiveUp

    jobs, runs, end = queue.process(), Runs(fail_first), Runs()
    jobs.task("try", runs)
    jobs.task("end", end)
    await queue.enqueue(jobs, "try", {"n": 1}, lock="l")
    await queue.enqueue(jobs, "end", lock="l")
    async with queue.running(jobs):
        await end.reach(1)
        (failed,) = await queue.failed()
        assert failed.since.tzinfo is not None
        assert await queue.replay(failed)
        await queue.enqueue(jobs, "end")  # its bell
        await runs.reach(2)
        assert not await queue.replay(failed)
    assert await queue.failed() == []


async def test_a_process_leaves_what_it_cannot_run(queue: Queue) -> None:
    web, worker, web_runs, worker_runs = queue.process(), queue.process(), Runs(), Runs()
    web.task("here", web_runs)
    worker.task("there", worker_runs)
    async with queue.running(web):
        await queue.enqueue(web, "there", {"n": 1})
        await queue.enqueue(web, "here", {"n": 2})
        await web_runs.reach(1)
    async with queue.running(worker):
        await worker_runs.reach(1)
    assert await queue.failed() == []


@pytest.mark.usefixtures("hasty")
async def test_a_job_that_a_stop_interrupts_is_run_again(queue: Queue) -> None:
    async def hang(run: int) -> None:
        if run == 1:
            await asyncio.Event().wait()

    first, second, runs = queue.process(), queue.process(), Runs(hang)
    for jobs in (first, second):
        jobs.task("slow", runs, retry=AT_ONCE)
    await queue.enqueue(first, "slow", {"n": 1})
    async with queue.running(first):
        await runs.reach(1)
    async with queue.running(second):
        await runs.reach(2)
    assert await _rows(queue) == 0


async def test_a_stop_lets_a_job_finish_that_is_nearly_done(queue: Queue) -> None:
    finished = False

    async def finish(_: int) -> None:
        nonlocal finished
        await asyncio.sleep(0.02)
        finished = True

    jobs, runs = queue.process(), Runs(finish)
    jobs.task("quick", runs)
    await queue.enqueue(jobs, "quick")
    async with queue.running(jobs):
        await runs.reach(1)
    assert finished
    assert await _rows(queue) == 0


_DOOMED = """
import asyncio, sys
from kernel.clock import SystemClock
from kernel.database.database import Database
from kernel.ids import RandomIds
from kernel.jobs.embedded import EmbeddedJobs
from kernel.jobs.fleet import FleetJobs

async def hang(payload):
    print("started", flush=True)
    await asyncio.Event().wait()

async def main(kind, url):
    clock = SystemClock()
    if kind == "fleet":
        jobs = FleetJobs(Database(url), clock=clock, heartbeat=0.1, stalled=0.5)
    else:
        jobs = EmbeddedJobs(Database(url), clock=clock, ids=RandomIds(clock))
    jobs.task("survive", hang)
    await jobs.start()
    await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def doomed() -> Iterator[Callable[[Queue], Awaitable[None]]]:
    """Runs a process that takes a job, and kills it in the middle of it."""
    processes: list[subprocess.Popen[str]] = []

    async def run(queue: Queue) -> None:
        url = queue.database.engine.url.render_as_string(hide_password=False)
        process = subprocess.Popen(  # noqa: ASYNC220 - takes a moment, in a test
            [sys.executable, "-c", _DOOMED, queue.kind, url],
            stdout=subprocess.PIPE,
            text=True,
            cwd=MIGRATIONS.parents[1],
        )
        processes.append(process)
        assert process.stdout is not None
        assert await asyncio.to_thread(process.stdout.readline) == "started\n"
        process.kill()
        process.wait()

    yield run
    for process in processes:
        process.kill()
        process.communicate()


def _later(queue: Queue) -> Clock:
    """The clock of a process that comes when the dead one's claims have lapsed."""
    if queue.judged_by_server:
        return SystemClock()
    return ManualClock(SystemClock().now() + timedelta(hours=1))


async def test_the_job_of_a_killed_process_is_taken_up_in_its_place(
    queue: Queue, doomed: Callable[[Queue], Awaitable[None]]
) -> None:
    jobs, runs = queue.process(_later(queue), stalled=0.5), Runs()
    jobs.task("survive", runs)
    now = SystemClock().now()
    await queue.enqueue(jobs, "survive", {"n": 1}, lock="l", dedupe="key", due=now)
    await doomed(queue)
    await queue.enqueue(jobs, "survive", {"n": 2}, lock="l", dedupe="key", due=now)
    async with queue.running(jobs):
        await runs.reach(2)
    assert runs.numbers == [1, 2]


async def test_a_job_that_kills_its_process_is_given_up_in_the_end(
    queue: Queue, doomed: Callable[[Queue], Awaitable[None]]
) -> None:
    jobs, runs, end = queue.process(_later(queue), stalled=0.5), Runs(), Runs()
    jobs.task("survive", runs, retry=Retry(attempts=1))
    jobs.task("end", end)
    now = SystemClock().now()
    await queue.enqueue(jobs, "survive", {"n": 1}, lock="l", due=now)
    await doomed(queue)
    await queue.enqueue(jobs, "end", lock="l", due=now)
    async with queue.running(jobs):
        await end.reach(1)
    assert runs.payloads == []
    (failed,) = await queue.failed()
    assert failed.attempts > 0


class Ticks(Runs):
    """The same for a cron."""

    async def tick(self, moment: datetime) -> None:
        await self({"moment": moment})

    @property
    def moments(self) -> list[str]:
        return [f"{p['moment'].astimezone(SHANGHAI):%d %H:%M}" for p in self.payloads]


async def test_a_cron_ticks_in_shanghai_and_each_tick_runs_in_one_process(queue: Queue) -> None:
    here, there, ticks = queue.process(), queue.process(), Ticks()
    for jobs in (here, there):
        jobs.cron("nightly", "30 3 * * *", ticks.tick)
    async with queue.running(here, there):
        for number in (1, 2, 3):
            await queue.clock.sleepers(2 * queue.sleepers)
            queue.clock.set(datetime(2026, 3, 2 + number, 3, 30, tzinfo=SHANGHAI))
            await ticks.reach(number)
            await _finished(queue)
    assert ticks.moments == ["03 03:30", "04 03:30", "05 03:30"]


async def test_of_the_ticks_missed_in_a_downtime_the_last_is_made_up_for(queue: Queue) -> None:
    ticks = Ticks()

    def process() -> Jobs:
        jobs = queue.process()
        jobs.cron("hourly", "0 * * * *", ticks.tick)
        return jobs

    first = process()
    async with queue.running(first):
        await queue.clock.sleepers(queue.sleepers)
    assert ticks.moments == []  # a cron that is new begins with its next tick
    queue.clock.advance(hours=5, minutes=20)
    second = process()
    async with queue.running(second):
        await ticks.reach(1)
        await _finished(queue)
        await queue.clock.sleepers(queue.sleepers)
        queue.clock.advance(hours=1)
        await ticks.reach(2)
        await _finished(queue)
    third = process()
    async with queue.running(third):
        await queue.clock.sleepers(queue.sleepers)
    assert ticks.moments == ["02 14:00", "02 15:00"]


async def test_a_name_is_registered_once(queue: Queue) -> None:
    jobs = queue.process()
    jobs.task("greet", Runs())
    with pytest.raises(ValueError, match="greet"):
        jobs.task("greet", Runs())
    jobs.cron("hourly", "0 * * * *", Ticks().tick)
    with pytest.raises(ValueError, match="hourly"):
        jobs.cron("hourly", "1 * * * *", Ticks().tick)


@pytest.mark.parametrize("expression", ["", "* * * *", "* * * * * *", "61 * * * *", "@daily"])
async def test_an_expression_that_is_none_is_refused(queue: Queue, expression: str) -> None:
    with pytest.raises(ValueError, match="five fields"):
        queue.process().cron("odd", expression, Ticks().tick)


@pytest.mark.postgres
async def test_a_stop_ends_a_worker_that_fails_when_it_is_cancelled(
    postgres_database_url: str, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(postgres_database_url)
    ensure_schema(database.engine)
    jobs = FleetJobs(database, clock=clock)
    jobs.task("greet", Runs())
    works = asyncio.Event()

    async def work(**_: Any) -> None:
        works.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise OSError("no connection to sign off with") from None

    monkeypatch.setattr(jobs._app, "run_worker_async", work)
    await jobs.start()
    await works.wait()
    async with asyncio.timeout(PATIENCE):
        await jobs.stop()
    await database.close()
