"""What takes steps by itself: looks for what is due, and does each once, however late."""

from collections.abc import Callable
from datetime import timedelta

from api.services.desk import Desk
from kernel.database import Database
from kernel.logging import get_logger
from kernel.transaction import Transaction

POLL = timedelta(seconds=15)
"""How often it looks by itself."""

logger = get_logger(__name__)


class Sweep:
    """Looks after what is due.

    Args:
        database: the case service's store.
        desk: its desk.
        name: what it looks after, in logs and as the topic of the bell that wakes it.
        due: lists the numbers of some cases for which something is due.
        step: does what is due for one; tells whether anything was.
    """

    def __init__(
        self,
        database: Database,
        desk: Desk,
        *,
        name: str,
        due: Callable[[Transaction, Desk], list[str]],
        step: Callable[[Transaction, Desk, str], bool],
    ) -> None:
        self._database = database
        self._desk = desk
        self.name = name
        self._due = due
        self._step = step

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
                    logger.exception("step_failed", of=self.name, number=number)
            taken += steps
            if not steps:
                break
        return taken

    async def step(self) -> None:
        """Take what is due, as the supervisor has it done."""
        if taken := await self.sweep():
            logger.info("steps_taken", of=self.name, steps=taken)
