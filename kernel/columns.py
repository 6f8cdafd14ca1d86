"""Column types and indexes that mean the same on SQLite and on PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Dialect, Index, TextClause, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware datetimes in and out, always in UTC when read.

    PostgreSQL keeps `timestamptz`; SQLite keeps text of fixed width, which sorts as time does.
    Precision is the microsecond. A naive datetime is refused with `ValueError` (which SQLAlchemy
    wraps in `StatementError`), as nobody knows what it means.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware moment into what the driver keeps."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn what the driver gives into an aware moment in UTC."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return value.replace(tzinfo=UTC)
        return value.astimezone(UTC)


Json = JSON().with_variant(JSONB(), "postgresql")
"""A JSON value: text on SQLite; `jsonb` on PostgreSQL, which refuses U+0000 and lone surrogates."""


def partial_index(
    name: str, *columns: str | Column[Any], where: str | TextClause, unique: bool = False
) -> Index:
    """Make an index of the rows for which the SQL condition `where` holds."""
    condition = text(where) if isinstance(where, str) else where
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
