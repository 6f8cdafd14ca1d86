"""Sweep live talks: hand back talks without an answer, and those of finished sessions."""

from api.live.service.talks import something_due, sweep
from api.services.desk import ServiceDesk
from kernel.database.database import Database
from kernel.logging import get_logger

PAUSE = 2.0
"""Seconds between two sweeps: the longest delay of a hand-back."""

logger = get_logger(__name__)


class LiveSweep:
    """Hands back talks without an answer.

    All state is in the tables: a kill loses nothing, and several processes may sweep in parallel.
    """

    def __init__(self, database: Database, desk: ServiceDesk) -> None:
        self._database = database
        self._desk = desk

    async def look(self) -> int:
        """Sweep once; return the number of talks that were handed back."""
        if not await self._database.read(something_due, self._desk):
            return 0
        return await self._database.run_long(sweep, self._desk)

    async def step(self) -> None:
        """Sweep once; the supervisor's loop calls it."""
        if handed := await self.look():
            logger.info("live_handed_back", talks=handed)
