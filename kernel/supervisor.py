"""Supervisor: runs the named loops and the background tasks of one process, and watches them.

A loop is registered where its part is put together, started and stopped with the part, and
restarted after each failure with a capped exponential back-off. What every loop does is told by
`Supervisor.loops`; a loop that has failed for `UNREADY_SECONDS` makes the process not ready. No
other code starts a task or sleeps in a loop (`tests/architecture` reads the source).
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
"""How long a loop may fail before the process counts as not ready."""

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TaskState:
    """How the background tasks of one name fare: how many run, and how many have failed."""

    name: str
    running: int
    failed: int
    last_error: str | None


class Supervisor:
    """Runs and watches the loops and background tasks of one process.

    Args:
        clock: measures waits.
        random: gives the chance that jitter needs.
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
        """Register a loop: do a step, then wait for `every` seconds or for the bell's topic.

        Args:
            name: unique in the process; it stands in logs, in `/health/ready` and in the docs.
            step: does what is due; it may be interrupted and is then done again.
            every: seconds until the next step, unless the step gives other ones.
            bell: wakes the loop.
            topic: what the bell wakes it with; by default its name.
            heed: is given each ring that has a payload, in place of a whole step.
            gather: seconds for which rings are gathered before they are answered by one step.
            limit: seconds after which a step is interrupted and counts as failed.
            backoff: waits after failures.

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
        """Register what runs for as long as the process: it is restarted whenever it ends.

        One that is not `vital` never makes the process not ready.

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

        `ended` is called when it is over, with its exception; a cancelled one has none.
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
        """Give background tasks of this name so many seconds to end, then cancel them."""
        if running := set(self._tasks[name]):
            await asyncio.wait(running, timeout=grace)
            await cancelled(running)

    async def stop(self, grace: float = GRACE_SECONDS) -> None:
        """Stop whatever still runs: loops, the last registered first, then background tasks."""
        for loop in reversed(self._loops.values()):
            await loop.stop(grace)
        for name in list(self._tasks):
            await self.end(name, grace)

    @property
    def loops(self) -> tuple[LoopState, ...]:
        """How each loop fares, in the order of registration."""
        return tuple(loop.state for loop in self._loops.values())

    @property
    def tasks(self) -> tuple[TaskState, ...]:
        """How the background tasks fare, by name."""
        return tuple(
            TaskState(name, len(self._tasks[name]), self._failed[name], self._errors.get(name))
            for name in sorted(self._tasks)
        )

    async def ready(self) -> bool:
        """Tell whether no vital loop has been failing for too long."""
        limit = self._clock.now() - timedelta(seconds=UNREADY_SECONDS)
        since = (loop.state.failing_since for loop in self._loops.values() if loop.vital)
        return not any(moment is not None and moment <= limit for moment in since)
