"""Column types and indexes that behave alike on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Dialect, Index, TextClause, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """Column of time-zone-aware datetimes, always in UTC when read.

    PostgreSQL stores `timestamptz`; SQLite stores text of fixed width, which sorts as time does.
    Precision is the microsecond. A naive datetime is rejected with `ValueError` (which SQLAlchemy
    wraps in `StatementError`), as its time zone is unknown.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert an aware datetime to the driver's value."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert the driver's value to an aware datetime in UTC."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return value.replace(tzinfo=UTC)
        return value.astimezone(UTC)


Json = JSON().with_variant(JSONB(), "postgresql")
"""JSON column: text on SQLite, `jsonb` on PostgreSQL, which rejects U+0000 and lone surrogates."""


def partial_index(
    name: str, *columns: str | Column[Any], where: str | TextClause, unique: bool = False
) -> Index:
    """Make an index of the rows for which the SQL condition `where` holds."""
    condition = text(where) if isinstance(where, str) else where
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
