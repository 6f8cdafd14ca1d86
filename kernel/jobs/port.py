"""What the rooms ask of a job queue."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from kernel.backoff import Backoff
from kernel.json import JSON
from kernel.transaction import Transaction

Handler: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[None]]
CronHandler: TypeAlias = Callable[[datetime], Awaitable[None]]


class GiveUp(Exception):  # noqa: N818 - a handler's verdict, not a mistake
    """Raised by a handler that knows that trying again is of no use: the job fails at once."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a failing job is run, and how long it waits in between.

    `attempts` counts all runs, the first included. The waits are `first`, `first * factor`,
    `first * factor ** 2` … seconds, none longer than `longest`.
    """

    attempts: int = 8
    first: float = 5
    factor: float = 3
    longest: float = 3600

    @property
    def backoff(self) -> Backoff:
        """The waits between the runs."""
        return Backoff(self.first, self.factor, self.longest, jitter=0)


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that will not be run again by itself. `error` is `None` where it is only in the log."""

    id: int
    task: str
    payload: Mapping[str, Any]
    attempts: int
    error: str | None


class Jobs(Protocol):
    """A queue in the database: what was enqueued and committed is run at least once.

    Handlers are therefore safe to run twice. What is enqueued in a transaction that is rolled
    back never was. A process runs only jobs of tasks that it has registered, so any may enqueue.
    """

    def task(self, name: str, handler: Handler, *, retry: Retry = ...) -> None:
        """Run jobs of this name with `handler`. Before `start`.

        Raises:
            ValueError: the name is taken.
        """
        ...

    def cron(self, name: str, expression: str, handler: CronHandler) -> None:
        """Run `handler` at each tick of a five-field cron expression, read in Asia/Shanghai.

        It is given the tick's moment. A tick is run by one process only. Of the ticks missed
        while no process ran, the last is made up for, once. A cron that was never seen before
        begins with its next tick. Before `start`.

        Raises:
            ValueError: the name is taken, or the expression is none.
        """
        ...

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
        """Add a job to what the transaction commits.

        Args:
            tx: the caller's own transaction on the database of the queue.
            task: the name that it is registered under in the process that will run it.
            payload: what the handler is given.
            due: when it may run; at once when not given.
            lock: jobs of one lock run one at a time and strictly in the order in which they were
                enqueued: one that waits for its time or for its next attempt holds those behind it.
            dedupe: a job whose task and key equal those of one that has not started yet is
                not added. Once a job has started its key is free, as it may already have looked.
        """
        ...

    async def start(self) -> None:
        """Begin to run jobs in the present event loop."""
        ...

    async def stop(self) -> None:
        """Take no more jobs, give those that run a little time, hand back what is not done."""
        ...

    async def failed(self, limit: int = 100) -> Sequence[FailedJob]:
        """The jobs that were given up, newest first."""
        ...

    async def retry_failed(self, job_id: int) -> bool:
        """Have a failed job run again, with all its attempts; `False` when there is none."""
        ...
