"""What leaders on duty need done by itself: silence and the end of a session are noticed."""

import asyncio
from contextlib import suppress

from api.services.desk import Desk
from api.services.live import something_due, sweep
from kernel.database import Database
from kernel.logging import get_logger

PAUSE = 2.0
"""Seconds between two looks: how much later than due a citizen may hear of it."""

logger = get_logger(__name__)


class LiveSweep:
    """Hands back whom nobody answers, between `start` and `stop`.

    All state is in the tables: a kill in between loses nothing, and several may look at once.
    """

    def __init__(self, database: Database, desk: Desk) -> None:
        self._database = database
        self._desk = desk
        self._loop: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look."""
        self._loop = asyncio.create_task(self._look(), name="live")

    async def stop(self) -> None:
        """Look no more. A look under way is committed or undone, and then done later."""
        if self._loop is not None:
            self._loop.cancel()
            with suppress(asyncio.CancelledError):
                await self._loop
            self._loop = None

    async def look(self) -> int:
        """Look once; give how many talks were handed back."""
        if not await self._database.read(something_due, self._desk):
            return 0
        return await self._database.run_long(sweep, self._desk)

    async def _look(self) -> None:
        while True:
            try:
                if handed := await self.look():
                    logger.info("live_handed_back", talks=handed)
            except Exception:
                # The database is away for a while; what is due stays due.
                logger.exception("live_look_failed")
            await self._desk.clock.sleep(PAUSE)
