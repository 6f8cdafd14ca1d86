"""Rasa's own store of conversations, for what its HTTP API cannot do: forget.

Rasa keeps every word in a table `events`, unencrypted and for ever. The table is Rasa's; here only
rows are deleted, of whole conversations or of sessions that are over.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    Column,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    delete,
    func,
    inspect,
    select,
)
from sqlalchemy.sql.elements import ColumnElement

from kernel.database import Database
from kernel.personal import Owner, plain
from kernel.transaction import Transaction

EVENTS = Table(
    "events",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("sender_id", String(255)),
    Column("type_name", String(255)),
    Column("timestamp", Float),
    # Its other columns, which hold what was said, are Rasa's own: only whole rows are touched.
    info=plain("id sender_id type_name timestamp", of=(Owner("conversation", "sender_id"),)),
)
"""What of Rasa's table is read here: `timestamp` in seconds since 1970."""

SESSION = "session_started"


class Trackers:
    """Deletes from the tracker store at `database`; one that Rasa has not made yet is empty."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def forget(self, conversations: Sequence[str]) -> None:
        """Delete everything of `conversations`."""
        await self._database.run_long(_delete, EVENTS.c.sender_id.in_(list(conversations)))

    async def drop_old(self, before: datetime) -> None:
        """Delete what is older than `before`, but for the session that a citizen is still in."""
        later = EVENTS.alias()
        last_session = (
            select(func.max(later.c.id))
            .where(later.c.sender_id == EVENTS.c.sender_id, later.c.type_name == SESSION)
            .scalar_subquery()
        )
        heard_since = (
            select(later.c.id)
            .where(later.c.sender_id == EVENTS.c.sender_id, later.c.timestamp >= before.timestamp())
            .exists()
        )
        over = EVENTS.c.timestamp < before.timestamp()
        await self._database.run_long(_delete, over & (~heard_since | (EVENTS.c.id < last_session)))

    async def close(self) -> None:
        """Let go of the file or the connections."""
        await self._database.close()


def _delete(tx: Transaction, which: ColumnElement[bool]) -> None:
    if inspect(tx.connection).has_table(EVENTS.name):
        tx.execute(delete(EVENTS).where(which))
        tx.empty_log()
