"""Run and watch the named loops and the background tasks of one process.

A loop is registered where its component is wired, and started and stopped with it. After each
failure it is restarted with a capped exponential back-off. `Supervisor.loops` returns the state of
all loops. A loop that has failed for `UNREADY_SECONDS` makes the process not ready. No other code
starts a task or sleeps in a loop (`tests/architecture` checks the source).
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from kernel.backoff import Backoff, Chance
from kernel.bell.port import Bell
from kernel.clock import Clock
from kernel.logging import get_logger
from kernel.loops import (
    GRACE_SECONDS,
    STEP_SECONDS,
    Heed,
    Loop,
    LoopState,
    Phase,
    Step,
    Steps,
    TryAgain,
    cancelled,
    redacted,
    repeat,
)
from kernel.randomness import chance

__all__ = ["Loop", "LoopState", "Phase", "Supervisor", "TaskState", "TryAgain", "repeat"]

UNREADY_SECONDS = 300.0
"""Seconds for which a loop may fail before the process counts as not ready."""

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TaskState:
    """State of the background tasks of one name: how many run, and how many have failed."""

    name: str
    running: int
    failed: int
    last_error: str | None


class Supervisor:
    """Runs and watches the loops and background tasks of one process.

    Args:
        clock: measures waits.
        random: returns random numbers for the jitter.
    """

    def __init__(self, clock: Clock, *, random: Chance = chance) -> None:
        self._clock = clock
        self._chance = random
        self._loops: dict[str, Loop] = {}
        self._tasks: defaultdict[str, set[asyncio.Task[Any]]] = defaultdict(set)
        self._failed: defaultdict[str, int] = defaultdict(int)
        self._errors: dict[str, str] = {}

    def loop(
        self,
        name: str,
        step: Step,
        *,
        every: float,
        bell: Bell | None = None,
        topic: str | None = None,
        heed: Heed | None = None,
        gather: float = 0.0,
        limit: float | None = STEP_SECONDS,
        backoff: Backoff | None = None,
    ) -> Loop:
        """Register a loop that runs a step, then waits for `every` seconds or for the bell's topic.

        Args:
            name: unique in the process; used in logs, in `/health/ready` and in the docs.
            step: does the due work; it may be interrupted and is then repeated.
            every: seconds until the next step, unless the step returns another number.
            bell: wakes the loop.
            topic: the bell's topic; by default the loop's name.
            heed: handles each signal that has a payload, instead of a whole step.
            gather: seconds for which signals are collected before one step handles them.
            limit: seconds after which a step is interrupted and counts as failed.
            backoff: the waits after failures.

        Raises:
            ValueError: the name is taken.
        """
        steps = Steps(
            step,
            every,
            self._clock,
            bell=bell,
            topic=name if topic is None else topic,
            heed=heed,
            gather=gather,
            limit=limit,
        )
        return self._register(name, steps, backoff)

    def service(
        self,
        name: str,
        run: Callable[[], Awaitable[None]],
        *,
        backoff: Backoff | None = None,
        vital: bool = True,
    ) -> Loop:
        """Register a service: it runs as long as the process and is restarted when it ends.

        A failing service that is not `vital` leaves the process ready.

        Raises:
            ValueError: the name is taken.
        """

        async def body(_: Loop) -> None:
            await run()

        return self._register(name, body, backoff, vital=vital)

    def _register(
        self,
        name: str,
        body: Callable[[Loop], Awaitable[None]],
        backoff: Backoff | None,
        *,
        vital: bool = True,
    ) -> Loop:
        if name in self._loops:
            raise ValueError(f"the loop {name} is registered twice")
        loop = self._loops[name] = Loop(
            name,
            body,
            clock=self._clock,
            random=self._chance,
            backoff=backoff or Backoff(),
            vital=vital,
        )
        return loop

    def spawn(
        self,
        name: str,
        work: Coroutine[Any, Any, Any],
        *,
        ended: Callable[[BaseException | None], None] | None = None,
    ) -> asyncio.Task[Any]:
        """Run one background task; an exception is logged and counted under `name`.

        `ended` is called when the task has ended, with its exception or `None`; a cancelled task
        has no exception.
        """
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks[name].add(task)

        def over(task: asyncio.Task[Any]) -> None:
            self._tasks[name].discard(task)
            error = None if task.cancelled() else task.exception()
            if error is not None:
                self._failed[name] += 1
                self._errors[name] = redacted(error)
                logger.error("task_failed", task=name, exc_info=error)
            if ended is not None:
                ended(error)

        task.add_done_callback(over)
        return task

    async def idle(self, name: str) -> None:
        """Wait until no background task of this name runs."""
        while running := self._tasks[name]:
            await asyncio.wait(set(running))

    async def room(self, name: str) -> bool:
        """Wait until one of the background tasks of this name has ended; false if none runs."""
        running = set(self._tasks[name])
        if running:
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        return bool(running)

    async def end(self, name: str, grace: float = GRACE_SECONDS) -> None:
        """Wait up to `grace` seconds for the background tasks of this name, then cancel them."""
        if running := set(self._tasks[name]):
            await asyncio.wait(running, timeout=grace)
            await cancelled(running)

    async def stop(self, grace: float = GRACE_SECONDS) -> None:
        """Stop the running loops in reverse order of registration, then the background tasks."""
        for loop in reversed(self._loops.values()):
            await loop.stop(grace)
        for name in list(self._tasks):
            await self.end(name, grace)

    @property
    def loops(self) -> tuple[LoopState, ...]:
        """Return the states of all loops in the order of registration."""
        return tuple(loop.state for loop in self._loops.values())

    @property
    def tasks(self) -> tuple[TaskState, ...]:
        """Return the states of the background tasks by name."""
        return tuple(
            TaskState(name, len(self._tasks[name]), self._failed[name], self._errors.get(name))
            for name in sorted(self._tasks)
        )

    async def ready(self) -> bool:
        """Whether no vital loop has failed for too long."""
        limit = self._clock.now() - timedelta(seconds=UNREADY_SECONDS)
        since = (loop.state.failing_since for loop in self._loops.values() if loop.vital)
        return not any(moment is not None and moment <= limit for moment in since)
