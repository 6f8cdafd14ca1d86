"""Holds: named leases of work that only one process may do at a time.

A hold must be renewed. It lapses when its process dies, and is released when the process stops.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.tables import hold
from kernel.clock import Clock
from kernel.database.database import Database, Transaction


def take(tx: Transaction, name: str, owner: str, now: datetime, until: datetime) -> bool:
    """Take or renew a hold; return whether `owner` has it now.

    Raises:
        sqlalchemy.exc.IntegrityError: (PostgreSQL) another process inserted the name first.
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
    """Release a hold."""
    tx.execute(delete(hold).where(hold.c.name == name, hold.c.owner == owner))


def free_all(tx: Transaction) -> int:
    """Release every hold, at the start of the only process."""
    return tx.execute(delete(hold)).rowcount


class ProcessLease:
    """One named hold of one process."""

    def __init__(
        self, database: Database, clock: Clock, *, name: str, owner: str, seconds: float
    ) -> None:
        self._database = database
        self._clock = clock
        self._name = name
        self._owner = owner
        self._length = timedelta(seconds=seconds)

    async def take(self) -> bool:
        """Take or renew the hold; return whether this process has it."""
        now = self._clock.now()
        try:
            return await self._database.run(take, self._name, self._owner, now, now + self._length)
        except IntegrityError:
            return False

    async def free(self) -> None:
        """Release the hold, so that another process can continue at once."""
        await self._database.run(free, self._name, self._owner)
