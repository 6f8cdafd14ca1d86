"""What takes steps by itself: looks for what is due, and does each once, however late."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from api.services.desk import Desk
from kernel.bell.port import Bell
from kernel.database import Database
from kernel.logging import get_logger
from kernel.transaction import Transaction

POLL = timedelta(seconds=15)
"""How often it looks by itself."""

logger = get_logger(__name__)


class Sweep:
    """Looks after what is due, between `start` and `stop`.

    Args:
        database: the case service's store.
        desk: its desk.
        bell: wakes it on the topic `name`.
        name: what it looks after, in logs and on the bell.
        due: lists the numbers of some cases for which something is due.
        step: does what is due for one; tells whether anything was.
    """

    def __init__(
        self,
        database: Database,
        desk: Desk,
        bell: Bell,
        *,
        name: str,
        due: Callable[[Transaction, Desk], list[str]],
        step: Callable[[Transaction, Desk, str], bool],
    ) -> None:
        self._database = database
        self._desk = desk
        self._bell = bell
        self._name = name
        self._due = due
        self._step = step
        self._loop: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look."""
        self._loop = asyncio.create_task(self._look(), name=self._name)

    async def stop(self) -> None:
        """Look no more. A step under way is committed or undone, and then done later."""
        if self._loop is not None:
            self._loop.cancel()
            with suppress(asyncio.CancelledError):
                await self._loop
            self._loop = None

    async def sweep(self) -> int:
        """Take every step that is due; give how many were taken."""
        taken = 0
        while numbers := await self._database.read(self._due, self._desk):
            steps = 0
            for number in numbers:
                try:
                    steps += await self._database.run(self._step, self._desk, number)
                except Exception:
                    # One that fails must not keep the others from their turn.
                    logger.exception("step_failed", of=self._name, number=number)
            taken += steps
            if not steps:
                break
        return taken

    async def _look(self) -> None:
        async with self._bell.listen(self._name) as listener:
            while True:
                try:
                    if taken := await self.sweep():
                        logger.info("steps_taken", of=self._name, steps=taken)
                except Exception:
                    # The database is away for a while; what is due stays due.
                    logger.exception("look_failed", of=self._name)
                await listener.wait(POLL.total_seconds())
