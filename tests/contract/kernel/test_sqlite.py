"""How SQLite's one writer groups functions, where it runs them, and what it survives."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from gates import Gate
from patience import PATIENCE
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError, OperationalError

import kernel.database.sqlite_writer
from kernel.database.database import Database, Transaction
from kernel.database.sqlite_group import TransactionLost
from kernel.database.sqlite_writer import GROUP_LIMIT

Together = Callable[..., Awaitable[list[Any]]]


@pytest.fixture
async def database(empty_sqlite_url: str) -> AsyncIterator[Database]:
    database = Database(empty_sqlite_url)
    await database.run(_create)
    yield database
    await database.close()


def _create(tx: Transaction) -> None:
    tx.execute(text("CREATE TABLE word (position INTEGER PRIMARY KEY)"))
    tx.execute(
        text(
            "CREATE TABLE reply (word INTEGER NOT NULL REFERENCES word"
            " DEFERRABLE INITIALLY DEFERRED)"
        )
    )


def say(tx: Transaction, position: int) -> int:
    tx.execute(text("INSERT INTO word VALUES (:p)"), {"p": position})
    return position


def said(tx: Transaction) -> list[int]:
    return list(tx.execute(text("SELECT position FROM word ORDER BY rowid")).scalars())


@pytest.fixture
def together(database: Database) -> Together:
    """Has functions wait behind one that blocks, so that they are one group."""

    async def run(*functions: Callable[[Transaction], object]) -> list[Any]:
        gate = Gate()
        blocking = asyncio.ensure_future(database.run_long(gate.hold))
        await gate.reached()
        waiting = [asyncio.ensure_future(database.run(function)) for function in functions]
        await asyncio.sleep(0)  # each task runs to its call
        gate.open()
        await blocking
        return await asyncio.gather(*waiting, return_exceptions=True)

    return run


@pytest.fixture
def commits(database: Database) -> list[int]:
    """Grows by one with each commit of the writer."""
    seen: list[int] = []
    event.listen(database.engine, "commit", lambda _: seen.append(1))
    return seen


async def test_functions_that_wait_are_committed_at_once_in_their_order(
    database: Database, together: Together, commits: list[int]
) -> None:
    order: list[int] = []

    def note(position: int) -> Callable[[Transaction], int]:
        def write(tx: Transaction) -> int:
            order.append(position)
            tx.after_commit(lambda: order.append(-position))
            return say(tx, position)

        return write

    assert await together(*(note(n) for n in (3, 1, 2))) == [3, 1, 2]
    assert len(commits) == 2  # the one that blocked, and the group
    assert order == [3, 1, 2, -3, -1, -2]


async def test_a_function_sees_what_its_neighbours_before_it_wrote(together: Together) -> None:
    results = await together(lambda tx: say(tx, 1), said, lambda tx: say(tx, 2), said)
    assert results == [1, [1], 2, [1, 2]]


async def test_a_failing_function_undoes_itself_and_no_neighbour(
    database: Database, together: Together, commits: list[int]
) -> None:
    def write_and_fail(tx: Transaction) -> None:
        say(tx, 2)
        raise LookupError("in the middle")

    first, second, third, fourth = await together(
        lambda tx: say(tx, 1), write_and_fail, lambda tx: say(tx, 1), lambda tx: say(tx, 2)
    )
    assert (first, fourth) == (1, 2)
    assert isinstance(second, LookupError)
    assert isinstance(third, IntegrityError)
    assert await database.read(said) == [1, 2]
    assert len(commits) == 2


async def test_a_group_has_a_limit(
    database: Database,
    together: Together,
    commits: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kernel.database.sqlite_writer, "LOOP_SECONDS", 60)
    count = GROUP_LIMIT * 2 + 1
    functions = [lambda tx, n=n: say(tx, n) for n in range(count)]
    assert await together(*functions) == list(range(count))
    assert len(commits) == 4
    assert await database.read(said) == list(range(count))


async def test_when_the_commit_fails_the_whole_group_is_told_and_nothing_kept(
    database: Database, together: Together
) -> None:
    called: list[str] = []

    def write(tx: Transaction) -> None:
        tx.after_commit(lambda: called.append("write"))
        say(tx, 1)

    def reply_to_nothing(tx: Transaction) -> None:
        tx.execute(text("INSERT INTO reply VALUES (99)"))

    results = await together(write, reply_to_nothing)
    assert [type(result) for result in results] == [IntegrityError, IntegrityError]
    assert called == []
    assert await database.run(say, 2) == 2
    assert await database.read(said) == [2]


@pytest.mark.parametrize("swallow", [True, False])
async def test_when_sqlite_undoes_the_transaction_the_whole_group_is_told(
    database: Database, together: Together, *, swallow: bool
) -> None:
    def lose(tx: Transaction) -> None:
        driver = tx.connection.connection.driver_connection
        assert driver is not None
        driver.execute("ROLLBACK")  # as SQLite does by itself when the disk is full
        if not swallow:
            raise OSError("disk full")

    first, second, third = await together(lambda tx: say(tx, 1), lose, lambda tx: say(tx, 3))
    assert isinstance(first, TransactionLost)
    assert isinstance(second, TransactionLost if swallow else OSError)
    assert isinstance(third, TransactionLost)
    assert await database.run(say, 4) == 4
    assert await database.read(said) == [4]


async def test_a_file_that_another_process_holds_too_long_is_an_error_that_passes(
    empty_sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel.database.sqlite_writer, "BUSY_SECONDS", 0.02)
    database = Database(empty_sqlite_url)
    await database.run(_create)
    other = sqlite3.connect(tmp_path / "solvefirst.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"):
        await database.run(say, 1)
    assert await database.read(said) == []  # readers do not mind
    other.execute("ROLLBACK")
    other.close()
    assert await database.run(say, 2) == 2
    await database.close()


async def test_what_takes_the_loop_too_long_is_left_for_the_next_group(
    database: Database, together: Together, commits: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel.database.sqlite_writer, "LOOP_SECONDS", 0.01)
    passed: list[str] = []

    def slow(tx: Transaction, position: int) -> int:
        asyncio.get_running_loop().call_soon(passed.append, f"loop {position}")
        time.sleep(0.02)
        passed.append(f"slow {position}")
        return say(tx, position)

    assert await together(*(lambda tx, n=n: slow(tx, n) for n in (3, 1, 2))) == [3, 1, 2]
    assert len(commits) == 4
    assert passed == ["slow 3", "loop 3", "slow 1", "loop 1", "slow 2", "loop 2"]
    assert await database.read(said) == [1, 2, 3]


async def test_a_group_of_failures_keeps_nothing_and_the_next_one_goes_on(
    database: Database, together: Together
) -> None:
    def write_and_fail(tx: Transaction) -> None:
        say(tx, 1)
        raise LookupError

    results = await together(write_and_fail, write_and_fail)
    assert [type(result) for result in results] == [LookupError, LookupError]
    assert await database.run(say, 2) == 2
    assert await database.read(said) == [2]


async def test_what_takes_long_runs_beside_the_loop(database: Database) -> None:
    ran = await database.run_long(lambda _: threading.get_ident())
    assert ran != threading.get_ident()


async def test_closing_waits_for_what_a_loop_is_at(database: Database) -> None:
    gate = Gate()

    def block(tx: Transaction) -> int:
        gate.hold()
        return say(tx, 1)

    running = asyncio.create_task(asyncio.to_thread(asyncio.run, database.run(block)))
    await gate.reached()
    closing = asyncio.create_task(database.close())
    await asyncio.sleep(0.05)
    assert not closing.done()
    gate.open()
    assert await running == 1
    await closing


async def test_what_a_closed_loop_sent_is_kept(database: Database) -> None:
    loop = asyncio.new_event_loop()
    gate, kept = Gate(), threading.Event()
    blocking = asyncio.ensure_future(database.run_long(gate.hold))
    await gate.reached()

    def write(tx: Transaction) -> None:
        say(tx, 1)
        tx.after_commit(kept.set)

    def send() -> None:
        coroutine = database.run(write)
        loop.call_soon(coroutine.send, None)
        loop.call_soon(loop.stop)
        loop.run_forever()
        loop.close()
        coroutine.close()

    await asyncio.to_thread(send)
    gate.open()
    await blocking
    assert await asyncio.to_thread(kept.wait, 10)
    assert await database.read(said) == [1]


async def test_functions_run_in_the_loop_and_nothing_waits_for_the_disk_there(
    database: Database,
) -> None:
    ran, committed = [], []

    def write(tx: Transaction) -> None:
        ran.append(threading.get_ident())
        say(tx, 1)

    event.listen(database.engine, "commit", lambda _: committed.append(threading.get_ident()))
    await database.run(write)
    assert ran == [threading.get_ident()]
    assert threading.get_ident() not in committed


async def test_the_loop_goes_on_while_another_process_writes(
    database: Database, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "solvefirst.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writing = [asyncio.ensure_future(database.run(say, n)) for n in range(3)]
    longest = 0.0
    for _ in range(20):
        began = time.perf_counter()
        await asyncio.sleep(0.01)
        longest = max(longest, time.perf_counter() - began)
    assert not any(item.done() for item in writing)
    assert longest < kernel.database.sqlite_writer.BUSY_SECONDS / 5, (
        "nobody waited for the lock in the loop"
    )
    other.execute("COMMIT")
    other.close()
    assert await asyncio.gather(*writing) == [0, 1, 2]
    assert await database.read(said) == [0, 1, 2]


async def test_a_loop_that_ends_takes_no_other_loops_functions_with_it(database: Database) -> None:
    gate = Gate()
    blocking = asyncio.ensure_future(database.run_long(gate.hold))
    await gate.reached()

    async def send_and_leave() -> None:
        sent = asyncio.ensure_future(database.run(say, 1))
        await asyncio.sleep(0)
        sent.cancel()

    await asyncio.to_thread(asyncio.run, send_and_leave())
    mine = asyncio.ensure_future(database.run(say, 2))
    await asyncio.sleep(0)
    gate.open()
    await blocking
    assert await asyncio.wait_for(mine, PATIENCE) == 2
    assert await database.read(said) == [2]


_WRITER = """
import asyncio, sys
from sqlalchemy import text
from kernel.database.database import Database

