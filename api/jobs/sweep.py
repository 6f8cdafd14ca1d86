"""Base of sweeps: find due cases and take each step once, also after an outage."""

from collections.abc import Callable
from datetime import timedelta

from api.services.desk import ServiceDesk
from api.statements import DueMark
from kernel.database.database import Database
from kernel.database.transaction import Transaction
from kernel.logging import get_logger

POLL = timedelta(seconds=15)
"""Time between two polls."""

_PAGE = 100

logger = get_logger(__name__)


class Sweep:
    """Takes due steps of cases.

    Args:
        database: the case service's store.
        desk: its desk.
        name: its name in logs, and the bell's topic.
        due: lists due cases, up to a limit, after a mark.
        step: takes the due step of one case; returns whether there was one.
    """

    def __init__(
        self,
        database: Database,
        desk: ServiceDesk,
        *,
        name: str,
        due: Callable[[Transaction, ServiceDesk, DueMark | None, int], list[DueMark]],
        step: Callable[[Transaction, ServiceDesk, str], bool],
    ) -> None:
        self._database = database
        self._desk = desk
        self.name = name
        self._due = due
        self._step = step

    async def sweep(self) -> int:
        """Take every due step; return their number."""
        taken = 0
        while steps := await self._pass():
            taken += steps
        return taken

    async def _pass(self) -> int:
        steps, after = 0, None
        while due := await self._database.read(self._due, self._desk, after, _PAGE):
            for mark in due:
                steps += await self._take(mark.id)
            # Failed ones are still due: reading from the start would return them again.
            after = due[-1]
        return steps

    async def _take(self, number: str) -> bool:
        try:
            return await self._database.run(self._step, self._desk, number)
        except Exception:
            # A failing case must not block the others.
            logger.exception("step_failed", of=self.name, number=number)
            return False

    async def step(self) -> None:
        """Take the due steps; the supervisor's loop calls it."""
        if taken := await self.sweep():
            logger.info("steps_taken", of=self.name, steps=taken)
