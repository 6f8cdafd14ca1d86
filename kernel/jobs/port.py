"""Port of the job queue."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from kernel.backoff import Backoff
from kernel.database.transaction import Transaction
from kernel.json import JSON

Handler: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[None]]
CronHandler: TypeAlias = Callable[[datetime], Awaitable[None]]


class GiveUp(Exception):  # noqa: N818 - a handler's verdict, not a mistake
    """Raised by a handler when a retry cannot help: the job becomes a dead letter at once."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Retry policy of a job: the number of attempts and the waits between them.

    `attempts` counts all runs, the first included. The waits are `first`, `first * factor`,
    `first * factor ** 2` … seconds, none longer than `longest`.
    """

    attempts: int = 8
    first: float = 5
    factor: float = 3
    longest: float = 3600

    @property
    def backoff(self) -> Backoff:
        """The back-off between the runs."""
        return Backoff(self.first, self.factor, self.longest, jitter=0)


class Jobs(Protocol):
    """Job queue in the database: each committed job is run at least once.

    Handlers must therefore be safe to run twice. A job that is enqueued in a rolled-back
    transaction does not exist. A process runs only jobs of its registered tasks, but every
    process may enqueue any job.
    """

    def task(self, name: str, handler: Handler, *, retry: Retry = ...) -> None:
        """Register `handler` for jobs of this name. Call it before `start`.

        Raises:
            ValueError: the name is taken.
        """
        ...

    def cron(self, name: str, expression: str, handler: CronHandler) -> None:
        """Run `handler` at each tick of a five-field cron expression in Asia/Shanghai time.

        The handler receives the time of the tick. Only one process runs a tick. When no process
        ran for some ticks, only the last of them is made up for. A new cron begins with its next
        tick. Call it before `start`.

        Raises:
            ValueError: the name is taken, or the expression is invalid.
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
        """Add a job in the caller's transaction.

        Args:
            tx: the caller's own transaction on the database of the queue.
            task: the name under which the running process registers its handler.
            payload: the handler's argument.
            due: when it may run; by default at once.
            lock: jobs of one lock run one at a time, in the order of enqueueing. A job that waits
                for its due time or its next attempt blocks the jobs behind it.
            dedupe: the job is not added while a job of the same task and key waits to start. A
                started job frees its key, because it may have read its data already.
        """
        ...

    async def start(self) -> None:
        """Begin to run jobs in the current event loop."""
        ...

    async def stop(self) -> None:
        """Start no more jobs, give running ones a short time, hand back unfinished ones."""
        ...
