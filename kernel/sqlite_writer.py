"""SQLite's one connection that writes: functions in groups, and who runs and commits them."""

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

from kernel.transaction import DatabaseClosed, Transaction

GROUP_LIMIT = 64
"""Functions committed together at most: bounds how long the first of them waits for the last."""

LOOP_SECONDS = 0.02
"""After so long in the loop the rest of a group is left for the next one."""

BUSY_SECONDS = 15
"""How long a write waits for another process that is writing before it fails."""

LOG_SECONDS = 0.2
"""How long truncating the log waits for readers of an old snapshot; it is tried again later."""

_UNDONE = "the whole group of transactions was undone"
_NO_PATIENCE = "PRAGMA busy_timeout=0"
# A write that begins as a read fails at its first write when another process wrote between.
BEGIN = "BEGIN IMMEDIATE"


class TransactionLost(SQLAlchemyError):  # noqa: N818 - what happened to it
    """A neighbour of this function met an error that undid the whole group; nothing was kept.

    It is the store's failure and not the function's: callers treat it as any other of the store.
    """


class WriterCall:
    """One function that waits for the writer, and the future of whoever waits for it."""

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


class _Group:
    """Functions that are committed at once. `ran` says that they were run, well or not.

    `lost` is the error that undid them all.
    """

    __slots__ = ("calls", "lost", "ran")

    def __init__(self, calls: list[WriterCall]) -> None:
        self.calls = calls
        self.ran = False
        self.lost: BaseException | None = None

    def run(self, connection: Connection, seconds: float = math.inf) -> list[WriterCall]:
        """Run each in a savepoint of its own; one that fails undoes that and nothing else.

        Those that none of the `seconds` is left for are no part of the group, and given back.
        """
        self.ran = True
        end = time.monotonic() + seconds
        driver = driver_of(connection)
        # Savepoints by the driver itself: SQLAlchemy's cost a third of a small function's time.
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
        """Commit what they did; undo what a single one that failed left."""
        root = connection.get_transaction()
        if root is None:
            raise TransactionLost(_UNDONE)
        if all(call.error is not None for call in self.calls):
            root.rollback()
        else:
            root.commit()

    def settle(self) -> None:
        """Hand out the outcomes: one wake-up a loop, as each costs a system call."""
        loops: dict[asyncio.AbstractEventLoop, list[WriterCall]] = {}
        for call in self.calls:
            loops.setdefault(call.future.get_loop(), []).append(call)
        for loop, calls in loops.items():
            try:
                loop.call_soon_threadsafe(_settle, calls)
            except RuntimeError:  # the loop is closed: nobody waits any more
                continue


class Writer:
    """The one connection that writes, and who works on it: a loop, or the thread beside it.

    Whatever waits, up to `GROUP_LIMIT`, is one group: run, committed at once, and only then are the
    results handed out. When the commit itself fails, or SQLite gives up the whole transaction (disk
    full, say), every function of the group gets that error.

    The functions run in a loop that waits for one of them, and the thread waits for the disk:
    Python runs one thread at a time anyhow, and two that take turns at every statement cost a fifth
    more, as each finds what it needs in the other processor's cache. Where the loop itself would
    have to wait (the file is not open yet, another process writes, a function takes long) the
    thread does it all.
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
        """Take a function in, in the loop that waits for it.

        Raises:
            DatabaseClosed: it comes too late.
        """
        loop = call.future.get_loop()
        with self._lock:
            if self._closed:
                raise DatabaseClosed("the database is closed")
            self._waiting.append(call)
            if self._busy or loop in self._called:
                return
            self._called.add(loop)
        # Not at once: what the loop sends in this round stays together.
        loop.call_soon(self._round, loop)

    def close(self) -> None:
        """Finish what was accepted, then let go of the connection."""
        with self._lock:
            if not self._closed:
                self._closed = True
                if self._waiting:
                    self._begin_work()
                self._queue.put(None)
        if self._thread is not None:
            self._thread.join()

    def _round(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run what waits, in this loop's thread, as far as nothing has to be waited for."""
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
        """The next group. A caller that was cancelled while it waited is not served."""
        while self._waiting:
            count = min(GROUP_LIMIT, len(self._waiting))
            calls = [self._waiting.popleft() for _ in range(count)]
            if calls := [call for call in calls if not call.future.cancelled()]:
                return _Group(calls)
        return None

    def _begin_work(self) -> None:
        if self._thread is None:
            # A daemon: what is not committed at the exit was never acknowledged.
            self._thread = threading.Thread(target=self._work, name="sqlite-write", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while (group := self._queue.get()) is not None:
            self._finish(group)
            while (group := self._hand_on()) is not None:
                self._finish(group)
        if self._busy and (group := self._queue.get()) is not None:  # a loop was at it
            self._finish(group)
        while (group := self._next()) is not None:
            self._finish(group)
        if self._connection is not None:
            self._connection.close()

    def _finish(self, group: _Group) -> None:
        """Commit a group, after running it if no loop has, and hand out the results."""
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
        """Call the loops whose functions wait: any of them can run all.

        Where those are closed there is a group to be run here.
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
    """Move the write-ahead log into the database and truncate it; False when a reader needs it."""
    driver = driver_of(connection)
    try:
        driver.execute(f"PRAGMA busy_timeout={round(LOG_SECONDS * 1000)}")
        busy: int = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        driver.execute(_NO_PATIENCE)
    except sqlite3.OperationalError:  # a full disk, say: what was committed stays committed
        return False
    return not busy


def driver_of(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection."""
    return connection.connection.driver_connection  # type: ignore[return-value]


def _seize(connection: Connection, *, patience: float = 0) -> bool:
    """Begin to write; False when another process writes and there is no patience.

    Raises:
        sqlalchemy.exc.OperationalError: it still writes after `patience` seconds.
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
    """Raise when a function's error (a full disk, say) has undone its neighbours' work as well."""
    if not (driver.in_transaction and connection.in_transaction()):
        raise TransactionLost(_UNDONE)


def _discard(connection: Connection) -> None:
    """Drop a connection whose transaction went wrong as a whole; SQLite undoes what it held."""
    connection.invalidate()
    connection.close()


def _settle(calls: list[WriterCall]) -> None:
    for call in calls:
        call.settle()
