"""Alembic revisions of this room's tables; `kernel.migrate` is their environment."""
