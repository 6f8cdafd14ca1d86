"""Run functions in groups on SQLite's single write connection, and commit each group."""

import asyncio
import contextvars
import math
import queue
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from kernel.database.transaction import DatabaseClosed, Transaction

GROUP_LIMIT = 64
"""Most functions in a group; it bounds how long the first of them waits for the last."""

LOOP_SECONDS = 0.02
"""Longest time of a group in the event loop; the rest is left to the next group."""

BUSY_SECONDS = 15
"""Longest wait in seconds for another process that is writing; then the write fails."""

LOG_SECONDS = 0.2
"""Longest wait of a log truncation for readers of an old snapshot; it is tried again later."""

_UNDONE = "the whole group of transactions was undone"
_NO_PATIENCE = "PRAGMA busy_timeout=0"
# IMMEDIATE: a transaction that begins as a read fails at its first write when another wrote.
BEGIN = "BEGIN IMMEDIATE"


class TransactionLost(SQLAlchemyError):  # noqa: N818 - what happened to it
    """Another function of the group met an error that undid the whole group; nothing is stored.

    It is a failure of the database and not of the function. Callers treat it like other database
    errors.
    """


class WriterCall:
    """A function that waits for the writer, and the future of its caller."""

    __slots__ = (
        *("args", "context", "error", "function", "future", "kw", "long", "transaction", "value"),
    )

    def __init__(
        self,
        future: asyncio.Future[Any],
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kw: dict[str, Any],
        *,
        long: bool = False,
    ) -> None:
        self.long = long
        self.future = future
        self.function = function
        self.args = args
        self.kw = kw
        # The caller's context, so that the function's log lines have the caller's fields.
        self.context = contextvars.copy_context()
        self.transaction: Transaction | None = None
        self.value: Any = None
        self.error: BaseException | None = None

    def settle(self) -> None:
        """Set the future's result; called in the caller's loop."""
        if self.future.done():  # cancelled while the function ran
            return
        if self.error is None:
            self.future.set_result(self.value)
        else:
            self.future.set_exception(self.error)


class _Group:
    """Functions that are committed together. `ran` is true when they were run, even if they failed.

    `lost` is the error that undid them all.
    """

    __slots__ = ("calls", "lost", "ran")

    def __init__(self, calls: list[WriterCall]) -> None:
        self.calls = calls
        self.ran = False
        self.lost: BaseException | None = None

    def run(self, connection: Connection, seconds: float = math.inf) -> list[WriterCall]:
        """Run each function in its own savepoint, to which a failing function is rolled back.

        Functions for which no time is left of `seconds` are removed from the group and returned.
        """
        self.ran = True
        end = time.monotonic() + seconds
        driver = driver_of(connection)
        # Savepoints by the driver: SQLAlchemy's would cost a third of a small function's time.
        alone = len(self.calls) == 1
        for at, call in enumerate(self.calls):
            if at and time.monotonic() > end:
                rest = self.calls[at:]
                del self.calls[at:]
                return rest
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
        return []

    def commit(self, connection: Connection) -> None:
        """Commit the group; roll back what a group of one failing function left."""
        root = connection.get_transaction()
        if root is None:
            raise TransactionLost(_UNDONE)
        if all(call.error is not None for call in self.calls):
            root.rollback()
        else:
            root.commit()

    def settle(self) -> None:
        """Set the results: one wake-up per event loop, as each costs a system call."""
        loops: dict[asyncio.AbstractEventLoop, list[WriterCall]] = {}
        for call in self.calls:
            loops.setdefault(call.future.get_loop(), []).append(call)
        for loop, calls in loops.items():
            try:
                loop.call_soon_threadsafe(_settle, calls)
            except RuntimeError:  # the loop is closed: nobody waits for the result
                continue


