"""What is said and told while the store cannot write: it is full, or another process locks it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpx
import pytest
from citizens import ScriptedEngine, Town, town
from fastapi import FastAPI
from sqlalchemy import event, func, select, text
from telegrams import USER, connected
from wire import dial

from bot.inbound.unkept import SECONDS
from bot.store.tables import inbox
from kernel.clock import SystemClock
from kernel.database.database import Database
from kernel.database.sqlite_writer import BUSY_SECONDS
from kernel.supervisor import Supervisor
from solvefirst.http import health


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


FIRE = "着火了，三楼有浓烟" + "".join(chr(0x4E00 + number) for number in range(3000))
"""Longer than what is left of the pages that a full store has."""

REST = "/webhooks/rest/webhook"


def app_of(bot) -> FastAPI:
    app = FastAPI()
    app.include_router(bot.router)
    return app


def rest(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


def cry(message_id: str, text: str = FIRE) -> dict:
    return {"sender": "w", "message": text, "metadata": {"message_id": message_id}}


async def kept(place: Town) -> int:
    return await place.database.read(lambda tx: tx.scalar(select(func.count()).select_from(inbox)))


@pytest.fixture
async def quick(sqlite_url, ids) -> AsyncIterator[Town]:
    """A town on the machine's clock, for a store that is slow in real time."""
    async with town(sqlite_url, SystemClock(), ids) as place:
        yield place


@pytest.mark.parametrize("fault", [full, locked])
async def test_rest_says_whom_to_call_and_does_not_acknowledge(quick, fault):
    bot = quick.bot(ScriptedEngine())
    async with rest(app_of(bot)) as client:
        assert (await client.post(REST, json=cry("0", "路灯坏了"))).status_code == 200
        with fault(quick.database):
            answer = await client.post(REST, json=cry("1"))
            assert answer.elapsed.total_seconds() < BUSY_SECONDS / 2, "the store still tries"
            assert (answer.status_code, answer.json()["code"]) == (503, "not_kept")
            assert "119" in answer.json()["params"]["words"]
            assert answer.json()["params"]["custom"]["call"] == ["119"]
            assert await kept(quick) == 1
        await bot.intake.idle()
        while (again := await client.post(REST, json=cry("1"))).status_code == 503:
            pass  # the store was slow again
        assert again.status_code == 200
        assert "119" in again.json()[0]["text"]
        assert await kept(quick) == 2


async def test_the_words_of_danger_wait_a_second_for_the_store_and_no_longer(place, clock):
    bot = place.bot(ScriptedEngine())
    async with rest(app_of(bot)) as client:
        await client.post(REST, json=cry("0", "路灯坏了"))
        with locked(place.database):
            answer = asyncio.create_task(client.post(REST, json=cry("1")))
            await clock.sleepers(1)
            clock.advance(seconds=SECONDS - 0.1)
            for _ in range(100):
                await asyncio.sleep(0)
            assert not answer.done()
            clock.advance(seconds=0.1)
            assert (await answer).status_code == 503
        await bot.intake.idle()


async def test_a_cry_that_was_only_slow_to_be_kept_is_answered_all_the_same(quick):
    engine = ScriptedEngine()
    bot = quick.bot(engine)
    async with rest(app_of(bot)) as client:
        await client.post(REST, json=cry("0", "路灯坏了"))
        with locked(quick.database):
            assert (await client.post(REST, json=cry("1"))).status_code == 503
        await bot.intake.idle()
        await bot.turns.idle()
        assert [turn.text for turn in engine.turns] == ["路灯坏了", FIRE]


async def test_the_words_claim_nothing_is_noted(quick):
    bot = quick.bot(ScriptedEngine())
    async with rest(app_of(bot)) as client:
        await client.post(REST, json=cry("0", "路灯坏了"))
        with full(quick.database):
            words = (await client.post(REST, json=cry("1"))).json()["params"]["words"]
    assert "已经记下" not in words


@pytest.mark.parametrize("fault", [full, locked])
async def test_the_web_chat_shows_whom_to_call_and_takes_the_message_later(quick, fault):
    bot = quick.bot(ScriptedEngine())
    line = await dial(app_of(bot))
    try:
        line.send({"type": "hello", "secret": None, "last_event": 0, "language": "zh"})
        await line.until("welcome")
        say = {"type": "say", "id": "a1", "n": 1, "text": FIRE}
        await quick.database.run(lambda tx: None)
        with fault(quick.database):
            line.send(say)
            notice = await line.hear()
            assert (notice["type"], notice["code"], notice["id"]) == ("refused", "emergency", "a1")
            assert "119" in notice["words"]
            assert notice["call"] == ["119"]
            assert notice["again"] > 0
        await bot.intake.idle()
        line.send(say)
        while (frame := await line.hear())["type"] != "ack":
            if frame["type"] == "refused":  # the store was slow again
                line.send(say)
        assert frame["id"] == "a1"
        assert await kept(quick) == 1
    finally:
        await line.close()


@pytest.mark.parametrize("webhook", [True, False], ids=["webhook", "polling"])
@pytest.mark.parametrize("fault", [full, locked])
async def test_telegram_says_whom_to_call_once_and_keeps_the_update(quick, fault, webhook):
    async with connected(
        lambda options: quick.bot(ScriptedEngine(), telegram=options), webhook=webhook
    ) as line:
        await line.says("路灯坏了")
        await line.bot.turns.idle()
        with fault(quick.database):
            update = line.sim.citizens.say(USER, FIRE)
            said = await line.hears(2)
            assert "119" in said[1]
            assert "已经记下" not in said[1]
            assert update in line.world.updates
            assert await kept(quick) == 1
        await line.world.until(lambda: not line.world.updates)
        assert await kept(quick) == 2
        # What was sent just before the fault may come twice: its delivery could not be noted.
        await line.world.until(lambda: any("已经记下" in item for item in line.texts()))


async def readiness(database: Database, **kw: float) -> httpx.Response:
    app = FastAPI()
    check = health.store_check(database, "conversation", seconds=0.2, **kw)
    app.include_router(health.router({"conversations": check}, Supervisor(SystemClock())))
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


async def test_a_store_without_its_tables_is_not_ready(place):
    assert not await health.store_check(place.database, "no_such_table")()


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
async def test_a_store_on_postgresql_is_ready_when_it_writes(empty_postgres_url):
    database = Database(empty_postgres_url)
    try:
        await database.run(lambda tx: tx.execute(text("CREATE TABLE conversation (id int)")))
        assert await health.store_check(database, "conversation")()
        assert not await health.store_check(database, "no_such_table")()
    finally:
        await database.close()
