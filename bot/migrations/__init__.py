"""Alembic revisions of the citizen side's tables; `kernel.database.migrate` is their
environment."""

from pathlib import Path

MIGRATIONS = Path(__file__).parent
VERSION_TABLE = "alembic_version_bot"
"""Arguments of `kernel.database.migrate.upgrade` for these tables."""
