"""Doubles that stand before the calls of a port and make trouble until they are mended."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any

from kernel.clock import ManualClock


class Trouble(StrEnum):
    """What a port does in place of answering."""

    ONCE = "raises once"
    FOR_EVER = "raises for ever"
    HANGS = "hangs"
    LATE = "answers late"


LATE_SECONDS = 4.0


class Broken(Exception):  # noqa: N818 - what the port is
    """An error that nobody expected of the port."""


class Double:
    """Stands before one call, or before several of one port."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._trouble: Trouble | None = None
        self.met = 0
        """How many calls met trouble."""

    def begin(self, trouble: Trouble) -> None:
        """Make trouble from now on."""
        self._trouble = trouble

    def mend(self) -> None:
        """Answer well from now on; a call that hangs already never returns."""
        self._trouble = None

    def before(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """Stand before a call."""

        async def asked(*args: Any, **kw: Any) -> Any:
            await self._meet()
            return await call(*args, **kw)

        return asked

    async def _meet(self) -> None:
        trouble = self._trouble
        self.met += trouble is not None
        match trouble:
            case Trouble.ONCE:
                self.mend()
                raise Broken
            case Trouble.FOR_EVER:
                raise Broken
            case Trouble.HANGS:
                await asyncio.Event().wait()
            case Trouble.LATE:
                await self._clock.sleep(LATE_SECONDS)


class DatabaseDouble:
    """A database whose reads and writes a double stands before."""

    def __init__(self, database: Any, double: Double) -> None:
        self._database = database
        self.read = double.before(database.read)
        self.run = double.before(database.run)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)
