"""SQLite: one thread that writes whole functions in groups, a few that read."""

import asyncio
import contextvars
import queue
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, Literal, TypeAlias

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from kernel import json
from kernel.transaction import DatabaseClosed, P, T, Transaction, keep_open

Synchronous: TypeAlias = Literal["NORMAL", "FULL"]

GROUP_LIMIT = 64
"""Functions committed together at most: bounds how long the first of them waits for the last."""

BUSY_SECONDS = 15
"""How long a write waits for another process that is writing before it fails."""


class TransactionLost(RuntimeError):  # noqa: N818 - what happened to it
    """A neighbour of this function met an error that undid the whole group; nothing was kept."""


class SqliteDriver:
    """Runs functions on one SQLite file.

    Args:
        url: a `sqlite:///…` URL of a file; its folder is made when missing.
        threads: how many readers may read at once.
        synchronous: what a commit waits for. In WAL mode `NORMAL` survives the death of the
            process but may lose the last commits when the power fails; `FULL` survives both
            at the price of one fsync a commit, which the group shares.
    """

    def __init__(self, url: URL, *, threads: int, synchronous: Synchronous) -> None:
        path = url.database
        if not path or path == ":memory:" or url.query.get("mode") == "memory":
            raise ValueError(
                "an in-memory SQLite database is not supported, as readers have connections of"
                " their own: name a file, as in sqlite:///var/solvefirst.db"
            )
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.engine = _engine(url, synchronous=synchronous, read_only=False)
        self._read_engine = _engine(url, synchronous=synchronous, read_only=True, size=threads)
        self._readers = ThreadPoolExecutor(threads, thread_name_prefix="sqlite-read")
        self._writer = _Writer(self.engine)
        self._closed = False

    async def run(
        self, function: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kw: P.kwargs
    ) -> T:
        """Have the writer run `function`; comes back when its group is committed."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._writer.submit(_Call(future, function, args, kw))
        return await future

    async def read(
        self, function: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kw: P.kwargs
    ) -> T:
        """Run `function` on a reader's connection, in one snapshot."""
        if self._closed:
            raise DatabaseClosed("the database is closed")
        context = contextvars.copy_context()

        def work() -> T:
            return context.run(self._read, function, args, kw)

        return await asyncio.get_running_loop().run_in_executor(self._readers, work)

    def _read(self, function: Callable[..., T], args: tuple[Any, ...], kw: Mapping[str, Any]) -> T:
        with self._read_engine.connect() as connection, connection.begin():
            transaction = Transaction(connection, "sqlite")
            value = transaction.perform(function, *args, **kw)
        transaction.committed()
        return value

    async def close(self) -> None:
        """Finish what was accepted, then let go of threads and files."""
        self._closed = True
        await asyncio.sleep(0)  # hands what this loop still holds to the writer
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._writer.close()
        self._readers.shutdown()
        self._read_engine.dispose()
        self.engine.dispose()


class _Call:
    """One function that waits for the writer, and the future of whoever waits for it."""

    __slots__ = ("args", "context", "error", "function", "future", "kw", "transaction", "value")

    def __init__(
        self,
        future: asyncio.Future[Any],
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kw: dict[str, Any],
    ) -> None:
        self.future = future
        self.function = function
        self.args = args
        self.kw = kw
        # The caller's context, so that what it bound for its log lines is there in the function.
        self.context = contextvars.copy_context()
        self.transaction: Transaction | None = None
        self.value: Any = None
        self.error: BaseException | None = None

    def settle(self) -> None:
        """Hand over the outcome, in the loop that waits for it."""
        if self.future.done():  # cancelled while the function ran
            return
        if self.error is None:
            self.future.set_result(self.value)
        else:
            self.future.set_exception(self.error)