def write(tx, n):
    tx.execute(text("INSERT INTO word VALUES (:n)"), {"n": n})

async def main(url):
    database = Database(url)
    async def one(k):
        for n in range(1_000_000):
            await database.run(write, k * 1_000_000 + n)
            print(k * 1_000_000 + n, flush=True)
    await asyncio.gather(*(one(k) for k in range(8)))

asyncio.run(main(sys.argv[1]))
"""


async def test_what_was_acknowledged_survives_a_kill(
    database: Database, empty_sqlite_url: str
) -> None:
    process = subprocess.Popen(  # noqa: ASYNC220 - takes a moment, in a test
        [sys.executable, "-c", _WRITER, empty_sqlite_url],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(kernel.database.sqlite_writer.__file__).parents[2],
    )
    assert process.stdout is not None
    acknowledged = [int(await asyncio.to_thread(process.stdout.readline)) for _ in range(200)]
    process.kill()
    rest, _ = process.communicate()
    complete = rest[: rest.rfind("\n") + 1]
    acknowledged += [int(line) for line in complete.split()]
    assert set(acknowledged) <= set(await database.read(said))


async def test_the_folder_of_a_new_file_is_made(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'var' / 'deep' / 'new.db'}")
    await database.run(_create)
    await database.close()
    assert (tmp_path / "var" / "deep" / "new.db").is_file()


@pytest.mark.parametrize(("synchronous", "number"), [("NORMAL", 1), ("FULL", 2)])
async def test_it_waits_for_the_disk_as_it_was_told(
    empty_sqlite_url: str, synchronous: Any, number: int
) -> None:
    def pragmas(tx: Transaction) -> list[Any]:
        names = ("journal_mode", "foreign_keys", "synchronous")
        return [tx.scalar(text(f"PRAGMA {name}")) for name in names]

    database = Database(empty_sqlite_url, synchronous=synchronous)
    assert await database.run(pragmas) == ["wal", 1, number]
    assert await database.read(pragmas) == ["wal", 1, number]
    await database.close()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:x?mode=memory&uri=true",
        "sqlite+aiosqlite://",
        "mysql://localhost/x",
        "nonsense",
        "",
    ],
)
def test_what_is_not_supported_is_refused_in_words(url: str) -> None:
    with pytest.raises(ValueError, match=r"not supported|looks like"):
        Database(url)


async def test_what_another_process_writes_is_seen_however_many_connections_were_opened_before(
    database: Database,
) -> None:
    path = database.engine.url.database
    assert path is not None
    for number in range(3):
        meet = threading.Barrier(number + 1)  # each reader gets a connection of its own
        await asyncio.gather(*(database.read(_meet, meet) for _ in range(number + 1)))
        other = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _WRITE, path, str(number)
        )
        assert await other.wait() == 0
        assert await asyncio.to_thread(Path(f"{path}-wal").exists)
        assert await database.read(said) == list(range(number + 1))


def _meet(_: Transaction, meet: threading.Barrier) -> None:
    meet.wait(10)


_WRITE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("INSERT INTO word VALUES (?)", [int(sys.argv[2])])
connection.commit()
connection.close()
"""
