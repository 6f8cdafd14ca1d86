"""Run functions in groups on SQLite's single write connection, and commit each group."""

import asyncio
import queue
import sqlite3
import threading
from collections import deque
from contextlib import suppress

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from kernel.database.sqlite_group import CallGroup, WriterCall, driver_of
from kernel.database.transaction import DatabaseClosed

GROUP_LIMIT = 64
"""Most functions in a group; it bounds how long the first of them waits for the last."""

LOOP_SECONDS = 0.02
"""Longest time of a group in the event loop; the rest is left to the next group."""

BUSY_SECONDS = 15
"""Longest wait in seconds for another process that is writing; then the write fails."""

LOG_SECONDS = 0.2
"""Longest wait of a log truncation for readers of an old snapshot; it is tried again later."""

_NO_PATIENCE = "PRAGMA busy_timeout=0"
# IMMEDIATE: a transaction that begins as a read fails at its first write when another wrote.
BEGIN = "BEGIN IMMEDIATE"


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
        self._queue: queue.SimpleQueue[CallGroup | None] = queue.SimpleQueue()
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

    def _next(self) -> CallGroup | None:
        """Return the next group, without the functions of cancelled callers."""
        while self._waiting:
            count = min(GROUP_LIMIT, len(self._waiting))
            calls = [self._waiting.popleft() for _ in range(count)]
            if calls := [call for call in calls if not call.future.cancelled()]:
                return CallGroup(calls)
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

    def _finish(self, group: CallGroup) -> None:
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

    def _hand_on(self) -> CallGroup | None:
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


def _discard(connection: Connection) -> None:
    """Discard a connection whose whole transaction failed; SQLite rolls its work back."""
    connection.invalidate()
    connection.close()
