"""Bringing a database to the newest schema: one chain of alembic revisions a room.

A chain is a folder with `versions/*.py` and no `env.py`: this module is its environment. Chains
share a database without knowing each other, as each keeps its place in a version table of its own.
"""

import zlib
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, MigrationStep, StampStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text


class NewerDatabase(RuntimeError):  # noqa: N818 - a state, not a mistake
    """The database is at a revision that this software does not know: newer software used it."""


def upgrade(engine: Engine, script_location: str | Path, version_table: str) -> None:
    """Run the revisions that the database lacks, all in one transaction.

    Two processes that start together do not collide: the second waits and finds nothing to do.

    Raises:
        NewerDatabase: the database is at a revision that the folder does not know.
    """
    chain = _chain(script_location)
    newest = chain.get_current_head()
    with engine.connect() as connection, connection.begin():
        present = _current(connection, version_table)
    if present == newest:
        return
    if present is not None and present not in (
        script.revision for script in chain.walk_revisions()
    ):
        raise NewerDatabase(f"{version_table} is {present}, the newest known is {newest}")
    with engine.connect() as connection, connection.begin():
        _lock(connection, version_table)

        def steps(
            revision: Any,  # noqa: ANN401 - alembic's own loose typing
            _context: MigrationContext,
        ) -> list[StampStep | MigrationStep]:
            missing = chain.iterate_revisions("head", revision, implicit_base=True)
            return [
                MigrationStep.upgrade_from_script(chain.revision_map, script)
                for script in reversed(list(missing))
            ]

        environment = EnvironmentContext(Config(), chain, fn=steps, destination_rev="head")
        with environment:
            environment.configure(
                connection=connection,
                version_table=version_table,
                # SQLite alters a table by copying it.
                render_as_batch=True,
                # SQLite can roll DDL back, which alembic does not expect of it.
                transactional_ddl=True,
            )
            environment.run_migrations()


def current(engine: Engine, version_table: str) -> str | None:
    """The revision that the database is at; `None` when it was never migrated."""
    with engine.connect() as connection, connection.begin():
        return _current(connection, version_table)


def head(script_location: str | Path) -> str | None:
    """The newest revision of a chain; `None` when the chain is empty."""
    return _chain(script_location).get_current_head()


def pending(engine: Engine, script_location: str | Path, version_table: str) -> list[str]:
    """The revisions that `upgrade` would run, oldest first."""
    chain = _chain(script_location)
    revisions = chain.iterate_revisions("head", current(engine, version_table) or "base")
    return [script.revision for script in reversed(list(revisions))]


def _chain(script_location: str | Path) -> ScriptDirectory:
    return ScriptDirectory(str(script_location))


def _current(connection: Connection, version_table: str) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table": version_table})
    return context.get_current_revision()


def _lock(connection: Connection, version_table: str) -> None:
    # SQLite's transaction already holds the file's one write lock.
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT pg_advisory_xact_lock(:key)"),
            {"key": zlib.crc32(version_table.encode())},
        )
