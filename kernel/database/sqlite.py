"""Run functions on SQLite: one connection writes in groups, several threads read."""

import asyncio
import contextvars
import sqlite3
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, Literal, TypeAlias

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from kernel import json, private
from kernel.database.sqlite_group import WriterCall, driver_of
from kernel.database.sqlite_writer import BEGIN, BUSY_SECONDS, Writer
from kernel.database.transaction import DatabaseClosed, P, T, Transaction, keep_open

Synchronous: TypeAlias = Literal["NORMAL", "FULL"]


class SqliteDriver:
    """Run functions on one SQLite file.

    Args:
        url: a `sqlite:///…` URL of a file; its folder is created when missing. Both are private
            to this user.
        threads: how many readers may read at once.
        synchronous: what a commit waits for. In WAL mode, commits with `NORMAL` survive the
            death of the process, but the last ones may be lost at a power failure. With `FULL`
            they survive both, at the cost of one fsync a commit, which a group shares.
    """

    def __init__(self, url: URL, *, threads: int, synchronous: Synchronous) -> None:
        path = url.database
        if not path or path == ":memory:" or url.query.get("mode") == "memory":
            raise ValueError(
                "an in-memory SQLite database is not supported, as readers have connections of"
                " their own: name a file, as in sqlite:///var/solvefirst.db"
            )
        Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.engine = _engine(url, synchronous=synchronous, read_only=False)
        self._read_engine = _engine(url, synchronous=synchronous, read_only=True, size=threads)
        self._readers = ThreadPoolExecutor(threads, thread_name_prefix="sqlite-read")
        self._writer = Writer(self.engine)
        self._closed = False

    async def run(
        self, function: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kw: P.kwargs
    ) -> T:
        """Run `function` on the writer; return when its group is committed."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._writer.submit(WriterCall(future, function, args, kw))
        return await future

    async def run_long(
        self, function: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kw: P.kwargs
    ) -> T:
        """Run `function` as `run` does, but never in an event loop."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._writer.submit(WriterCall(future, function, args, kw, long=True))
        return await future

    async def read(
        self, function: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kw: P.kwargs
    ) -> T:
        """Run `function` on a read connection, in one snapshot."""
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
        """Finish the accepted functions, then close threads and files."""
        self._closed = True
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._writer.close()
        self._readers.shutdown()
        self._read_engine.dispose()
        self.engine.dispose()


def _engine(url: URL, *, synchronous: Synchronous, read_only: bool, size: int = 5) -> Engine:
    engine = create_engine(
        url,
        pool_size=size,
        json_serializer=json.dumps,
        json_deserializer=json.loads,
        # A failed statement is logged without its parameters: they may be a citizen's words.
        hide_parameters=True,
        connect_args={
            # The driver would open transactions late, which breaks savepoints and DDL.
            "isolation_level": None,
            "timeout": BUSY_SECONDS,
            "check_same_thread": False,  # used by one thread at a time, see `Writer`
            "cached_statements": 512,
        },
    )

    @event.listens_for(engine, "do_connect")
    def make_private(*_: object) -> None:
        # SQLite creates the files beside it with the rights of the database.
        for suffix in ("", "-wal", "-shm"):
            path = Path(f"{url.database}{suffix}")
            if not suffix or path.exists():
                private.touch(path)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={synchronous}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA temp_store=MEMORY")
        # Deleted data is overwritten, whatever the library's compile option.
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("PRAGMA cache_size=-8000")
        connection.execute("PRAGMA journal_size_limit=67108864")
        if read_only:
            connection.execute("PRAGMA query_only=ON")

    begin_statement = "BEGIN" if read_only else BEGIN

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        driver = driver_of(connection)
        if driver.in_transaction:  # the writer has begun it
            return
        try:
            driver.execute(begin_statement)
        except sqlite3.OperationalError as error:  # another process holds the write lock too long
            raise OperationalError(begin_statement, None, error) from error

    keep_open(engine)
    return engine
