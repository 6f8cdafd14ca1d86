"""Clocks that warn, urge, supervise and report by themselves, however long nobody looked."""

from datetime import timedelta

from api.services.clocks.escalating import due_clocks, sweep
from api.services.desk import ServiceDesk
from api.statements import Mark
from kernel.database.database import Database
from kernel.logging import get_logger

POLL = timedelta(seconds=15)
"""How much later than due a step may be taken."""

_TOGETHER = 500
"""Clocks of one transaction: moves of their cases wait for no longer than it takes."""

logger = get_logger(__name__)


class ClockSweep:
    """Looks after clocks whose time has come.

    All state is in the tables: several processes may look at once, and a kill loses nothing.
    """

    def __init__(self, database: Database, desk: ServiceDesk) -> None:
        self._database = database
        self._desk = desk

    async def sweep(self) -> int:
        """Take every step that is due; give how many were taken."""
        taken, after = 0, None
        while due := await self._database.read(due_clocks, self._desk, after, _TOGETHER):
            taken += await self._take(due)
            after = due[-1]
        return taken

    async def _take(self, due: list[Mark]) -> int:
        try:
            return await self._database.run_long(sweep, self._desk, [mark.id for mark in due])
        except Exception:
            if len(due) == 1:
                logger.exception("clock_step_failed", clock=due[0].id)
                return 0
        # One that cannot be taken must not keep the others from being taken.
        taken = 0
        for mark in due:
            taken += await self._take([mark])
        return taken

    async def step(self) -> None:
        """Take what is due, as the supervisor has it done."""
        if taken := await self.sweep():
            logger.info("clocks_stepped", steps=taken)
