"""What is said and told while the store cannot write: it is full, or another process locks it."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpx
import pytest
from citizens import Town, town
from fastapi import FastAPI
from sqlalchemy import event, text

from kernel.database import Database
from solvefirst import health


@pytest.fixture
async def place(sqlite_url, clock, ids) -> AsyncIterator[Town]:
    async with town(sqlite_url, clock, ids) as place:
        yield place


def path_of(database: Database) -> str:
    path = database.engine.url.database
    assert path is not None
    return path


@contextmanager
def full(database: Database) -> Iterator[None]:
    """Let SQLite refuse every page more, as it does on a full disk."""
    engine = database.engine

    def fill(connection: sqlite3.Connection, *_: object) -> None:
        (free,) = connection.execute("PRAGMA freelist_count").fetchone()
        (used,) = connection.execute("PRAGMA page_count").fetchone()
        assert not free
        connection.execute(f"PRAGMA max_page_count={used}")

    def widen(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA max_page_count=1073741823")

    @event.listens_for(engine, "begin")
    def hold(connection: object) -> None:
        (fill if on else widen)(connection.connection.driver_connection)  # type: ignore[attr-defined]

    on = True
    try:
        yield
    finally:
        on = False


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Write in another connection, and do not end."""
    other = sqlite3.connect(path_of(database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


async def readiness(database: Database, **kw: float) -> httpx.Response:
    app = FastAPI()
    check = health.store_check(database, "conversation", seconds=0.2, **kw)
    app.include_router(health.router({"conversations": check}))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get("/health/ready")


@pytest.mark.parametrize("fault", [full, locked])
async def test_a_store_that_cannot_write_is_not_ready_and_one_that_can_again_is(place, fault):
    assert (await readiness(place.database)).status_code == 200
    with fault(place.database):
        away = await readiness(place.database)
    assert (away.status_code, away.json()["parts"]) == (503, {"conversations": "away"})
    assert (await readiness(place.database)).status_code == 200


async def test_asking_for_readiness_often_commits_seldom(place):
    check = health.store_check(place.database, "conversation")
    assert [await check() for _ in range(20)] == [True] * 20
    assert await place.database.read(lambda tx: tx.scalar(text("PRAGMA user_version"))) == 1


async def test_readiness_leaves_no_table_behind(place):
    def tables(tx):
        return tx.execute(text("SELECT name FROM sqlite_master ORDER BY name")).all()

    before = await place.database.read(tables)
    assert await health.store_check(place.database, "conversation")()
    assert await place.database.read(tables) == before


@pytest.mark.postgres
async def test_a_store_on_postgresql_is_ready_when_it_writes(postgres_database_url):
    database = Database(postgres_database_url)
    try:
        await database.run(lambda tx: tx.execute(text("CREATE TABLE conversation (id int)")))
        assert await health.store_check(database, "conversation")()
        assert not await health.store_check(database, "no_such_table")()
    finally:
        await database.close()
