"""Run functions on PostgreSQL in a pool of threads, over psycopg 3."""

import asyncio
import contextvars
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Concatenate

from sqlalchemy import create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from kernel import json
from kernel.database.transaction import DatabaseClosed, P, T, Transaction, keep_open

ATTEMPTS = 3
"""How often a function is run when PostgreSQL aborts it in a conflict."""

PAUSE_SECONDS = 0.05
"""Seconds before the second run of an aborted function; twice as long before the third."""

_CONFLICTS = frozenset({"40001", "40P01"})
"""serialization_failure and deadlock_detected: rolled back, can be run again."""


class PostgresDriver:
    """Run functions on a PostgreSQL database: writers at READ COMMITTED, readers in a snapshot.

    Args:
        url: a `postgresql+psycopg://…` URL.
        threads: how many functions, reading or writing, run at once. As many connections are
            open, and up to two more for tools that use `engine`.
    """

    def __init__(self, url: URL, *, threads: int) -> None:
        self.engine = create_engine(
            url,
            pool_size=threads,
            max_overflow=2,
            json_serializer=json.dumps,
            json_deserializer=json.loads,
            # A failed statement is logged without its parameters: they may be a citizen's words.
            hide_parameters=True,
            connect_args={"connect_timeout": 10, "application_name": "solvefirst"},
        )
        keep_open(self.engine)
        self._read_engine = self.engine.execution_options(
            postgresql_readonly=True, isolation_level="REPEATABLE READ"
        )
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="postgres")
        self._closed = False

    async def run(
        self, function: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kw: P.kwargs
    ) -> T:
        """Run `function` in one transaction; run it again when a deadlock aborts it."""
        return await self._in_thread(self._write, function, *args, **kw)

    run_long = run

    async def read(
        self, function: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kw: P.kwargs
    ) -> T:
        """Run `function` in one read-only transaction."""
        return await self._in_thread(self._read, function, *args, **kw)

    async def _in_thread(self, work: Callable[..., T], *args: Any, **kw: Any) -> T:  # noqa: ANN401 - passed on as they come
        if self._closed:
            raise DatabaseClosed("the database is closed")
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: context.run(work, *args, **kw)
        )

    def _write(
        self, function: Callable[Concatenate[Transaction, P], T], *args: P.args, **kw: P.kwargs
    ) -> T:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self.engine.begin() as connection:
                    transaction = Transaction(connection, "postgresql")
                    value = transaction.perform(function, *args, **kw)
            except OperationalError as error:
                if attempt == ATTEMPTS or getattr(error.orig, "sqlstate", None) not in _CONFLICTS:
                    raise
                # Without the wait it may take its locks again before the winner, and lose again.
                time.sleep(PAUSE_SECONDS * attempt)
            else:
                transaction.committed()
                return value
        raise AssertionError  # the last attempt returns or raises

    def _read(
        self, function: Callable[Concatenate[Transaction, P], T], *args: P.args, **kw: P.kwargs
    ) -> T:
        with self._read_engine.begin() as connection:
            transaction = Transaction(connection, "postgresql")
            value = transaction.perform(function, *args, **kw)
        transaction.committed()
        return value

    async def close(self) -> None:
        """Wait for running functions, then close threads and connections."""
        self._closed = True
        await asyncio.to_thread(self._threads.shutdown)
        self.engine.dispose()
