from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from kernel.database import Database, Transaction


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.run(_create)
    yield database
    await database.close()


def _create(tx: Transaction) -> None:
    tx.execute(text("CREATE TABLE word (position INTEGER PRIMARY KEY, said TEXT NOT NULL)"))


def _say(tx: Transaction, position: int, said: str = "hello") -> int:
    tx.execute(
        text("INSERT INTO word VALUES (:position, :said)"), {"position": position, "said": said}
    )
    return position


def _all(tx: Transaction) -> list[int]:
    return list(tx.execute(text("SELECT position FROM word ORDER BY position")).scalars())


async def test_what_a_function_wrote_is_there_once_it_has_returned(database: Database) -> None:
    assert await database.run(_say, 1) == 1
    assert await database.read(_all) == [1]
