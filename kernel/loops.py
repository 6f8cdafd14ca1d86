"""Run loops of a supervisor step by step, and restart them with back-off after a failure."""

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
from kernel.privacy.redaction import redact_text

STEP_SECONDS = 60.0
"""Longest time of one step in seconds; then it is interrupted and counts as failed."""

LISTEN_SECONDS = 2.0
"""Seconds that a loop waits to subscribe to its bell before it runs without."""

GRACE_SECONDS = 5.0
"""Seconds that a running step or task gets to end at a stop."""

LONGEST_ERROR = 200
"""Most characters that are stored of an error."""

Step = Callable[[], Awaitable[float | None]]
"""Does the due work; returns the seconds until the next step when they are not the usual ones."""

Heed = Callable[[str], Awaitable[float | None]]
"""Handles one signal's payload; returns the seconds until the next step if it must be sooner."""

logger = get_logger(__name__)


class TryAgain(Exception):  # noqa: N818 - a request, not a mistake
    """Raised by a step for a known failure, which is logged once and without a traceback.

    `seconds` is the wait that the other side asked for (such as Retry-After), if any.
    """

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.seconds = seconds


class Phase(StrEnum):
    """What a loop does at present."""

    STOPPED = "stopped"
    RUNNING = "running"
    WAITING = "waiting"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class LoopState:
    """State of one loop. `failures` counts failures in a row; `last_error` is redacted.

    `restarts` counts all failures since the process started.
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
        """Start the loop, unless it runs already."""
        if self._task is None or self._task.done():
            self.stopping = False
            self._failures, self._failing_since = 0, None
            self._task = asyncio.get_running_loop().create_task(self._run(), name=self.name)

    async def stop(self, grace: float = GRACE_SECONDS) -> None:
        """Stop the loop after the running step; interrupt the step after `grace` seconds."""
        self.stopping = True
        task, self._task = self._task, None
        if task is None:
            return
        if self._phase is Phase.RUNNING and self._steps:
            await asyncio.wait([task], timeout=grace)
        await cancelled([task], max(grace, GRACE_SECONDS))

    @property
    def state(self) -> LoopState:
        """The loop's present state."""
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
        """Record that a step begins."""
        self._phase = Phase.RUNNING

    def unheard(self, error: Exception) -> None:
        """Record that the bell cannot be subscribed to; it is tried again before the next step."""
        self._last_error = redacted(error)
        logger.warning("loop_without_bell", loop=self.name, error=self._last_error)

    def succeeded(self) -> None:
        """Record that a step succeeded and the loop waits for the next one."""
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
                    error = cancelled  # the step's own await was cancelled; nobody stopped the loop
                except Exception as failure:  # noqa: BLE001 - logged and counted below
                    error = failure
                seconds = self._failed(error)
                if not self.stopping:
                    await self._clock.sleep(seconds)
        finally:
            self._phase = Phase.STOPPED

    def _failed(self, error: BaseException) -> float:
        """Record a failure; return the seconds until the restart."""
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
        """Return whether a service has run longer than its longest back-off since it failed."""
        age = (self._clock.now() - self._begun).total_seconds()
        return not self._steps and self._phase is Phase.RUNNING and age > self._backoff.longest


@dataclass(frozen=True, slots=True)
class Steps:
    """Body of a loop that runs a step, then waits for a time or for the bell."""

    step: Step
    every: float
    clock: Clock
    bell: Bell | None
    topic: str
    heed: Heed | None
    gather: float
    limit: float | None

    async def __call__(self, loop: Loop) -> None:
        """Run steps until the loop is stopped or a step fails."""
        async with AsyncExitStack() as stack:
            listener: Listener | None = None
            while not loop.stopping:
                if listener is None and self.bell is not None:
                    listener = await self._listening(loop, self.bell, stack)
                seconds = await self._limited(loop, self.step())
                if not loop.stopping:
                    await self._wait(loop, listener, self.every if seconds is None else seconds)

    async def _listening(self, loop: Loop, bell: Bell, stack: AsyncExitStack) -> Listener | None:
        """Subscribe to the bell; without a subscription the loop only polls."""
        try:
            async with asyncio.timeout(min(LISTEN_SECONDS, self.limit or LISTEN_SECONDS)):
                return await stack.enter_async_context(bell.listen(self.topic))
        except Exception as error:  # noqa: BLE001 - the loop polls the tables anyway
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
        """Read the signals that arrive together: one step handles all."""
        if self.gather:
            await self.clock.sleep(self.gather)
        while await listener.wait(0) is not None:
            pass


async def repeat(listener: Listener, step: Callable[[], Awaitable[bool]], every: float) -> None:
    """Run a step at each signal of `listener` and every `every` seconds, until it returns false.

    It is for a background task that lives as long as a connection. It is not restarted.
    """
    while await step():
        await listener.wait(every)


async def cancelled(tasks: Iterable[asyncio.Task[Any]], seconds: float = GRACE_SECONDS) -> None:
    """Cancel tasks and wait for their end; cancel again after `seconds` if one goes on."""
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=seconds)
        if left:
            logger.warning("tasks_do_not_stop", tasks=sorted(task.get_name() for task in left))


def redacted(error: BaseException) -> str:
    """Describe an error without personal data, for logs and health pages."""
    return redact_text(f"{type(error).__name__}: {error}")[:LONGEST_ERROR]
