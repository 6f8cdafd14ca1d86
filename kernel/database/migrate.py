"""Migrate a database to the newest schema; each top package has one chain of alembic revisions.

A chain is a folder with `versions/*.py` and no `env.py`, because this module is its environment.
Several chains share one database: each has its own version table.
"""

import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, inspect, text

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext, MigrationStep, StampStep
    from alembic.script import ScriptDirectory

_REVISION = re.compile(r'^revision(?:: str)? = "([^"]+)"$', re.MULTILINE)


class NewerDatabase(RuntimeError):  # noqa: N818 - a state, not a mistake
    """The database is at a revision of a newer version of this software."""


def upgrade(engine: Engine, script_location: str | Path, version_table: str) -> None:
    """Run the missing revisions, all in one transaction.

    When two processes start together, the second waits and then has nothing to do.

    Raises:
        NewerDatabase: the database is at a revision that the folder does not know.
    """
    present = current(engine, version_table)
    if present is not None and present == last(script_location):
        return  # the usual case; it saves the 0.1 s that alembic takes to load
    chain = _chain(script_location)
    newest = chain.get_current_head()
    if present == newest:
        return
    if present is not None and present not in (
        script.revision for script in chain.walk_revisions()
    ):
        raise NewerDatabase(f"{version_table} is {present}, the newest known is {newest}")
    from alembic.config import Config  # noqa: PLC0415
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415
    from alembic.runtime.migration import MigrationStep  # noqa: PLC0415

    with engine.connect() as connection, connection.begin():
        _lock(connection, version_table)

        def steps(
            revision: Any,  # noqa: ANN401 - alembic's own loose typing
            _context: "MigrationContext",
        ) -> "list[StampStep | MigrationStep]":
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
                # On SQLite a table is altered by copying it.
                render_as_batch=True,
                # alembic does not expect that SQLite can roll DDL back.
                transactional_ddl=True,
            )
            environment.run_migrations()


def current(engine: Engine, version_table: str) -> str | None:
    """Return the database's revision; `None` when it was never migrated."""
    with engine.connect() as connection, connection.begin():
        return _current(connection, version_table)


def last(script_location: str | Path) -> str | None:
    """Return the revision of a chain's last file by name: the newest, as files are numbered."""
    files = sorted(Path(script_location, "versions").glob("*.py"))
    found = _REVISION.search(files[-1].read_text(encoding="utf-8")) if files else None
    return found and found[1]


def head(script_location: str | Path) -> str | None:
    """Return the newest revision of a chain; `None` when the chain is empty."""
    return _chain(script_location).get_current_head()


def pending(engine: Engine, script_location: str | Path, version_table: str) -> list[str]:
    """Return the revisions that `upgrade` would run, oldest first."""
    chain = _chain(script_location)
    revisions = chain.iterate_revisions("head", current(engine, version_table) or "base")
    return [script.revision for script in reversed(list(revisions))]


def _chain(script_location: str | Path) -> "ScriptDirectory":
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see `upgrade`

    return ScriptDirectory(str(script_location))


def _current(connection: Connection, version_table: str) -> str | None:
    if not inspect(connection).has_table(version_table):
        return None
    # The name comes from our own code; a chain has one head.
    found: str | None = connection.scalar(text(f"SELECT version_num FROM {version_table}"))  # noqa: S608
    return found


def _lock(connection: Connection, version_table: str) -> None:
    # SQLite's transaction already holds the write lock of the file.
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT pg_advisory_xact_lock(:key)"),
            {"key": zlib.crc32(version_table.encode())},
        )
