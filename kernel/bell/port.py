"""What the rooms ask of a bell."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Listener(Protocol):
    """One that listens to a topic, from when its context was entered."""

    @property
    def closed(self) -> bool:
        """Tell whether the bell has fallen silent for good, so that waiting returns at once."""
        ...

    async def wait(self, timeout: float | None = None) -> str | None:  # noqa: ASYNC109 - measured on the bell's clock, which tests move
        """The payload of the next ring, oldest first; `None` after `timeout` seconds of none."""
        ...


class Bell(Protocol):
    """Carries rings to listeners. A ring is a hint: it can be lost, so the truth is in the tables.

    Whoever listens also looks by itself now and then. A ring reaches everyone who listens to its
    topic at that moment, in the order of one ringer's rings; nobody who comes later.
    """

    def ring(self, topic: str, payload: str = "") -> None:
        """Ring, from any thread. Returns at once and never raises."""
        ...

    def listen(self, topic: str) -> AbstractAsyncContextManager[Listener]:
        """Listen to a topic for as long as the context is open."""
        ...

    async def start(self) -> None:
        """Make ready; must come before anything is heard."""
        ...

    async def close(self) -> None:
        """Fall silent. Those who wait are woken with `None`."""
        ...