class _Writer:
    """The one thread that writes.

    It takes all functions that wait, up to `GROUP_LIMIT`, runs each in a savepoint of its own,
    commits them at once, and only then hands out the results. A function that fails undoes
    its savepoint and nothing else. When the commit itself fails, or SQLite gives up the whole
    transaction (disk full, say), every function of the group gets that error.

    What an event loop sends in one of its rounds comes to the writer as one batch: that wakes it
    once, and functions whose predecessors were committed together stay together.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._pending: dict[asyncio.AbstractEventLoop, list[_Call]] = {}
        self._queue: queue.SimpleQueue[list[_Call] | None] = queue.SimpleQueue()
        self._waiting: deque[_Call] = deque()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(self, call: _Call) -> None:
        loop = call.future.get_loop()
        batch = self._pending.get(loop)
        if batch is None:
            self._pending[loop] = [call]
            loop.call_soon(self._send, loop)
        else:
            batch.append(call)

    def _send(self, loop: asyncio.AbstractEventLoop) -> None:
        batch = self._pending.pop(loop)
        with self._lock:
            if not self._closed:
                if self._thread is None:
                    # A daemon: what is not committed at the exit was never acknowledged.
                    self._thread = threading.Thread(
                        target=self._work, name="sqlite-write", daemon=True
                    )
                    self._thread.start()
                self._queue.put(batch)
                return
        for call in batch:
            call.error = DatabaseClosed("the database is closed")
            call.settle()

    def close(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)  # behind all that was accepted
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        connection: Connection | None = None
        while self._take():
            group = [self._waiting.popleft() for _ in range(min(GROUP_LIMIT, len(self._waiting)))]
            # A caller that was cancelled while it waited is not served; one whose function
            # runs is not disturbed.
            group = [call for call in group if not call.future.cancelled()]
            if not group:
                continue
            try:
                if connection is None:
                    connection = self._engine.connect()
                _run_group(connection, group)
            except BaseException as error:  # noqa: BLE001 - belongs to those who wait
                for call in group:
                    call.error = call.error or error
                if connection is not None:
                    _discard(connection)
                connection = None
            else:
                for call in group:
                    if call.error is None and call.transaction is not None:
                        call.transaction.committed()
            _deliver(group)
        if connection is not None:
            connection.close()

    def _take(self) -> bool:
        """Wait until there is work; `False` when there will be none any more."""
        while True:
            try:
                batch = self._queue.get(block=not self._waiting)
            except queue.Empty:
                return True
            if batch is None:
                self._queue.put(None)  # for the time when all that waits is done
                return bool(self._waiting)
            self._waiting.extend(batch)
            if len(self._waiting) >= GROUP_LIMIT:
                return True


def _run_group(connection: Connection, group: list[_Call]) -> None:
    driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    root = connection.begin()
    # Savepoints by the driver itself: SQLAlchemy's cost a third of a small function's time.
    alone = len(group) == 1
    for call in group:
        call.transaction = Transaction(connection, "sqlite")
        if not alone:
            driver.execute("SAVEPOINT call")
        try:
            call.value = call.context.run(
                call.transaction.perform, call.function, *call.args, **call.kw
            )
        except BaseException as error:  # noqa: BLE001 - belongs to the one who waits
            call.error = error
            _check_alive(connection, driver)
            while (inner := connection.get_nested_transaction()) is not None:
                inner.rollback()
            if not alone:
                driver.execute("ROLLBACK TO call")
        else:
            _check_alive(connection, driver)
        if not alone:
            driver.execute("RELEASE call")
    if alone and group[0].error is not None:
        root.rollback()
    else:
        root.commit()


def _check_alive(connection: Connection, driver: sqlite3.Connection) -> None:
    """Raise when a function's error (a full disk, say) has undone its neighbours' work as well."""
    if not (driver.in_transaction and connection.in_transaction()):
        raise TransactionLost("the whole group of transactions was undone")


def _discard(connection: Connection) -> None:
    """Drop a connection whose transaction went wrong as a whole; SQLite undoes what it held."""
    connection.invalidate()
    connection.close()


def _deliver(group: list[_Call]) -> None:
    # One wake-up a loop and group: each costs a system call.
    loops: dict[asyncio.AbstractEventLoop, list[_Call]] = {}
    for call in group:
        loops.setdefault(call.future.get_loop(), []).append(call)
    for loop, calls in loops.items():
        try:
            loop.call_soon_threadsafe(_settle, calls)
        except RuntimeError:  # the loop is closed: nobody waits any more
            continue


def _settle(calls: list[_Call]) -> None:
    for call in calls:
        call.settle()


def _engine(url: URL, *, synchronous: Synchronous, read_only: bool, size: int = 5) -> Engine:
    engine = create_engine(
        url,
        pool_size=size,
        json_serializer=json.dumps,
        json_deserializer=json.loads,
        # A failed statement is logged; what a citizen said in it is not.
        hide_parameters=True,
        connect_args={
            # The driver's own habit of opening transactions late breaks savepoints and DDL.
            "isolation_level": None,
            "timeout": BUSY_SECONDS,
            "cached_statements": 512,
        },
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={synchronous}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute("PRAGMA cache_size=-8000")
        connection.execute("PRAGMA journal_size_limit=67108864")
        if read_only:
            connection.execute("PRAGMA query_only=ON")

    # A write that begins as a read fails at its first write when another process wrote between.
    begin_statement = "BEGIN" if read_only else "BEGIN IMMEDIATE"

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
        try:
            driver.execute(begin_statement)
        except sqlite3.OperationalError as error:  # another process writes, and does not end
            raise OperationalError(begin_statement, None, error) from error

    keep_open(engine)
    return engine
