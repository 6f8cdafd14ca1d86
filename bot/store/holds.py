"""What only one process may do at a time, by name: a lease that has to be renewed.

A process that dies lets its holds lapse; one that stops in order gives them back.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.tables import hold
from kernel.clock import Clock
from kernel.database import Database, Transaction


def take(tx: Transaction, name: str, owner: str, now: datetime, until: datetime) -> bool:
    """Take or renew a hold; tell whether `owner` has it now.

    Raises:
        sqlalchemy.exc.IntegrityError: (PostgreSQL) somebody else was faster with a new name.
    """
    if tx.scalar(select(hold.c.name).where(hold.c.name == name)) is None:
        tx.execute(insert(hold), {"name": name, "owner": owner, "until": until})
        return True
    taken = tx.execute(
        update(hold)
        .where(hold.c.name == name, or_(hold.c.owner == owner, hold.c.until <= now))
        .values(owner=owner, until=until)
    )
    return taken.rowcount == 1


def free(tx: Transaction, name: str, owner: str) -> None:
    """Give a hold back."""
    tx.execute(delete(hold).where(hold.c.name == name, hold.c.owner == owner))


def free_all(tx: Transaction) -> int:
    """Free every hold: at the start of a process that knows itself to be alone."""
    return tx.execute(delete(hold)).rowcount


class Hold:
    """One process's claim to one thing."""

    def __init__(
        self, database: Database, clock: Clock, *, name: str, owner: str, seconds: float
    ) -> None:
        self._database = database
        self._clock = clock
        self._name = name
        self._owner = owner
        self._length = timedelta(seconds=seconds)

    async def take(self) -> bool:
        """Take or renew it; tell whether it is held."""
        now = self._clock.now()
        try:
            return await self._database.run(take, self._name, self._owner, now, now + self._length)
        except IntegrityError:
            return False

    async def free(self) -> None:
        """Give it back, for another process to go on at once."""
        await self._database.run(free, self._name, self._owner)
