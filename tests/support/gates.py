"""Something that is held up in a thread until the test lets it go."""

import asyncio
import threading


class Gate:
    """`hold` is what waits, given whatever it is called with."""

    def __init__(self) -> None:
        self._entered, self._opened = threading.Event(), threading.Event()

    def hold(self, *_: object) -> None:
        """Say that somebody is here, and wait to be let go, ten seconds at most."""
        self._entered.set()
        self._opened.wait(10)

    async def reached(self) -> None:
        """Wait until somebody is held up."""
        assert await asyncio.to_thread(self._entered.wait, 10)

    def open(self) -> None:
        """Let go of whoever is held up."""
        self._opened.set()
