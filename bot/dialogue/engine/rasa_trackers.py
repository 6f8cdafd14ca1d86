"""Delete conversations from Rasa's own tracker store, which its HTTP API cannot do.

Rasa stores every word in a table `events`, unencrypted and for ever. The table belongs to Rasa;
this module only deletes rows, of whole conversations or of sessions that are over.
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

from kernel.database.database import Database
from kernel.database.transaction import Transaction
from kernel.privacy.personal import Owner, plain

EVENTS = Table(
    "events",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("sender_id", String(255)),
    Column("type_name", String(255)),
    Column("timestamp", Float),
    # Its other columns, which hold the words, belong to Rasa: only whole rows are deleted.
    info=plain("id sender_id type_name timestamp", of=(Owner("conversation", "sender_id"),)),
)
"""The columns of Rasa's table that are read here; `timestamp` is in seconds since 1970."""

SESSION = "session_started"


class Trackers:
    """Deletes rows of the tracker store at `database`; a missing table counts as empty."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def forget(self, conversations: Sequence[str]) -> None:
        """Delete all rows of `conversations`."""
        await self._database.run_long(_delete, EVENTS.c.sender_id.in_(list(conversations)))

    async def drop_old(self, before: datetime) -> None:
        """Delete rows older than `before`, except those of a citizen's current session."""
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
        """Close the connections."""
        await self._database.close()


def _delete(tx: Transaction, which: ColumnElement[bool]) -> None:
    if inspect(tx.connection).has_table(EVENTS.name):
        tx.execute(delete(EVENTS).where(which))
        tx.empty_log()
