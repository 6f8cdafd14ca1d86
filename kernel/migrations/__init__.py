"""Alembic revisions of the kernel's tables; `kernel.database.migrate` is their environment."""
