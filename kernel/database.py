"""The database: plain functions, each run in one transaction, on SQLite or on PostgreSQL.

Services and stores are synchronous functions whose first parameter is a `Transaction`::

    def rename(tx: Transaction, number: str, name: str) -> None: ...

    await database.run(rename, "20260302-0001", "…")

Such a function touches the transaction and its arguments only: no network, no waiting, no state
elsewhere. It is short, as on SQLite one that writes runs in an event loop: else it is given to
`run_long`. It may be run and rolled back, and on PostgreSQL run again. It returns plain data, not
a result that is still being read.
"""

from collections.abc import Callable
from typing import Concatenate, cast

from sqlalchemy import Engine
from sqlalchemy.engine import URL, make_url

from kernel.postgres import PostgresDriver
from kernel.sqlite import SqliteDriver, Synchronous
from kernel.transaction import (
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
    """One database, and who works on it.

    Nothing is opened before the first use. Functions may be sent from any event loop.

    Args:
        url: `sqlite:///path` (relative) or `sqlite:////path` (absolute), or `postgresql://…`.
        threads: how many readers (SQLite) or functions (PostgreSQL) run at once.
        synchronous: SQLite only: `FULL` keeps each commit through a power failure, `NORMAL`
            only through the death of the process, and saves the fsync.

    Raises:
        ValueError: the URL names neither database, or SQLite in memory.
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
        """The engine underneath, for migrations and tools that are not asynchronous."""
        return self._driver.engine

    async def run(
        self, function: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kw: P.kwargs
    ) -> T:
        """Run `function` in one write transaction and return what it returns, once durable.

        On SQLite functions run one after another, in a loop that waits for one of them, and are
        committed in groups; on PostgreSQL they run beside each other at READ COMMITTED, and one
        that loses a deadlock or a serialisation conflict is run again, three times in all. A caller
        that is cancelled while its function waits is not served; a function that runs already goes
        on to its commit.

        Raises:
            NestedTransaction: called out of a function that is itself in a transaction.
            DatabaseClosed: the database is closed.
            Exception: whatever the function raises, after its work is undone; or the error of
                the commit, of which nothing was kept then.
        """
        refuse_nested()
        return await self._driver.run(function, *args, **kw)

    async def run_long(
        self, function: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kw: P.kwargs
    ) -> T:
        """As `run`, for what takes more than some milliseconds: no loop waits for it.

        Others who write on SQLite do.
        """
        refuse_nested()
        return await self._driver.run_long(function, *args, **kw)

    async def read(
        self, function: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kw: P.kwargs
    ) -> T:
        """Run `function` in one transaction that cannot write, beside all writers.

        It sees every write whose `run` has returned, and one moment throughout.

        Raises:
            NestedTransaction: called out of a function that is itself in a transaction.
            sqlalchemy.exc.DBAPIError: the function tried to write.
        """
        refuse_nested()
        return await self._driver.read(function, *args, **kw)

    async def close(self) -> None:
        """Finish what was accepted, then let go of threads, files and connections."""
        await self._driver.close()


def normalise(url: str) -> URL:
    """Read a database URL and name the driver that is used for it.

    Raises:
        ValueError: it is no URL, or one of a database that is not supported.
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
