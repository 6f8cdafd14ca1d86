"""What leaders on duty need done by itself: silence and the end of a session are noticed."""

from api.live.service.talks import something_due, sweep
from api.services.desk import ServiceDesk
from kernel.database.database import Database
from kernel.logging import get_logger

PAUSE = 2.0
"""Seconds between two looks: how much later than due a citizen may hear of it."""

logger = get_logger(__name__)


class LiveSweep:
    """Hands back whom nobody answers.

    All state is in the tables: a kill in between loses nothing, and several may look at once.
    """

    def __init__(self, database: Database, desk: ServiceDesk) -> None:
        self._database = database
        self._desk = desk

    async def look(self) -> int:
        """Look once; give how many talks were handed back."""
        if not await self._database.read(something_due, self._desk):
            return 0
        return await self._database.run_long(sweep, self._desk)

    async def step(self) -> None:
        """Look once, as the supervisor has it done."""
        if handed := await self.look():
            logger.info("live_handed_back", talks=handed)
