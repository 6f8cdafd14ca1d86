"""Job queue for many processes: procrastinate on PostgreSQL.

It uses procrastinate's own tables and worker, and adds what the port promises beyond them. The
database server's clock decides when a job is due and whether a worker is alive.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, cast

from procrastinate import App, JobContext, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from procrastinate.types import JSONDict
from sqlalchemy import text

from kernel import json
from kernel.clock import Clock
from kernel.database.database import Database, Transaction
from kernel.jobs.cron import PREFIX, Ticker, handle_tick
from kernel.jobs.port import CronHandler, GiveUp, Handler, Retry
from kernel.json import JSON
from kernel.logging import get_logger
from kernel.supervisor import Loop, Supervisor

HEARTBEAT_SECONDS = 10.0
"""Seconds between a worker's heartbeats."""

STALLED_SECONDS = 30.0
"""Seconds without a heartbeat after which other workers run a worker's jobs again."""

GRACE_SECONDS = 10.0
"""How long `stop` waits for running jobs before it interrupts them."""

POLL_SECONDS = 1.0
"""Seconds between a worker's polls for delayed jobs; no notification announces these."""

CRON_SECONDS = 3600.0
"""Longest sleep of the cron loop in seconds."""

logger = get_logger(__name__)


class FleetJobs:
    """Job queue in procrastinate's tables. See `kernel.jobs.port.Jobs`.

    Each task has a queue of its own name, so that a worker takes only jobs that it can run.

    Args:
        database: a PostgreSQL database, with `kernel.jobs.fleet_schema` applied.
        clock: decides when crons tick.
        supervisor: runs the worker and the loops beside it.
        concurrency: how many jobs run at once; the worker holds about as many connections, up
            to eight.
        heartbeat: seconds between a worker's heartbeats.
        stalled: seconds without a heartbeat after which a worker counts as dead.

    Raises:
        ValueError: the database is not PostgreSQL.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        supervisor: Supervisor | None = None,
        concurrency: int = 8,
        heartbeat: float = HEARTBEAT_SECONDS,
        stalled: float = STALLED_SECONDS,
    ) -> None:
        if database.dialect != "postgresql":
            raise ValueError("the job queue of a fleet needs PostgreSQL")
        self._database = database
        self._clock = clock
        self._concurrency = concurrency
        self._heartbeat = heartbeat
        self._stalled = stalled
        # Enqueues on the caller's connection and never opens one of its own.
        self._enqueuer = JobManager(SyncPsycopgConnector(json_dumps=json.dumps))
        self._app = App(
            connector=PsycopgConnector(
                conninfo=_conninfo(database),
                min_size=1,
                max_size=min(concurrency, 8) + 2,
                json_dumps=json.dumps,
                kwargs={"application_name": "solvefirst jobs"},
            )
        )
        self._retries: dict[str, Retry] = {}
        self._ticker = Ticker(database, self._enqueue_tick)
        self._supervisor = supervisor or Supervisor(clock)
        self._loops: tuple[Loop, ...] = ()

    def task(self, name: str, handler: Handler, *, retry: Retry = Retry()) -> None:  # noqa: B008 - immutable
        """Run jobs of this name with `handler`."""
        if name in self._retries:
            raise ValueError(f"the task {name} is registered twice")
        if not self._loops:  # a process without tasks only enqueues
            self._loops = (
                self._supervisor.service("jobs-worker", self._work),
                self._supervisor.loop("jobs-crons", self._tick, every=CRON_SECONDS),
                self._supervisor.loop("jobs-stalled", self._take_up, every=self._stalled),
            )
        self._retries[name] = retry

        @self._app.task(name=name, queue=name, retry=_Strategy(retry), pass_context=True)
        async def run(context: JobContext, payload: Mapping[str, Any]) -> None:
            await self._free_key(context.job)
            await handler(payload)

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
        """Add a job in the transaction; PostgreSQL notifies the workers after the commit."""
        job = Job(
            queue=task,
            task_name=task,
            lock=lock,
            queueing_lock=None if dedupe is None else f"{task}:{dedupe}",
            task_kwargs={"payload": cast("JSONDict", dict(payload))},
            scheduled_at=due,
        )
        connection = tx.connection.connection.driver_connection
        if dedupe is None:
            self._enqueuer.defer_job(job, connection=connection)
            return
        # The savepoint protects the caller's transaction from a rejected dedupe key.
        with suppress(AlreadyEnqueued), tx.connection.begin_nested():
            self._enqueuer.defer_job(job, connection=connection)

    def _enqueue_tick(self, tx: Transaction, task: str, payload: Mapping[str, JSON]) -> None:
        self.enqueue(tx, task, payload, lock=task, dedupe="tick")

    async def start(self) -> None:
        """Open the worker's connections and begin to run jobs."""
        await self._app.open_async()
        for loop in self._loops:
            loop.start()

    async def stop(self) -> None:
        """Fetch no more jobs, wait up to `GRACE_SECONDS` for running ones, hand back the rest."""
        for loop in self._loops:
            await loop.stop(2 * GRACE_SECONDS)
        await self._app.close_async()

    async def _work(self) -> None:
        """Run jobs; returns only when a loop of procrastinate has failed, which it logs."""
        await self._app.run_worker_async(
            queues=list(self._retries),
            concurrency=self._concurrency,
            install_signal_handlers=False,
            delete_jobs="successful",
            shutdown_graceful_timeout=GRACE_SECONDS,
            update_heartbeat_interval=self._heartbeat,
            stalled_worker_timeout=self._stalled,
            fetch_job_polling_interval=POLL_SECONDS,
        )

    async def _tick(self) -> float:
        now = self._clock.now()
        await self._ticker.tick(now)
        moment = self._ticker.next(now)
        if moment is None:
            return CRON_SECONDS
        return min((moment - self._clock.now()).total_seconds(), CRON_SECONDS)

    async def _take_up(self) -> None:
        """Retry the jobs of dead workers; procrastinate does not do this by itself."""
        manager = self._app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=self._stalled):
            retry = self._retries.get(job.task_name)
            if retry is None or job.id is None:
                continue
            # A job that kills its process each time must not be retried for ever.
            if job.attempts + 1 >= retry.attempts:
                logger.error("job_failed", task=job.task_name, job=job.id, error="process died")
                await manager.finish_job(job, Status.FAILED, delete_job=False)
                continue
            try:
                await manager.retry_job(job)
            except UniqueViolation:
                # It died before its dedupe key was freed, and another job of this key waits now.
                await manager.finish_job(job, Status.SUCCEEDED, delete_job=True)

    async def _free_key(self, job: Job) -> None:
        """Clear a started job's dedupe key: when it waits again, the key could collide."""
        if job.queueing_lock is not None:
            await self._database.run(_free_key, cast("int", job.id))


class _Strategy(BaseRetryStrategy):
    """Map `Retry` to procrastinate. `job.attempts` counts the runs before this one."""

    def __init__(self, retry: Retry) -> None:
        self._retry = retry

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, asyncio.CancelledError):
            return RetryDecision()  # interrupted by a stop: retry at once, in another process
        attempt = job.attempts + 1
        if isinstance(exception, GiveUp) or attempt >= self._retry.attempts:
            logger.error("job_failed", task=job.task_name, job=job.id, attempt=attempt)
            return None
        wait = self._retry.backoff.wait(attempt)
        return RetryDecision(
            retry_in={
                "seconds": wait.seconds + wait.days * 86400,
                "microseconds": wait.microseconds,
            }
        )


def _conninfo(database: Database) -> str:
    url = database.engine.url.set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


def _free_key(tx: Transaction, job_id: int) -> None:
    tx.execute(
        text(
            "UPDATE procrastinate_jobs SET queueing_lock = NULL WHERE id = :id AND status = 'doing'"
        ),
        {"id": job_id},
    )
