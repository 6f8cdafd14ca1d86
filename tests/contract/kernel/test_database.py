"""What a database promises to functions, on SQLite and on PostgreSQL."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextvars import ContextVar, copy_context
from datetime import UTC, datetime, timedelta, timezone

import pytest
from gates import Gate
from sqlalchemy import Column, Integer, MetaData, Table, Text, event, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from structlog.testing import capture_logs

from kernel.database.columns import Json, UtcDateTime
from kernel.database.database import Database, DatabaseClosed, NestedTransaction, Transaction

METADATA = MetaData()
WORD = Table(
    "word",
    METADATA,
    Column("position", Integer, primary_key=True),
    Column("said", Text, nullable=False, default="hello"),
    Column("at", UtcDateTime),
    Column("data", Json),
)


@pytest.fixture
async def database(empty_database_url: str) -> AsyncIterator[Database]:
    database = Database(empty_database_url)
    await database.run(_create)
    yield database
    await database.close()


@pytest.fixture
async def narrow(empty_database_url: str) -> AsyncIterator[Database]:
    """A database with one thread on either side."""
    database = Database(empty_database_url, threads=1)
    await database.run(_create)
    yield database
    await database.close()


def _create(tx: Transaction) -> None:
    METADATA.create_all(tx.connection)


def say(tx: Transaction, position: int, **values: object) -> int:
    tx.execute(insert(WORD).values(position=position, **values))
    return position


def said(tx: Transaction) -> list[int]:
    return list(tx.execute(select(WORD.c.position).order_by(WORD.c.position)).scalars())


async def test_what_a_function_wrote_is_there_once_it_has_returned(database: Database) -> None:
    assert await database.run(say, 1) == 1
    assert await database.read(said) == [1]


async def test_a_function_that_raises_leaves_nothing_and_its_error_is_its_own(
    database: Database,
) -> None:
    class OwnError(Exception):
        pass

    def write_and_fail(tx: Transaction) -> None:
        say(tx, 1)
        raise OwnError("mine")

    with pytest.raises(OwnError, match="mine"):
        await database.run(write_and_fail)
    assert await database.read(said) == []


async def test_a_broken_constraint_is_the_error_of_its_function_alone(database: Database) -> None:
    results = await asyncio.gather(
        database.run(say, 1),
        database.run(say, 1),
        database.run(say, 2),
        return_exceptions=True,
    )
    assert sum(isinstance(result, IntegrityError) for result in results) == 1
    assert await database.read(said) == [1, 2]


async def test_no_increment_is_lost_among_many_at_once(database: Database) -> None:
    await database.run(say, 0)

    def increment(tx: Transaction) -> None:
        tx.execute(text("UPDATE word SET position = position + 1"))

    await asyncio.gather(*(database.run(increment) for _ in range(200)))
    assert await database.read(said) == [200]


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError):
        await database.read(say, 1)
    assert await database.run(say, 1) == 1
    assert await database.read(said) == [1]


async def test_a_reader_sees_one_moment(database: Database) -> None:
    looked, written = threading.Event(), threading.Event()

    def look_twice(tx: Transaction) -> tuple[list[int], list[int]]:
        first = said(tx)
        looked.set()
        written.wait(10)
        return first, said(tx)

    reading = asyncio.ensure_future(database.read(look_twice))
    await asyncio.to_thread(looked.wait, 10)
    await database.run(say, 1)
    written.set()
    assert await reading == ([], [])


async def test_calls_after_the_commit_come_in_order_and_find_it_durable(
    database: Database,
) -> None:
    seen: list[object] = []

    def count() -> None:
        with database.engine.connect() as connection:
            seen.append(connection.scalar(text("SELECT count(*) FROM word")))

    def write(tx: Transaction) -> None:
        tx.after_commit(count)
        say(tx, 1)
        tx.after_commit(lambda: seen.append("second"))

    await database.run(write)
    assert seen == [1, "second"]


async def test_calls_after_the_commit_are_dropped_with_the_work(database: Database) -> None:
    called: list[int] = []

    def write(tx: Transaction, position: int) -> None:
        tx.after_commit(lambda: called.append(position))
        say(tx, 7)

    results = await asyncio.gather(
        database.run(write, 1), database.run(write, 2), return_exceptions=True
    )
    assert [isinstance(result, IntegrityError) for result in results].count(True) == 1
    kept = [n for n, result in zip((1, 2), results, strict=True) if result is None]
    assert called == kept


async def test_a_call_after_the_commit_that_raises_is_logged_and_stops_nothing(
    database: Database,
) -> None:
    called: list[int] = []

    def broken() -> None:
        raise OSError("the bell is broken")

    def write(tx: Transaction) -> None:
        say(tx, 1)
        tx.after_commit(broken)
        tx.after_commit(lambda: called.append(1))

    with capture_logs() as logs:
        await database.run(write)
    assert called == [1]
    assert [entry["event"] for entry in logs] == ["after_commit_failed"]
    assert await database.read(said) == [1]


def elsewhere(work: Callable[[], object]) -> object:
    """Do something in another thread, as what it is told of where it is called, and wait."""
    outcome: Future[object] = Future()
    context = copy_context()

    def attempt() -> None:
        try:
            outcome.set_result(context.run(work))
        except BaseException as error:  # noqa: BLE001 - of whoever waits
            outcome.set_exception(error)

    threading.Thread(target=attempt, daemon=True).start()
    return outcome.result(10)


async def test_a_function_may_not_wait_for_another_transaction(database: Database) -> None:
    loop = asyncio.new_event_loop()
    other = threading.Thread(target=loop.run_forever, daemon=True)
    other.start()

    def by_hand(tx: Transaction) -> object:
        return database.run(say, 1).send(None)

    def in_a_loop_of_its_own(tx: Transaction) -> object:
        return elsewhere(lambda: asyncio.run(database.run(say, 1)))

    def through_a_loop_outside(tx: Transaction) -> object:
        return asyncio.run_coroutine_threadsafe(database.read(said), loop).result(10)

    try:
        for function in (by_hand, in_a_loop_of_its_own, through_a_loop_outside):
            for way in (database.run, database.run_long, database.read):
                with pytest.raises(NestedTransaction):
                    await way(function)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        other.join(10)
        loop.close()


async def test_a_task_that_a_function_starts_may_write_when_the_function_is_over(
    database: Database,
) -> None:
    loop = asyncio.get_running_loop()
    over = asyncio.Event()

    async def later() -> int:
        await over.wait()
        return await database.run(say, 2)

    def start(tx: Transaction) -> asyncio.Future[int]:
        return asyncio.wrap_future(asyncio.run_coroutine_threadsafe(later(), loop), loop=loop)

    task = await database.run(start)
    over.set()
    assert await task == 2


async def test_a_function_may_not_end_its_transaction(database: Database) -> None:
    def commit(tx: Transaction) -> None:
        say(tx, 1)
        tx.connection.commit()

    def roll_back(tx: Transaction) -> None:
        tx.connection.rollback()

    for function in (commit, roll_back):
        with pytest.raises(RuntimeError, match="may not end its transaction"):
            await database.run(function)
    assert await database.run(say, 2) == 2
    assert await database.read(said) == [2]


async def test_a_function_may_use_savepoints_of_its_own(database: Database) -> None:
    def try_and_go_on(tx: Transaction) -> None:
        say(tx, 1)
        try:
            with tx.connection.begin_nested():
                say(tx, 2)
                say(tx, 1)
        except IntegrityError:
            say(tx, 3)

    await asyncio.gather(database.run(try_and_go_on), database.run(say, 4))
    assert await database.read(said) == [1, 3, 4]


async def test_a_savepoint_left_open_is_an_error(database: Database) -> None:
    def leave_open(tx: Transaction) -> None:
        tx.connection.begin_nested()
        say(tx, 1)

    results = await asyncio.gather(
        database.run(leave_open), database.run(say, 2), return_exceptions=True
    )
    assert isinstance(results[0], RuntimeError)
    assert await database.read(said) == [2]


async def test_a_function_that_was_cancelled_while_it_waited_is_not_run(
    narrow: Database,
) -> None:
    gate = Gate()
    blocking = asyncio.ensure_future(narrow.run_long(gate.hold))
    await gate.reached()
    waiting = asyncio.ensure_future(narrow.run(say, 1))
    following = asyncio.ensure_future(narrow.run(say, 2))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    gate.open()
    await blocking
    assert await following == 2
    assert await narrow.read(said) == [2]


@pytest.mark.parametrize("when", ["while it ran", "before its commit"])
async def test_a_function_that_was_cancelled_is_finished(narrow: Database, when: str) -> None:
    gate = Gate()

    def write(tx: Transaction) -> None:
        if when == "while it ran":
            gate.hold()
        say(tx, 1)

    way = narrow.run_long
    if when == "before its commit":
        event.listen(narrow.engine, "commit", gate.hold)
        way = narrow.run
    running = asyncio.ensure_future(way(write))
    await gate.reached()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    gate.open()
    assert await narrow.run(say, 2) == 2
    assert await narrow.read(said) == [1, 2]


async def test_functions_may_come_from_several_event_loops(database: Database) -> None:
    async def write(first: int) -> None:
        await asyncio.gather(*(database.run(say, first + n) for n in range(20)))

    await asyncio.gather(*(asyncio.to_thread(asyncio.run, write(first)) for first in (0, 100, 200)))
    assert len(await database.read(said)) == 60


_request: ContextVar[str] = ContextVar("request", default="none")


async def test_a_function_runs_in_the_context_of_its_caller(database: Database) -> None:
    def look(tx: Transaction) -> str:
        return _request.get()

    async def ask(name: str) -> tuple[str, str]:
        _request.set(name)
        return await database.run(look), await database.read(look)

    assert await asyncio.gather(*(ask(name) for name in "abc")) == [
        ("a", "a"),
        ("b", "b"),
        ("c", "c"),
    ]


@pytest.mark.parametrize("error", [StopIteration, KeyboardInterrupt, SystemExit])
async def test_errors_that_no_future_carries_well_reach_the_caller(
    database: Database, error: type[BaseException]
) -> None:
    def fail(tx: Transaction) -> None:
        say(tx, 1)
        raise error

    async def attempt() -> str:
        try:
            await database.run(fail)
        except BaseException as caught:  # noqa: BLE001 - the point of the test
            return type(caught).__name__
        return "nothing"

    assert await attempt() in {"RuntimeError", error.__name__}
    assert await database.read(said) == []


async def test_closing_finishes_what_was_accepted_and_refuses_the_rest(
    empty_database_url: str,
) -> None:
    database = Database(empty_database_url)
    await database.run(_create)
    accepted = [asyncio.ensure_future(database.run(say, n)) for n in range(10)]
    await asyncio.sleep(0)
    await database.close()
    assert await asyncio.gather(*accepted) == list(range(10))
    with pytest.raises(DatabaseClosed):
        await database.run(say, 11)
    with pytest.raises(DatabaseClosed):
        await database.read(said)
    await database.close()
    again = Database(empty_database_url)
    assert await again.read(said) == list(range(10))
    await again.close()


async def test_moments_come_back_aware_in_utc_and_sort_as_time_does(database: Database) -> None:
    shanghai = timezone(timedelta(hours=8))
    moments = [
        datetime(2026, 3, 2, 9, 30, 0, 123456, tzinfo=shanghai),
        datetime(2026, 3, 2, 1, 30, 0, 123457, tzinfo=UTC),
        datetime(1999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-5))),
    ]

    def keep(tx: Transaction) -> list[datetime]:
        for number, moment in enumerate(moments):
            say(tx, number, at=moment)
        return list(tx.execute(select(WORD.c.at).order_by(WORD.c.at)).scalars())

    kept = await database.run(keep)
    assert kept == sorted(moments)
    assert all(moment.tzinfo is UTC for moment in kept)


async def test_a_moment_without_a_time_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="time zone"):
        await database.run(say, 1, at=datetime(2026, 3, 2))  # noqa: DTZ001 - is what is refused


async def test_json_comes_back_as_it_went_in(database: Database) -> None:
    value = {"地": ["夫子庙", 1, 2.5, None, True, {"b": {}}]}
    await database.run(say, 1, data=value)
    assert await database.read(lambda tx: tx.scalar(select(WORD.c.data))) == value
