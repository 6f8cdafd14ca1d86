"""Surveys that ask, remind and end by themselves, once each, however long nobody looked."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from api.services.desk import Desk
from api.services.survey import advance
from api.store.surveys import SURVEYS
from kernel.bell.port import Bell
from kernel.database import Database
from kernel.logging import get_logger
from kernel.transaction import Transaction

POLL = timedelta(seconds=15)
"""How often it looks by itself."""

_AT_ONCE = 100

logger = get_logger(__name__)


class SurveySweep:
    """Looks after surveys whose time has come, between `start` and `stop`."""

    def __init__(self, database: Database, desk: Desk, bell: Bell) -> None:
        self._database = database
        self._desk = desk
        self._bell = bell
        self._loop: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look."""
        self._loop = asyncio.create_task(self._look(), name="surveys")

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
        while numbers := await self._database.read(_due, self._desk):
            steps = 0
            for number in numbers:
                try:
                    steps += await self._database.run(advance, self._desk, number)
                except Exception:
                    # One that cannot be asked must not keep the others from being asked.
                    logger.exception("survey_step_failed", number=number)
            taken += steps
            if not steps:
                break
        return taken

    async def _look(self) -> None:
        async with self._bell.listen(SURVEYS) as listener:
            while True:
                try:
                    if taken := await self.sweep():
                        logger.info("surveys_advanced", steps=taken)
                except Exception:
                    # The database is away for a while; what is due stays due.
                    logger.exception("surveys_look_failed")
                await listener.wait(POLL.total_seconds())


def _due(tx: Transaction, desk: Desk) -> list[str]:
    return desk.work(tx).surveys.due(desk.clock.now(), _AT_ONCE)
