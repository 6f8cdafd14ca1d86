"""A bell that is heard in this process only."""

from contextlib import AbstractAsyncContextManager

from kernel.bell.listeners import Listeners, Mailbox
from kernel.clock import Clock, SystemClock


class LocalBell:
    """Rings go straight to the listeners of this process; nothing can be down.

    `clock` measures the listeners' time-outs.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._listeners = Listeners(clock or SystemClock())

    def ring(self, topic: str, payload: str = "") -> None:
        """Ring, from any thread."""
        self._listeners.ring(topic, payload)

    def listen(self, topic: str) -> AbstractAsyncContextManager[Mailbox]:
        """Listen for as long as the context is open."""
        return self._listeners.listen(topic)

    async def start(self) -> None:
        """Nothing to make ready."""

    async def close(self) -> None:
        """Wake whoever waits, for good."""
        self._listeners.close()
