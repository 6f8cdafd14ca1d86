"""Shared SQL statements: INSERT unless the row exists, and pages of due rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Column, Executable, Table, literal, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from kernel.database.columns import UtcDateTime
from kernel.database.transaction import Dialect, Transaction


@dataclass(frozen=True, slots=True)
class DueMark:
    """A position in the list of due rows: a row's id and due time."""

    at: datetime
    id: str


def page_of_due(
    tx: Transaction,
    at: Column[datetime],
    id_: Column[str],
    *,
    now: datetime,
    after: DueMark | None,
    limit: int,
) -> list[DueMark]:
    """List up to `limit` rows that are due by `now` and come after a mark, the oldest first."""
    query = select(at.label("at"), id_.label("id")).where(at <= now)
    if after is not None:
        mark = tuple_(literal(after.at, UtcDateTime()), literal(after.id))
        # The plain comparison can use an index over the time.
        query = query.where(at >= after.at, tuple_(at, id_) > mark)
    rows = tx.execute(query.order_by(at, id_).limit(limit)).mappings()
    return [DueMark(row["at"], row["id"]) for row in rows]


def insert_or_keep(tx: Transaction, table: Table, values: Mapping[str, object]) -> bool:
    """Insert a row unless one with the same key exists; return whether it was inserted.

    On PostgreSQL this waits for another transaction that inserts the same key. Afterwards its row
    can be read, or it was rolled back and ours was inserted.
    """
    return tx.execute(_statement(table, tx.dialect), values).rowcount == 1


@cache
def _statement(table: Table, dialect: Dialect) -> Executable:
    # Cached, because building a statement costs SQLAlchemy about as much as running it.
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    # SQLAlchemy keeps the row count of an INSERT only with this option.
    return insert(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
