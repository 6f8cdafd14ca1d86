"""Keep the listeners of this process by topic; both bells use it."""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from kernel.clock import Clock, SystemClock

KEPT = 1024
"""Signals that a listener buffers while it does not wait; beyond that the oldest are dropped."""


class Mailbox:
    """Buffer the signals of one listener that it has not read yet. Belongs to one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._rings: deque[str] = deque(maxlen=KEPT)
        self._waiter: asyncio.Future[None] | None = None
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether the bell is closed."""
        return self._closed

    async def wait(self, timeout: float | None = None) -> str | None:  # noqa: ASYNC109 - measured on the bell's clock
        """Return the next signal, or `None` after `timeout` seconds or when the bell is closed.

        A `timeout` of zero only reads the buffer. Only one task may wait at a time.
        """
        if not self._rings and not self._closed and (timeout is None or timeout > 0):
            self._waiter = self._loop.create_future()
            try:
                await self._until_rung(self._waiter, timeout)
            finally:
                self._waiter = None
        return self._rings.popleft() if self._rings else None

    async def _until_rung(self, waiter: asyncio.Future[None], seconds: float | None) -> None:
        if seconds is None:
            await waiter
        elif isinstance(self._clock, SystemClock):  # the loop's own timer needs no task
            # Not `wait_for`: before Python 3.12 it loses a cancellation that comes with the signal.
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await waiter
        else:
            alarm = asyncio.ensure_future(self._clock.sleep(seconds))
            try:
                await asyncio.wait((waiter, alarm), return_when=asyncio.FIRST_COMPLETED)
            finally:
                alarm.cancel()

    def put(self, payload: str) -> None:
        """Add a signal; may be called from any thread."""
        with suppress(RuntimeError):  # the listener's loop is closed
            self._loop.call_soon_threadsafe(self._put, payload)

    def close(self) -> None:
        """Close the mailbox and wake its waiter."""
        self._closed = True
        self._wake()

    def _put(self, payload: str) -> None:
        self._rings.append(payload)
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Listeners:
    """Pass the signals of a topic to its listeners in this process, each with its own buffer.

    Any thread may send signals.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._mailboxes: dict[str, tuple[Mailbox, ...]] = {}

    def ring(self, topic: str, payload: str) -> None:
        """Put `payload` into every mailbox of `topic`."""
        for mailbox in self._mailboxes.get(topic, ()):
            mailbox.put(payload)

    def topics(self) -> tuple[str, ...]:
        """Return the topics that have a listener."""
        return tuple(self._mailboxes)

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[Mailbox]:
        """Provide a mailbox of `topic` while the context is open."""
        mailbox = Mailbox(self._clock)
        with self._lock:
            self._mailboxes[topic] = (*self._mailboxes.get(topic, ()), mailbox)
        try:
            yield mailbox
        finally:
            with self._lock:
                left = tuple(other for other in self._mailboxes[topic] if other is not mailbox)
                if left:
                    self._mailboxes[topic] = left
                else:
                    del self._mailboxes[topic]

    def close(self) -> None:
        """Close all mailboxes and wake their waiters. Call it in the loop in which they wait."""
        for mailboxes in list(self._mailboxes.values()):
            for mailbox in mailboxes:
                mailbox.close()
