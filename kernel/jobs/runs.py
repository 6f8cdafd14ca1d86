"""Run long background work as jobs with progress, cancellation and resumption.

A *run* is a row (`run_rows`) beside the queue's job. The handler stores its progress and position
in the row and reads there whether it must stop. After a kill the queue gives the job to another
process, and the handler resumes at the position. Both queue adapters treat runs alike.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

from kernel.clock import Clock
from kernel.database.database import Database
from kernel.database.transaction import Transaction
from kernel.ids import Ids
from kernel.jobs import run_rows
from kernel.jobs.port import GiveUp, Jobs, Retry
from kernel.jobs.run_rows import RunState, Started
from kernel.json import JSON
from kernel.logging import get_logger

PREFIX = "run:"

QUEUE_ATTEMPTS = 1_000
"""The queue's own limit. A run counts its attempts itself, because stops do not count."""

logger = get_logger(__name__)


class Cancelled(Exception):  # noqa: N818 - a person's wish, not a mistake
    """Raised by `Run.step` when the run was cancelled."""


class Superseded(Exception):  # noqa: N818 - a verdict of the fence
    """Raised by `Run.step` when another process executes the run."""


@dataclass(slots=True)
class Run:
    """A handler's argument: payload, position to resume at, and progress."""

    _database: Database
    _clock: Clock
    _started: Started

    @property
    def payload(self) -> Mapping[str, Any]:
        """The payload that the run was started with."""
        return self._started.payload

    @property
    def position(self) -> Mapping[str, Any]:
        """The position that the last `step` stored, also of an earlier process; empty at first."""
        return self._started.position

    async def step(
        self, done: int, total: int | None = None, position: Mapping[str, JSON] | None = None
    ) -> None:
        """Store progress and position. Call it after each batch.

        Raises:
            Cancelled: the run was cancelled.
            Superseded: another process executes the run now.
        """
        kept = position if position is not None else self.position
        stop = await self._database.run(
            run_rows.step, self._started, done, total, kept, self._clock.now()
        )
        if stop is None:
            raise Superseded
        self._started = replace(self._started, position=dict(kept))
        if stop:
            raise Cancelled


Handler: TypeAlias = Callable[[Run], Awaitable[None]]
Batch: TypeAlias = Callable[[], Awaitable[int]]


class Runs:
    """Begin, execute and repeat runs of registered tasks.

    Args:
        queue: executes the run, in several processes one after another if need be.
        database: the queue's database.
        clock: sets the times in the rows.
        ids: makes the ids of runs.
    """

    def __init__(self, queue: Jobs, database: Database, *, clock: Clock, ids: Ids) -> None:
        self._queue = queue
        self._database = database
        self._clock = clock
        self._ids = ids

    def task(self, name: str, handler: Handler, *, retry: Retry = Retry(attempts=5)) -> None:  # noqa: B008 - immutable
        """Execute runs of this name with `handler`, which must resume from `Run.position`."""

        async def execute(payload: Mapping[str, Any]) -> None:
            await self._execute(payload["run"], handler, retry)

        self._queue.task(PREFIX + name, execute, retry=replace(retry, attempts=QUEUE_ATTEMPTS))

    def cron(self, name: str, expression: str) -> None:
        """Begin a run of a task at each tick, unless one waits already."""

        async def tick(_: datetime) -> None:
            await self._database.run(self.begin, name)

        self._queue.cron(name, expression, tick)

    def begin(self, tx: Transaction, task: str, payload: Mapping[str, JSON] | None = None) -> bool:
        """Enqueue a run in the caller's transaction; `False` if a run of its task waits already."""
        id_ = run_rows.add(tx, self._ids.new("run"), task, payload or {}, self._clock.now())
        if id_ is not None:
            self._enqueue(tx, task, id_)
        return id_ is not None

    def again(self, tx: Transaction, id_: str) -> bool:
        """Run a failed or cancelled run again from its position; `False` if it is neither."""
        task = run_rows.revive(tx, id_, self._clock.now())
        if task is not None:
            self._enqueue(tx, task, id_)
        return task is not None

    def cancel(self, tx: Transaction, id_: str) -> bool:
        """Cancel a run: it stops at its next step. `False` if it has ended."""
        return run_rows.ask_cancel(tx, id_, self._clock.now())

    def _enqueue(self, tx: Transaction, task: str, id_: str) -> None:
        # Under a lock: two runs of one task at once would do the same work.
        self._queue.enqueue(tx, PREFIX + task, {"run": id_}, lock=PREFIX + task)

    async def start(self) -> None:
        """Begin to execute runs."""
        await self._queue.start()

    async def stop(self) -> None:
        """Give running runs a short time, then interrupt them; they are resumed later."""
        await self._queue.stop()

    async def _execute(self, id_: str, handler: Handler, retry: Retry) -> None:
        started = await self._database.run(run_rows.start, id_, retry.attempts, self._clock.now())
        if started is None:
            return
        log = logger.bind(task=started.task, run=id_, attempt=started.attempt)
        try:
            await handler(Run(self._database, self._clock, started))
        except asyncio.CancelledError:
            await self._database.run(run_rows.wait, started, self._clock.now(), None)
            raise
        except Superseded:
            log.warning("run_superseded")
        except Cancelled:
            log.info("run_cancelled")
            await self._end(started, RunState.CANCELLED)
        except Exception as error:
            words = f"{type(error).__name__}: {error}"
            if not isinstance(error, GiveUp) and started.attempt < retry.attempts:
                await self._database.run(run_rows.wait, started, self._clock.now(), words)
                raise  # the queue tries again after its back-off
            log.exception("run_failed")
            await self._end(started, RunState.FAILED, words)
        else:
            await self._end(started, RunState.DONE)

    async def _end(self, started: Started, state: RunState, error: str | None = None) -> None:
        await self._database.run(run_rows.end, started, state, self._clock.now(), error)


async def in_batches(run: Run, steps: Sequence[Batch]) -> None:
    """Repeat each step until it finds no more rows; resume at the step that was interrupted.

    A step processes a small batch and returns the number of its rows. Progress is counted in steps,
    because the total number of rows is unknown.
    """
    for at in range(int(run.position.get("step", 0)), len(steps)):
        await run.step(at, len(steps), {"step": at})
        while await steps[at]():
            await run.step(at, len(steps), {"step": at})
