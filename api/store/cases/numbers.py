"""The daily sequence behind case numbers."""

from datetime import date

from sqlalchemy.dialects import postgresql, sqlite

from api.store.cases.tables import number_sequence
from kernel.database.transaction import Transaction


def reserve(tx: Transaction, day: date, count: int) -> int:
    """Take the next `count` numbers of `day` and give the first; nobody else gets them."""
    insert = sqlite.insert if tx.dialect == "sqlite" else postgresql.insert
    statement = insert(number_sequence).values(day=day, last=count)
    last: int = tx.scalar(
        statement.on_conflict_do_update(
            index_elements=[number_sequence.c.day],
            set_={"last": number_sequence.c.last + count},
        ).returning(number_sequence.c.last)
    )
    return last - count + 1