class Writer:
    """Runs functions on the single write connection, in an event loop or in a thread.

    Waiting functions, up to `GROUP_LIMIT`, form one group. They are run and committed together, and
    their results are set after the commit. When the commit fails, or SQLite aborts the whole
    transaction (for example, on a full disk), every function of the group gets that error.

    The functions run in the event loop of one of the callers, and the thread waits for the disk.
    Python runs one thread at a time anyway. Two threads that alternate at every statement would
    cost a fifth more, because their data moves between the processors' caches. The thread does all
    the work when the loop would have to wait: the file is not open yet, another process writes,
    or a function takes long.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._waiting: deque[WriterCall] = deque()
        self._called: set[asyncio.AbstractEventLoop] = set()
        self._queue: queue.SimpleQueue[_Group | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._busy = False
        self._closed = False
        self._log_to_empty = False

    def submit(self, call: WriterCall) -> None:
        """Add a function; called in its caller's loop.

        Raises:
            DatabaseClosed: the database is closed.
        """
        loop = call.future.get_loop()
        with self._lock:
            if self._closed:
                raise DatabaseClosed("the database is closed")
            self._waiting.append(call)
            if self._busy or loop in self._called:
                return
            self._called.add(loop)
        # Not at once, so that the functions of one loop iteration form one group.
        loop.call_soon(self._round, loop)

    def close(self) -> None:
        """Finish the accepted functions, then close the connection."""
        with self._lock:
            if not self._closed:
                self._closed = True
                if self._waiting:
                    self._begin_work()
                self._queue.put(None)
        if self._thread is not None:
            self._thread.join()

    def _round(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run waiting functions in this loop's thread, as far as that does not block."""
        with self._lock:
            self._called.discard(loop)
            group = None if self._busy or self._closed else self._next()
            if group is None:
                return
            self._busy = True
            self._begin_work()
        rest: list[WriterCall] = []
        try:
            short = not any(call.long for call in group.calls)
            if short and self._connection is not None and _seize(self._connection):
                rest = group.run(self._connection, LOOP_SECONDS)
        except BaseException as error:  # noqa: BLE001 - belongs to those who wait
            group.lost = error
        finally:
            with self._lock:
                self._waiting.extendleft(reversed(rest))
            self._queue.put(group)

    def _next(self) -> _Group | None:
        """Return the next group, without the functions of cancelled callers."""
        while self._waiting:
            count = min(GROUP_LIMIT, len(self._waiting))
            calls = [self._waiting.popleft() for _ in range(count)]
            if calls := [call for call in calls if not call.future.cancelled()]:
                return _Group(calls)
        return None

    def _begin_work(self) -> None:
        if self._thread is None:
            # A daemon thread: work that is not committed at exit was never acknowledged.
            self._thread = threading.Thread(target=self._work, name="sqlite-write", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while (group := self._queue.get()) is not None:
            self._finish(group)
            while (group := self._hand_on()) is not None:
                self._finish(group)
        if self._busy and (group := self._queue.get()) is not None:  # a loop has run this group
            self._finish(group)
        while (group := self._next()) is not None:
            self._finish(group)
        if self._connection is not None:
            self._connection.close()

    def _finish(self, group: _Group) -> None:
        """Commit a group, which is run here if no loop has run it, and set its results."""
        if group.lost is None:
            try:
                self._connection = self._connection or _opened(self._engine)
                if not group.ran:
                    _seize(self._connection, patience=BUSY_SECONDS)
                    group.run(self._connection)
                group.commit(self._connection)
            except BaseException as error:  # noqa: BLE001 - belongs to those who wait
                group.lost = error
        if group.lost is None:
            for call in group.calls:
                if call.error is None and call.transaction is not None:
                    call.transaction.committed()
                    self._log_to_empty |= call.transaction.empties_log
            if self._log_to_empty and self._connection is not None:
                self._log_to_empty = not _empty_log(self._connection)
        else:
            for call in group.calls:
                call.error = call.error or group.lost
            if self._connection is not None:
                _discard(self._connection)
            self._connection = None
        group.settle()

    def _hand_on(self) -> _Group | None:
        """Wake the loops whose functions wait; any of them can run all functions.

        Returns a group to run in the thread when all these loops are closed.
        """
        with self._lock:
            self._busy = False
            loops = {call.future.get_loop() for call in self._waiting}
            open_ = {loop for loop in loops if not loop.is_closed()}
            calling = open_ - self._called
            self._called = self._called & open_ | calling
        reached = bool(open_ - calling)
        for loop in calling:
            with suppress(RuntimeError):  # closed a moment ago
                loop.call_soon_threadsafe(self._round, loop)
                reached = True
        if reached or not loops:
            return None
        with self._lock:
            group = None if self._busy else self._next()
            self._busy = self._busy or group is not None
        return group


def _opened(engine: Engine) -> Connection:
    connection = engine.connect()
    driver_of(connection).execute(_NO_PATIENCE)
    return connection


def _empty_log(connection: Connection) -> bool:
    """Checkpoint and truncate the write-ahead log; return False when a reader needs it."""
    driver = driver_of(connection)
    try:
        driver.execute(f"PRAGMA busy_timeout={round(LOG_SECONDS * 1000)}")
        busy: int = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        driver.execute(_NO_PATIENCE)
    except sqlite3.OperationalError:  # a full disk, for example: what was committed stays committed
        return False
    return not busy


def driver_of(connection: Connection) -> sqlite3.Connection:
    """Return the driver's own connection."""
    return connection.connection.driver_connection  # type: ignore[return-value]


def _seize(connection: Connection, *, patience: float = 0) -> bool:
    """Begin a write transaction; False when another process writes and `patience` is zero.

    Raises:
        sqlalchemy.exc.OperationalError: the other still writes after `patience` seconds.
    """
    driver = driver_of(connection)
    try:
        if patience:
            driver.execute(f"PRAGMA busy_timeout={round(patience * 1000)}")
        driver.execute(BEGIN)
    except sqlite3.OperationalError as error:
        if not patience and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            return False
        raise OperationalError(BEGIN, None, error) from error
    finally:
        if patience:
            driver.execute(_NO_PATIENCE)
    connection.begin()
    return True


def _check_alive(connection: Connection, driver: sqlite3.Connection) -> None:
    """Raise when a function's error (such as a full disk) has undone the whole group."""
    if not (driver.in_transaction and connection.in_transaction()):
        raise TransactionLost(_UNDONE)


def _discard(connection: Connection) -> None:
    """Discard a connection whose whole transaction failed; SQLite rolls its work back."""
    connection.invalidate()
    connection.close()


def _settle(calls: list[WriterCall]) -> None:
    for call in calls:
        call.settle()
