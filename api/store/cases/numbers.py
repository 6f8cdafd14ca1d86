"""Repository of the daily sequence of case numbers."""

from datetime import date

from sqlalchemy.dialects import postgresql, sqlite

from api.store.cases.tables import number_sequence
from kernel.database.transaction import Transaction


def reserve(tx: Transaction, day: date, count: int) -> int:
    """Reserve the next `count` numbers of `day`; return the first."""
    insert = sqlite.insert if tx.dialect == "sqlite" else postgresql.insert
    statement = insert(number_sequence).values(day=day, last=count)
    last: int = tx.scalar(
        statement.on_conflict_do_update(
            index_elements=[number_sequence.c.day],
            set_={"last": number_sequence.c.last + count},
        ).returning(number_sequence.c.last)
    )
    return last - count + 1
