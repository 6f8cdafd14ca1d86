"""Run plain functions on SQLite or PostgreSQL, each in one transaction.

Services and stores are synchronous functions whose first parameter is a `Transaction`::

    def rename(tx: Transaction, number: str, name: str) -> None: ...

    await database.run(rename, "20260302-0001", "…")

Such a function uses only the transaction and its arguments: no network, no waiting, no state
elsewhere. It is short, because on SQLite a writing function runs in an event loop; a longer one is
run with `run_long`. It can be rolled back and, on PostgreSQL, run again. It returns plain data, not
an open result.
"""

from collections.abc import Callable
from typing import Concatenate, cast

from sqlalchemy import Engine
from sqlalchemy.engine import URL, make_url

from kernel.database.postgres import PostgresDriver
from kernel.database.sqlite import SqliteDriver, Synchronous
from kernel.database.transaction import (
    DatabaseClosed,
    Dialect,
    NestedTransaction,
    P,
    T,
    Transaction,
    refuse_nested,
)

__all__ = ["Database", "DatabaseClosed", "NestedTransaction", "Transaction", "normalise"]


class Database:
    """One database with its driver.

    It is opened at the first use. Functions may be run from any event loop.

    Args:
        url: `sqlite:///path` (relative) or `sqlite:////path` (absolute), or `postgresql://…`.
        threads: how many readers (SQLite) or functions (PostgreSQL) run at once.
        synchronous: SQLite only: with `FULL` each commit survives a power failure; with
            `NORMAL` it survives only the death of the process, and no fsync is needed.

    Raises:
        ValueError: the URL names another database, or SQLite in memory.
    """

    def __init__(self, url: str, *, threads: int = 4, synchronous: Synchronous = "FULL") -> None:
        parsed = normalise(url)
        self._driver: SqliteDriver | PostgresDriver
        if parsed.get_backend_name() == "sqlite":
            self._driver = SqliteDriver(parsed, threads=threads, synchronous=synchronous)
        else:
            self._driver = PostgresDriver(parsed, threads=threads)
        self.dialect: Dialect = cast("Dialect", parsed.get_backend_name())

    @property
    def engine(self) -> Engine:
        """The SQLAlchemy engine, for migrations and synchronous tools."""
        return self._driver.engine

    async def run(
        self, function: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kw: P.kwargs
    ) -> T:
        """Run `function` in one write transaction; return its result after the commit.

        On SQLite functions run one after another, in an event loop of one of the callers, and are
        committed in groups. On PostgreSQL they run in parallel at READ COMMITTED; a function that
        loses a deadlock or a serialisation conflict is run again, three times in all. If a caller
        is cancelled while its function waits, the function is not run. A function that already
        runs is committed.

        Raises:
            NestedTransaction: the caller is itself inside a transaction.
            DatabaseClosed: the database is closed.
            Exception: the function's own error, after its work is rolled back; or the error of
                the commit, after which nothing is stored.
        """
        refuse_nested()
        return await self._driver.run(function, *args, **kw)

    async def run_long(
        self, function: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kw: P.kwargs
    ) -> T:
        """Run a function that takes more than a few milliseconds without blocking an event loop.

        Otherwise as `run`. On SQLite other writers still wait for it.
        """
        refuse_nested()
        return await self._driver.run_long(function, *args, **kw)

    async def read(
        self, function: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kw: P.kwargs
    ) -> T:
        """Run `function` in one read-only transaction, in parallel with writers.

        It reads one snapshot, which contains every write whose `run` has returned.

        Raises:
            NestedTransaction: the caller is itself inside a transaction.
            sqlalchemy.exc.DBAPIError: the function tried to write.
        """
        refuse_nested()
        return await self._driver.read(function, *args, **kw)

    async def close(self) -> None:
        """Finish the accepted functions, then close threads, files and connections."""
        await self._driver.close()


def normalise(url: str) -> URL:
    """Parse a database URL and set the driver that is used for it.

    Raises:
        ValueError: it is not a URL, or its database is not supported.
    """
    try:
        parsed = make_url(url)
    except Exception as error:
        raise ValueError("a database URL looks like sqlite:///var/solvefirst.db") from error
    match parsed.get_backend_name():
        case "sqlite":
            return parsed.set(drivername="sqlite+pysqlite")
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+psycopg")
        case other:
            raise ValueError(f"a {other} database is not supported: use SQLite or PostgreSQL")
