"""Bell for one process: signals stay in memory."""

from contextlib import AbstractAsyncContextManager

from kernel.bell.listeners import Listeners, Mailbox
from kernel.clock import Clock, SystemClock


class LocalBell:
    """Deliver signals to the listeners of this process; needs no server.

    `clock` measures the listeners' time-outs.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._listeners = Listeners(clock or SystemClock())

    def ring(self, topic: str, payload: str = "") -> None:
        """Send a signal; may be called from any thread."""
        self._listeners.ring(topic, payload)

    def listen(self, topic: str) -> AbstractAsyncContextManager[Mailbox]:
        """Listen while the context is open."""
        return self._listeners.listen(topic)

    async def start(self) -> None:
        """Do nothing: there is no connection to open."""

    async def close(self) -> None:
        """Close all listeners and wake their waiters."""
        self._listeners.close()
