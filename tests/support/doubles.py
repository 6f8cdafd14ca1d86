"""Doubles that stand before the calls of a port and make trouble until they are mended."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any

from kernel.clock import ManualClock


class Trouble(StrEnum):
    """What a port does in place of answering well."""

    ONCE = "raises once"
    FOR_EVER = "raises for ever"
    HANGS = "hangs"
    LATE = "answers late"
    LOST = "loses its answer"

    @property
    def lasts(self) -> bool:
        """Tell whether it goes on until the port is mended."""
        return self in (Trouble.FOR_EVER, Trouble.HANGS)


LATE_SECONDS = 4.0


class Broken(Exception):  # noqa: N818 - what the port is
    """An error that nobody expected of the port."""


class Double:
    """Stands before one call, or before several of one port."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self._trouble: Trouble | None = None
        self.met = 0
        """How many calls met trouble."""
        self._working = 0
        self.idle = asyncio.Event()
        """Set while no call is being carried out."""
        self.idle.set()

    def begin(self, trouble: Trouble) -> None:
        """Make trouble from now on."""
        self._trouble = trouble

    def mend(self) -> None:
        """Answer well from now on; a call that hangs already never returns."""
        self._trouble = None

    def before(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """Stand before a call."""

        async def asked(*args: Any, **kw: Any) -> Any:
            trouble = self.meets()
            if trouble is Trouble.HANGS:
                await asyncio.Event().wait()
            answer = await self.carry(call(*args, **kw))
            if trouble is Trouble.LATE:
                await self.clock.sleep(LATE_SECONDS)
            if trouble is Trouble.LOST:
                raise Broken
            return answer

        return asked

    async def carry(self, work: Awaitable[Any]) -> Any:
        """Await work of real time, during which the clock stands still."""
        self._working += 1
        self.idle.clear()
        try:
            return await work
        finally:
            self._working -= 1
            if not self._working:
                self.idle.set()

    def meets(self) -> Trouble | None:
        """Count a call that meets trouble; raise where the port raises before its work."""
        trouble = self._trouble
        if trouble is None:
            return None
        self.met += 1
        if not trouble.lasts:
            self.mend()
        if trouble in (Trouble.ONCE, Trouble.FOR_EVER):
            raise Broken
        return trouble


class DatabaseDouble:
    """A database whose reads and writes a double stands before."""

    def __init__(self, database: Any, double: Double) -> None:
        self._database = database
        self.read = double.before(database.read)
        self.run = double.before(database.run)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


class TransportDouble:
    """A way to the case service that a double stands before."""

    def __init__(self, transport: Any, double: Double) -> None:
        self.send = double.before(transport.send)
        self.close = transport.close


class FilesDouble:
    """Files whose writing meets the trouble, in the thread that writes."""

    def __init__(self, files: Any, double: Double) -> None:
        self._files = files
        self._double = double
        self._loop = asyncio.get_running_loop()
        self.mended = threading.Event()

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        trouble = self._double.meets()
        if trouble is Trouble.HANGS:
            self.mended.wait()
        self._files.write(name, chunks)
        if trouble is Trouble.LATE:
            late = self._double.clock.sleep(LATE_SECONDS)
            asyncio.run_coroutine_threadsafe(late, self._loop).result()
        if trouble is Trouble.LOST:
            raise Broken

    def __getattr__(self, name: str) -> Any:
        return getattr(self._files, name)


class BellDouble:
    """A bell to which listening meets the trouble; its rings are then lost, as rings may be."""

    def __init__(self, bell: Any, double: Double) -> None:
        self._bell = bell
        self._double = double

    def ring(self, topic: str, payload: str = "") -> None:
        if self._double._trouble is None:
            self._bell.ring(topic, payload)

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[Any]:
        async def nothing() -> None:
            pass

        await self._double.before(nothing)()
        async with self._bell.listen(topic) as listener:
            yield listener

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bell, name)
