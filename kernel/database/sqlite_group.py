"""Group functions of SQLite's write connection: run each in a savepoint, commit them together."""

import asyncio
import contextvars
import math
import sqlite3
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from kernel.database.transaction import Transaction

_UNDONE = "the whole group of transactions was undone"


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


class CallGroup:
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


def driver_of(connection: Connection) -> sqlite3.Connection:
    """Return the driver's own connection."""
    return connection.connection.driver_connection  # type: ignore[return-value]


def _check_alive(connection: Connection, driver: sqlite3.Connection) -> None:
    """Raise when a function's error (such as a full disk) has undone the whole group."""
    if not (driver.in_transaction and connection.in_transaction()):
        raise TransactionLost(_UNDONE)


def _settle(calls: list[WriterCall]) -> None:
    for call in calls:
        call.settle()
