"""Loops that a supervisor runs: one step after another, restarted with back-off after a failure."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from kernel.backoff import Backoff, Chance
from kernel.bell.port import Bell, Listener
from kernel.clock import Clock
from kernel.logging import get_logger
from kernel.redaction import redact_text

STEP_SECONDS = 60.0
"""How long one step may take before it is interrupted and counts as failed."""

LISTEN_SECONDS = 2.0
"""How long a loop waits for its bell before it goes on without."""

GRACE_SECONDS = 5.0
"""How long a step or task that is under way gets to end when it is stopped."""

LONGEST_ERROR = 200
"""Characters that are kept of an error."""

Step = Callable[[], Awaitable[float | None]]
"""Does what is due; gives the seconds until the next step when they are not the usual ones."""

Heed = Callable[[str], Awaitable[float | None]]
"""Takes the payload of one ring; gives the seconds until the next step if it has to be sooner."""

logger = get_logger(__name__)


class TryAgain(Exception):  # noqa: N818 - a request, not a mistake
    """Raised by a step for a failure that is known and explained: logged once, without a traceback.

    `seconds` is how long the other side wants to be left alone, if it said so.
    """

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.seconds = seconds


class Phase(StrEnum):
    """What a loop does at this moment."""

    STOPPED = "stopped"
    RUNNING = "running"
    WAITING = "waiting"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class LoopState:
    """How one loop fares. `failures` are those in a row, `last_error` is redacted.

    `restarts` counts all failures since the process began, also those that it recovered from.
    """

    name: str
    phase: Phase
    failures: int
    failing_since: datetime | None
    last_error: str | None
    last_success: datetime | None
    restarts: int


class Loop:
    """One loop of a supervisor; see `Supervisor.loop` and `Supervisor.service`."""

    def __init__(
        self,
        name: str,
        body: "Callable[[Loop], Awaitable[None]]",
        *,
        clock: Clock,
        random: Chance,
        backoff: Backoff,
        vital: bool,
    ) -> None:
        self.name = name
        self.vital = vital
        self.stopping = False
        self._body = body
        self._clock = clock
        self._chance = random
        self._backoff = backoff
        self._steps = isinstance(body, Steps)
        self._phase = Phase.STOPPED
        self._task: asyncio.Task[None] | None = None
        self._failures = 0
        self._restarts = 0
        self._failing_since: datetime | None = None
        self._last_error: str | None = None
        self._last_success: datetime | None = None
        self._begun = clock.now()

    def start(self) -> None:
        """Begin; a loop that runs already goes on."""
        if self._task is None or self._task.done():
            self.stopping = False
            self._failures, self._failing_since = 0, None
            self._task = asyncio.get_running_loop().create_task(self._run(), name=self.name)

    async def stop(self, grace: float = GRACE_SECONDS) -> None:
        """End after the step that is under way; after `grace` seconds interrupt it."""
        self.stopping = True
        task, self._task = self._task, None
        if task is None:
            return
        if self._phase is Phase.RUNNING and self._steps:
            await asyncio.wait([task], timeout=grace)
        await cancelled([task], max(grace, GRACE_SECONDS))

    @property
    def state(self) -> LoopState:
        """How it fares now."""
        recovered = self._recovered()
        return LoopState(
            self.name,
            self._phase,
            0 if recovered else self._failures,
            None if recovered else self._failing_since,
            self._last_error,
            self._last_success,
            self._restarts,
        )

    def running(self) -> None:
        """Note that a step begins."""
        self._phase = Phase.RUNNING

    def unheard(self, error: Exception) -> None:
        """Note that the bell cannot be listened to; it is tried again before the next step."""
        self._last_error = redacted(error)
        logger.warning("loop_without_bell", loop=self.name, error=self._last_error)

    def succeeded(self) -> None:
        """Note that a step has ended well, and that the loop waits for the next."""
        if self._failures:
            logger.info("loop_recovered", loop=self.name, failures=self._failures)
        self._failures, self._failing_since = 0, None
        self._last_success = self._clock.now()
        self._phase = Phase.WAITING

    async def _run(self) -> None:
        try:
            while not self.stopping:
                self._begun = self._clock.now()
                self.running()
                error: BaseException
                try:
                    await self._body(self)
                    if self.stopping:
                        return
                    error = RuntimeError("it ended by itself")
                except asyncio.CancelledError as cancelled:
                    task = asyncio.current_task()
                    if task is None or task.cancelling():
                        raise
                    error = cancelled  # of something that it waited for; nobody stopped the loop
                except Exception as failure:  # noqa: BLE001 - logged and counted below
                    error = failure
                seconds = self._failed(error)
                if not self.stopping:
                    await self._clock.sleep(seconds)
        finally:
            self._phase = Phase.STOPPED

    def _failed(self, error: BaseException) -> float:
        """Note a failure; give the seconds until the restart."""
        if self._recovered():
            self._failures, self._failing_since = 0, None
        self._failures += 1
        self._restarts += 1
        if self._failing_since is None:
            self._failing_since = self._clock.now()
        known, self._last_error = self._last_error, redacted(error)
        self._phase = Phase.FAILING
        seconds = self._backoff.seconds(self._failures, self._chance())
        about = {"loop": self.name, "failures": self._failures}
        if isinstance(error, TryAgain):
            seconds = error.seconds if error.seconds is not None else seconds
            repeated = self._failures > 1 and known == self._last_error
            log = logger.debug if repeated else logger.warning
            log("loop_failed", reason=str(error), seconds=seconds, **about)
        else:
            logger.error("loop_failed", seconds=seconds, exc_info=error, **about)
        return seconds

    def _recovered(self) -> bool:
        """Tell whether a service has run for longer than its longest wait since it last failed."""
        age = (self._clock.now() - self._begun).total_seconds()
        return not self._steps and self._phase is Phase.RUNNING and age > self._backoff.longest


@dataclass(frozen=True, slots=True)
class Steps:
    """The body of a loop that does a step, then waits for a time or for the bell."""

    step: Step
    every: float
    clock: Clock
    bell: Bell | None
    topic: str
    heed: Heed | None
    gather: float
    limit: float | None

    async def __call__(self, loop: Loop) -> None:
        """Do steps until the loop is stopped or one fails."""
        async with AsyncExitStack() as stack:
            listener: Listener | None = None
            while not loop.stopping:
                if listener is None and self.bell is not None:
                    listener = await self._listening(loop, self.bell, stack)
                seconds = await self._limited(loop, self.step())
                if not loop.stopping:
                    await self._wait(loop, listener, self.every if seconds is None else seconds)

    async def _listening(self, loop: Loop, bell: Bell, stack: AsyncExitStack) -> Listener | None:
        """Begin to listen; a bell that cannot be listened to only makes the loop slower."""
        try:
            async with asyncio.timeout(min(LISTEN_SECONDS, self.limit or LISTEN_SECONDS)):
                return await stack.enter_async_context(bell.listen(self.topic))
        except Exception as error:  # noqa: BLE001 - the truth is in the tables
            loop.unheard(error)
            return None

    async def _limited(self, loop: Loop, step: Awaitable[float | None]) -> float | None:
        loop.running()
        async with asyncio.timeout(self.limit):
            seconds = await step
        loop.succeeded()
        return seconds

    async def _wait(self, loop: Loop, listener: Listener | None, seconds: float) -> None:
        if listener is None or seconds <= 0:
            await self.clock.sleep(seconds)
            return
        until = self.clock.now() + timedelta(seconds=seconds)
        while (left := (until - self.clock.now()).total_seconds()) > 0:
            rung = await listener.wait(left)
            if rung is None:
                if listener.closed:
                    await self.clock.sleep(left)
                return
            if self.heed is None or not rung:
                await self._gathered(listener)
                return
            sooner = await self._limited(loop, self.heed(rung))
            if loop.stopping:
                return
            if sooner is not None:
                until = min(until, self.clock.now() + timedelta(seconds=sooner))

    async def _gathered(self, listener: Listener) -> None:
        """Take the rings that come together: they are one reason to look."""
        if self.gather:
            await self.clock.sleep(self.gather)
        while await listener.wait(0) is not None:
            pass


async def repeat(listener: Listener, step: Callable[[], Awaitable[bool]], every: float) -> None:
    """Do a step at each ring of `listener` and every so many seconds, until it gives false.

    For a background task that lives as long as a connection; nothing restarts it.
    """
    while await step():
        await listener.wait(every)


async def cancelled(tasks: Iterable[asyncio.Task[Any]], seconds: float = GRACE_SECONDS) -> None:
    """Cancel tasks and wait for their end; again after `seconds`, if one lost its cancellation."""
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=seconds)
        if left:
            logger.warning("tasks_do_not_stop", tasks=sorted(task.get_name() for task in left))


def redacted(error: BaseException) -> str:
    """Describe an error in words that may be shown and logged."""
    return redact_text(f"{type(error).__name__}: {error}")[:LONGEST_ERROR]
