"""Sweep clocks: take the due escalation steps, also after an outage."""

from datetime import timedelta

from api.services.clocks.escalating import due_clocks, sweep
from api.services.desk import ServiceDesk
from api.statements import DueMark
from kernel.database.database import Database
from kernel.logging import get_logger

POLL = timedelta(seconds=15)
"""Longest delay of a due step."""

_TOGETHER = 500
"""Most clocks of one transaction, for which moves of their cases must wait."""

logger = get_logger(__name__)


class ClockSweep:
    """Takes the due escalation steps of clocks.

    All state is in the tables: several processes may sweep in parallel, and a kill loses nothing.
    """

    def __init__(self, database: Database, desk: ServiceDesk) -> None:
        self._database = database
        self._desk = desk

    async def sweep(self) -> int:
        """Take every due step; return their number."""
        taken, after = 0, None
        while due := await self._database.read(due_clocks, self._desk, after, _TOGETHER):
            taken += await self._take(due)
            after = due[-1]
        return taken

    async def _take(self, due: list[DueMark]) -> int:
        try:
            return await self._database.run_long(sweep, self._desk, [mark.id for mark in due])
        except Exception:
            if len(due) == 1:
                logger.exception("clock_step_failed", clock=due[0].id)
                return 0
        # A failing step must not block the others.
        taken = 0
        for mark in due:
            taken += await self._take([mark])
        return taken

    async def step(self) -> None:
        """Take the due steps; the supervisor's loop calls it."""
        if taken := await self.sweep():
            logger.info("clocks_stepped", steps=taken)
