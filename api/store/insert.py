"""INSERT that yields to a row that is there already, the same on both databases."""

from collections.abc import Mapping

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from kernel.transaction import Transaction


def insert_or_keep(tx: Transaction, table: Table, values: Mapping[str, object]) -> bool:
    """Insert a row unless one with the same key is there; tell whether it was inserted.

    On PostgreSQL this waits for another transaction that is inserting the same key: afterwards
    its row is there to be read, or it was rolled back and ours was inserted.
    """
    insert = sqlite.insert if tx.dialect == "sqlite" else postgresql.insert
    result = tx.execute(insert(table).on_conflict_do_nothing(), values)
    return result.rowcount == 1
