"""Alembic revisions of the case service's tables, in the environment `kernel.database.migrate`."""

from pathlib import Path

MIGRATIONS = Path(__file__).parent
VERSION_TABLE = "alembic_version_api"
"""The table in which `kernel.database.migrate.upgrade` stores the revision of these tables."""
