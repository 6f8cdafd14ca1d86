"""Alembic revisions of the kernel's tables; `kernel.migrate` is their environment."""
