"""Reserve case numbers, so that parallel openings do not wait for each other."""

import asyncio
from datetime import date

from api.catalogue.rules.calendar import day_of
from api.domain.cases.numbers import case_number
from api.store.cases.numbers import reserve
from kernel.clock import Clock
from kernel.database.database import Database

BLOCK = 20
"""Numbers reserved at a time. A restart leaves the rest unused: a gap, never a repetition."""


class CaseNumbers:
    """The numbers of one process.

    A block is reserved in its own transaction. If the transaction of the opening updated the
    counter, its row would stay locked on PostgreSQL until the commit, and openings would wait for
    each other.
    """

    def __init__(self, database: Database, clock: Clock, *, block: int = BLOCK) -> None:
        self._database = database
        self._clock = clock
        self._block = block
        self._lock = asyncio.Lock()
        self._day = date.min
        self._next = 0
        self._end = 0

    async def take(self) -> str:
        """Return the next number of today, in Asia/Shanghai; it is never returned again."""
        async with self._lock:
            today = day_of(self._clock.now())
            if today != self._day or self._next >= self._end:
                first = await self._database.run(reserve, today, self._block)
                self._day, self._next, self._end = today, first, first + self._block
            number, self._next = self._next, self._next + 1
        return case_number(today, number)
