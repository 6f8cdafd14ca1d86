"""Alembic revisions of this room's tables; `kernel.database.migrate` is their environment."""

from pathlib import Path

MIGRATIONS = Path(__file__).parent
VERSION_TABLE = "alembic_version_api"
"""What `kernel.database.migrate.upgrade` needs to make this room's tables."""
