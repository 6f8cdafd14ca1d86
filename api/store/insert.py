"""INSERT that yields to a row that is there already, the same on both databases."""

from collections.abc import Mapping
from functools import cache

from sqlalchemy import Executable, Table
from sqlalchemy.dialects import postgresql, sqlite

from kernel.transaction import Dialect, Transaction


def insert_or_keep(tx: Transaction, table: Table, values: Mapping[str, object]) -> bool:
    """Insert a row unless one with the same key is there; tell whether it was inserted.

    On PostgreSQL this waits for another transaction that is inserting the same key: afterwards
    its row is there to be read, or it was rolled back and ours was inserted.
    """
    return tx.execute(_statement(table, tx.dialect), values).rowcount == 1


@cache
def _statement(table: Table, dialect: Dialect) -> Executable:
    # Kept, as building a statement costs SQLAlchemy about as much as running it.
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    # SQLAlchemy forgets how many rows an INSERT made, unless it is asked to remember.
    return insert(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
