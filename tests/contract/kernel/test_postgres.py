"""What PostgreSQL alone can do to a function."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from kernel.database.database import Database, Transaction, normalise

pytestmark = pytest.mark.postgres


@pytest.fixture
async def database(empty_postgres_url: str) -> AsyncIterator[Database]:
    database = Database(empty_postgres_url)
    await database.run(
        lambda tx: tx.execute(text("CREATE TABLE side (name text PRIMARY KEY, n int)"))
    )
    await database.run(lambda tx: tx.execute(text("INSERT INTO side VALUES ('a', 0), ('b', 0)")))
    yield database
    await database.close()


def _increment(tx: Transaction, name: str) -> None:
    tx.execute(text("UPDATE side SET n = n + 1 WHERE name = :name"), {"name": name})


def _all(tx: Transaction) -> dict[str, int]:
    return {name: n for name, n in tx.execute(text("SELECT name, n FROM side")).all()}  # noqa: C416 - rows are not pairs to a type checker


async def test_the_loser_of_a_deadlock_is_run_again(database: Database) -> None:
    both = threading.Barrier(2)
    runs: list[str] = []

    def cross(tx: Transaction, first: str, second: str) -> None:
        runs.append(first)
        _increment(tx, first)
        if len(runs) <= 2:
            both.wait(10)
        _increment(tx, second)

    await asyncio.gather(database.run(cross, "a", "b"), database.run(cross, "b", "a"))
    assert len(runs) == 3
    assert await database.read(_all) == {"a": 2, "b": 2}


async def test_a_conflict_that_does_not_end_is_told_after_three_attempts(
    database: Database,
) -> None:
    runs = 0

    def conflict(tx: Transaction) -> None:
        nonlocal runs
        runs += 1
        _increment(tx, "a")
        tx.execute(text("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$"))

    with pytest.raises(OperationalError):
        await database.run(conflict)
    assert runs == 3
    assert await database.read(_all) == {"a": 0, "b": 0}


async def test_a_lost_connection_fails_its_function_and_no_later_one(database: Database) -> None:
    def lose(tx: Transaction) -> None:
        _increment(tx, "a")
        tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(OperationalError):
        await database.run(lose)
    await database.run(_increment, "b")
    assert await database.read(_all) == {"a": 0, "b": 1}


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_each_spelling_of_its_url_means_psycopg_3(scheme: str) -> None:
    assert normalise(f"{scheme}://u:p@h/d").drivername == "postgresql+psycopg"
