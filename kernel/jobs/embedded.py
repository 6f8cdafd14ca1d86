"""Job queue for one process or a few: rows of our own tables, run by one loop."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from kernel.bell.local import LocalBell
from kernel.bell.port import Bell
from kernel.clock import Clock
from kernel.database.database import Database, Transaction
from kernel.ids import Ids
from kernel.jobs import queue
from kernel.jobs.cron import PREFIX, Ticker, handle_tick
from kernel.jobs.port import CronHandler, GiveUp, Handler, Retry
from kernel.json import JSON
from kernel.logging import get_logger
from kernel.supervisor import Loop, Supervisor

TOPIC = "jobs"
"""Name of the loop and of its bell topic."""

JOB = "job"
"""Name of the background tasks that run jobs."""

LEASE = timedelta(seconds=30)
"""Time after which another process may claim the jobs of a dead one."""

POLL = timedelta(seconds=5)
"""How often the loop polls: it renews its leases and finds jobs that no signal announced."""

GRACE_SECONDS = 10.0
"""How long `stop` waits for running jobs before it interrupts them."""

logger = get_logger(__name__)


class EmbeddedJobs:
    """Job queue in the table `job`, on SQLite or PostgreSQL. See `kernel.jobs.port.Jobs`.

    Args:
        database: holds the queue; `kernel/migrations` makes its tables.
        clock: decides when jobs are due and leases lapse.
        ids: makes the name of this process.
        bell: announces jobs of other processes; without it they are found at the next poll,
            within `POLL`.
        supervisor: runs the loop and the jobs.
        concurrency: how many jobs run at once.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        ids: Ids,
        bell: Bell | None = None,
        supervisor: Supervisor | None = None,
        concurrency: int = 8,
    ) -> None:
        self._database = database
        self._clock = clock
        self._owner = ids.new("prc")
        self._bell = bell or LocalBell(clock)
        self._supervisor = supervisor or Supervisor(clock)
        self._concurrency = concurrency
        self._handlers: dict[str, Handler] = {}
        self._retries: dict[str, Retry] = {}
        self._ticker = Ticker(database, self._enqueue_tick)
        self._running: dict[int, queue.Job] = {}
        self._loop: Loop | None = None

    def task(self, name: str, handler: Handler, *, retry: Retry = Retry()) -> None:  # noqa: B008 - immutable
        """Run jobs of this name with `handler`."""
        if name in self._handlers:
            raise ValueError(f"the task {name} is registered twice")
        if self._loop is None:  # a process without tasks only enqueues
            every = POLL.total_seconds()
            self._loop = self._supervisor.loop(TOPIC, self._look, every=every, bell=self._bell)
        self._handlers[name] = handler
        self._retries[name] = retry

    def cron(self, name: str, expression: str, handler: CronHandler) -> None:
        """Run `handler` at each tick, in Asia/Shanghai."""
        self._ticker.add(name, expression)
        self.task(PREFIX + name, handle_tick(handler))

    def enqueue(
        self,
        tx: Transaction,
        task: str,
        payload: Mapping[str, JSON],
        *,
        due: datetime | None = None,
        lock: str | None = None,
        dedupe: str | None = None,
    ) -> None:
        """Add a job in the transaction; the loop is woken after the commit."""
        queue.add(
            tx,
            task=task,
            payload=payload,
            due=due or self._clock.now(),
            lock=lock,
            dedupe=dedupe,
        )
        tx.after_commit(self._ring)

    def _enqueue_tick(self, tx: Transaction, task: str, payload: Mapping[str, JSON]) -> None:
        self.enqueue(tx, task, payload, lock=task, dedupe="tick")

    def _ring(self) -> None:
        self._bell.ring(TOPIC)

    async def start(self) -> None:
        """Begin to run jobs."""
        if self._loop is not None:
            self._loop.start()

    async def stop(self) -> None:
        """Claim no more jobs, wait up to `GRACE_SECONDS` for running ones, hand back the rest."""
        if self._loop is not None:
            await self._loop.stop(GRACE_SECONDS)
        await self._supervisor.end(JOB, GRACE_SECONDS)

    async def _look(self) -> float:
        """Start due jobs; return the seconds until the next poll."""
        judged = self._clock.now()
        await self._ticker.tick(judged)
        now = self._clock.now()
        claims = await self._database.run(
            queue.claim,
            owner=self._owner,
            now=now,
            until=now + LEASE,
            tasks=self._retries,
            held=tuple(self._running.values()),
            room=self._concurrency - len(self._running),
        )
        for job in claims.jobs:
            self._running[job.id] = job
            self._supervisor.spawn(JOB, self._run(job), ended=partial(self._ended, job))
        moments = [now + POLL, claims.next, self._ticker.next(judged)]
        return (min(filter(None, moments)) - now).total_seconds()

    def _ended(self, job: queue.Job, error: BaseException | None) -> None:
        self._running.pop(job.id, None)
        if error is not None:
            # Its end could not be written: it is run again when its lease has lapsed.
            logger.error("job_end_not_kept", task=job.task, job=job.id)
        self._ring()

    async def _run(self, job: queue.Job) -> None:
        try:
            await self._handlers[job.task](job.payload)
        except asyncio.CancelledError:
            await self._database.run(queue.hand_back, job, self._clock.now())
            raise
        except Exception as error:  # noqa: BLE001 - a handler may fail in any way
            await self._failed(job, error)
        else:
            await self._database.run(queue.done, job)

    async def _failed(self, job: queue.Job, error: Exception) -> None:
        retry = self._retries[job.task]
        words = f"{type(error).__name__}: {error}"
        attempts = 0 if isinstance(error, GiveUp) else retry.attempts
        log = logger.bind(task=job.task, job=job.id, attempt=job.attempt)
        again = await self._database.run(queue.fail, job, self._clock.now(), words, retry, attempts)
        if again:
            log.warning("job_will_be_retried", error=words)
        elif again is False:
            log.error("job_failed", exc_info=error)
