"""What takes steps by itself: looks for what is due, and does each once, however late."""

from collections.abc import Callable
from datetime import timedelta

from api.services.desk import ServiceDesk
from api.statements import Mark
from kernel.database.database import Database
from kernel.database.transaction import Transaction
from kernel.logging import get_logger

POLL = timedelta(seconds=15)
"""How often it looks by itself."""

_PAGE = 100

logger = get_logger(__name__)


class Sweep:
    """Looks after what is due.

    Args:
        database: the case service's store.
        desk: its desk.
        name: what it looks after, in logs and as the topic of the bell that wakes it.
        due: lists cases for which something is due, up to a limit, after a mark.
        step: does what is due for one; tells whether anything was.
    """

    def __init__(
        self,
        database: Database,
        desk: ServiceDesk,
        *,
        name: str,
        due: Callable[[Transaction, ServiceDesk, Mark | None, int], list[Mark]],
        step: Callable[[Transaction, ServiceDesk, str], bool],
    ) -> None:
        self._database = database
        self._desk = desk
        self.name = name
        self._due = due
        self._step = step

    async def sweep(self) -> int:
        """Take every step that is due; give how many were taken."""
        taken = 0
        while steps := await self._pass():
            taken += steps
        return taken

    async def _pass(self) -> int:
        steps, after = 0, None
        while due := await self._database.read(self._due, self._desk, after, _PAGE):
            for mark in due:
                steps += await self._take(mark.id)
            # Those that failed are still due: reading from the top would meet them again.
            after = due[-1]
        return steps

    async def _take(self, number: str) -> bool:
        try:
            return await self._database.run(self._step, self._desk, number)
        except Exception:
            # One that fails must not keep the others from their turn.
            logger.exception("step_failed", of=self.name, number=number)
            return False

    async def step(self) -> None:
        """Take what is due, as the supervisor has it done."""
        if taken := await self.sweep():
            logger.info("steps_taken", of=self.name, steps=taken)
