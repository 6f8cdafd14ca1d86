"""Migrated databases for tests: a template made once by each test process, then cheap copies of it.

On SQLite a test gets a copy of the template's file. On PostgreSQL it borrows one database that the
next test borrows too: what a test wrote is deleted after it, and a test that changed the schema
leaves a database that is dropped and made anew from the template.
"""

import shutil
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

from kernel.database.database import Database
from solvefirst.stores import Stores

_VERSIONS = ('"public"."alembic_version', '"public"."job_fleet_schema')
"""How the names of tables begin whose rows belong to the schema."""

_SCHEMA = """
SELECT (SELECT (count(*), max(xmin::text::bigint)) FROM pg_class)::text
    || (SELECT (count(*), max(xmin::text::bigint)) FROM pg_attribute)::text
    || (SELECT (count(*), max(xmin::text::bigint)) FROM pg_constraint)::text
    || (SELECT (count(*), max(xmin::text::bigint)) FROM pg_trigger)::text
    || (SELECT (count(*), max(xmin::text::bigint)) FROM pg_proc)::text
    || (SELECT count(*) FROM pg_db_role_setting)::text
"""
"""A text that is another one after any statement that changes the schema."""

_TABLES = """
SELECT schemaname, tablename FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""

_DISCONNECT = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""

_RESTART = """
SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
FROM pg_sequences WHERE last_value IS NOT NULL
"""


def migrate(url: str) -> None:
    """Bring a database to the newest schema of every room, as `solvefirst db upgrade` does."""
    database = Database(url)
    Stores(database, database).upgrade()
    database.engine.dispose()


def migrated_file(folder: Path) -> Path:
    """Make a migrated SQLite file, to be copied; closing it has emptied its write-ahead log."""
    file = folder / "migrated.db"
    migrate(f"sqlite:///{file}")
    assert not file.with_suffix(".db-wal").exists()
    return file


def copied(template: Path, to: Path) -> str:
    """Copy a migrated SQLite file; the URL of the copy."""
    shutil.copyfile(template, to)
    return f"sqlite:///{to}"


class Kept:
    """A migrated PostgreSQL database that one test after another borrows."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._admin = psycopg.connect(server, autocommit=True)
        self._create("migrated", template="template1")
        migrate(with_database(server, "migrated"))
        self._open: psycopg.Connection | None = None

    def lend(self) -> str:
        """Give the URL of a database that is migrated and has no row."""
        if self._open is None:
            self._create("kept", template="migrated")
            self._open = psycopg.connect(with_database(self._server, "kept"), autocommit=True)
            tables = [Identifier(*names) for names in self._open.execute(_TABLES)]
            versions = [name for name in tables if name.as_string().startswith(_VERSIONS)]
            assert versions, "a template without versions is not migrated"
            self._empty = [
                SQL("DELETE FROM {}").format(table) for table in tables if table not in versions
            ]
            self._read = [SQL("SELECT * FROM {}").format(version) for version in versions]
            self._schema = self._now(self._open)
        return with_database(self._server, "kept")

    def take_back(self) -> None:
        """Delete what a test wrote, or drop the database when its schema is another one now."""
        if self._open is None:
            return
        self._open.execute(_DISCONNECT)
        if self._now(self._open) != self._schema:
            self.drop()
            return
        with self._open.transaction(), self._open.pipeline():
            # No trigger runs and no foreign key asks for an order.
            self._open.execute("SET LOCAL session_replication_role = replica")
            for statement in self._empty:
                self._open.execute(statement)
        self._open.execute(_RESTART)

    def _now(self, connection: psycopg.Connection) -> list[object]:
        """What is another value after the schema was changed, or migrations were run."""
        return [connection.execute(item).fetchall() for item in (_SCHEMA, *self._read)]

    def drop(self) -> None:
        """Drop the database; the next test gets a new one."""
        if self._open is not None:
            self._open.close()
            self._open = None
            self._admin.execute('DROP DATABASE "kept" WITH (FORCE)')

    def close(self) -> None:
        """Let go of the server."""
        self.drop()
        self._admin.close()

    def _create(self, name: str, template: str) -> None:
        self._admin.execute(
            SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                Identifier(name), Identifier(template)
            )
        )


def hasten(server: str) -> None:
    """Tell a PostgreSQL server not to wait for its disk: no test cuts the power."""
    with psycopg.connect(server, autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
            connection.execute(SQL("ALTER SYSTEM SET {} = off").format(Identifier(setting)))
        connection.execute("SELECT pg_reload_conf()")


def with_database(url: str, name: str) -> str:
    """The URL of another database of a server."""
    before, _, query = url.partition("?")
    return f"{before.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
