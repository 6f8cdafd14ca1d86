"""Port of the bell."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Listener(Protocol):
    """A subscription to one topic, from when its context is entered."""

    @property
    def closed(self) -> bool:
        """Whether the bell is closed; waiting then returns at once."""
        ...

    async def wait(self, timeout: float | None = None) -> str | None:  # noqa: ASYNC109 - measured on the bell's clock, which tests move
        """Return the payload of the next signal, oldest first; `None` after `timeout` seconds."""
        ...


class Bell(Protocol):
    """Carries signals ("rings") to listeners. A signal can be lost: it is only a hint to look.

    The data is in the tables, so every listener also polls them. A signal reaches all listeners
    that are subscribed to its topic at that moment. Signals of one sender keep their order.
    """

    def ring(self, topic: str, payload: str = "") -> None:
        """Send a signal from any thread. Returns at once and never raises."""
        ...

    def listen(self, topic: str) -> AbstractAsyncContextManager[Listener]:
        """Listen to a topic while the context is open."""
        ...

    async def start(self) -> None:
        """Connect. Signals of other processes arrive only after this call."""
        ...

    async def close(self) -> None:
        """Close the bell. Waiting listeners return `None`."""
        ...
