"""What the tests of ports ask of each use of a port."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Self

from doubles import Double, Trouble

from kernel.clock import ManualClock
from kernel.loops import Loop, LoopState, Phase, Steps
from kernel.supervisor import Supervisor

QUICK = 0.02
"""Seconds after which what hangs is interrupted here."""

LONG = 60.0

STEP = 0.5
"""Seconds by which the clock is moved at a time."""

REST = 0.001
"""Seconds of real time between two moves."""

LONGEST_REST = 0.2

MOST = 1000
"""Moves of the clock after which nothing more is expected."""


class Use(ABC):
    """One port as one loop uses it, with a row that the loop works off.

    A new port is one class like this, in `ports.citizens` or `ports.cases`.
    """

    port: ClassVar[str]
    loop: ClassVar[str]
    row: ClassVar[str]
    """What waits to be worked off."""
    citizen_hears: ClassVar[str]
    """What the citizen is told meanwhile."""
    endures: ClassVar[bool] = False
    """Whether the row is worked off while the trouble lasts."""
    troubles: ClassVar[tuple[Trouble, ...]] = tuple(Trouble)

    def __init__(self, trouble: Trouble, clock: ManualClock) -> None:
        self.trouble = trouble
        self.clock = clock
        self.double = Double(clock)
        self.supervisor = Supervisor(clock, random=lambda: 0.0)

    @classmethod
    def line(cls) -> str:
        """Describe the use as a line of the table in docs/reports/floor.md."""
        met = (" yes " if item in cls.troubles else " – " for item in Trouble)
        return f"| {cls.port} | `{cls.loop}` | {cls.row} |{'|'.join(met)}| {cls.citizen_hears} |"

    @abstractmethod
    def opened(self, url: str, folder: Path, ids: Any) -> AbstractAsyncContextManager[Self]:
        """Put together all that the use needs, on a migrated database."""

    @abstractmethod
    async def begin(self) -> None:
        """Leave the row for the loop."""

    @abstractmethod
    async def done(self) -> bool:
        """Tell whether the row is worked off."""

    @abstractmethod
    async def check(self) -> None:
        """Assert that it was worked off once, and what the citizen was told."""

    async def shows(self) -> bool:
        """Tell whether the trouble is to be seen from outside: by default at the loop."""
        return self.state.phase is Phase.FAILING and self.state.last_error is not None

    async def well(self) -> bool:
        """Tell whether the loop has recovered."""
        return self.state.failing_since is None and self.state.last_success is not None

    @property
    def watched(self) -> Loop:
        """The loop that uses the port."""
        return self.supervisor._loops[self.loop]

    @property
    def state(self) -> LoopState:
        """How that loop fares."""
        (found,) = [loop for loop in self.supervisor.loops if loop.name == self.loop]
        return found

    def limit(self, seconds: float) -> None:
        """Interrupt what hangs after so many seconds of real time."""
        body = self.watched._body
        assert isinstance(body, Steps)
        self.watched._body = replace(body, limit=seconds)

    async def until(self, condition: Callable[[], Awaitable[object]]) -> None:
        """Move the clock, whenever nothing is being carried out, until a condition holds."""
        for _ in range(MOST):
            if await condition():
                return
            await self._rest()
            self.clock.advance(seconds=STEP)
        raise AssertionError(f"{condition} does not come to pass")

    async def _rest(self) -> None:
        """Give threads and limits real time, and wait for what is being carried out."""
        await asyncio.sleep(REST)
        with suppress(TimeoutError):  # what waits for the clock itself is not waited for
            async with asyncio.timeout(LONGEST_REST):
                await self.double.idle.wait()
