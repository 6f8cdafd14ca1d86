"""Personal data by declaration: what each column holds, whose it is, and until when.

A table names its impersonal columns in `info=plain(…)`; each column that holds something of a
person says so itself, in `info=holds(…)`. Retention, erasure, the citizen's export and the names
that logs hide are generated from these declarations (`kernel.keeping`), and so is
`docs/personal-data.md`. `undeclared` finds a column that says nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, MetaData, Table

_KEY = "personal"


class Holds(StrEnum):
    """What a column holds of a person."""

    WORDS = "words"
    """What somebody said or wrote, or what repeats it."""
    CONTACT = "contact"
    """Where somebody is reached: name and phone, the address on a channel."""
    IDENTITY = "identity"
    """Who somebody is: a name, an account, a link from one matter to another."""
    REPORTER = "reporter"
    """Who stands behind a report."""


AUDITED = frozenset({Holds.CONTACT, Holds.REPORTER})
"""Kinds of data that staff are shown only with a note in the audit."""


class Fate(StrEnum):
    """What erasing its owner does to a column."""

    WIPED = "wiped"
    ROW = "row deleted"
    CODE = "by code"
    """Replaced or deleted by a named function, as a generated statement cannot."""
    KEPT = "kept"


class Copied(StrEnum):
    """How a column comes into the citizen's export."""

    VIEW = "in a view"
    """As part of a case, a talk or a transcript."""
    RECORD = "as a record"
    """Generated: the row as it is kept, opened."""
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a row is: `column` holds the id of one `kind`.

    `through` names a table, its column that `column` equals, and its column that holds the id.
    """

    kind: str
    column: str
    through: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """The end of keeping: `period` after `since`, unless `unless` is true then.

    `since` and `unless` are SQL over the row. A period is fixed, or the name of a setting in days.
    """

    period: timedelta | str
    since: str
    unless: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """One column's declaration; `why` says what is done with it where that is not generated."""

    what: Holds
    of: tuple[Owner, ...]
    until: Term | str
    erased: Fate
    copied: Copied
    sealed: str | None
    empty: Any
    why: str


@dataclass(frozen=True, slots=True)
class Plain:
    """A table's declaration: its impersonal columns, and when and with whom whole rows go."""

    columns: frozenset[str]
    of: tuple[Owner, ...]
    until: Term | None


def plain(columns: str, *, of: tuple[Owner, ...] = (), until: Term | None = None) -> dict[str, Any]:
    """Declare a table's columns that hold nothing of a person.

    Args:
        columns: their names, parted by blanks.
        of: erasing one of these owners deletes the rows.
        until: when rows are deleted by themselves.
    """
    return {_KEY: Plain(frozenset(columns.split()), of, until)}


def holds(
    what: Holds,
    *of: Owner,
    until: Term | str,
    erased: Fate = Fate.WIPED,
    copied: Copied = Copied.NOT,
    sealed: str | None = None,
    empty: Any = None,  # noqa: ANN401 - a value of the column
    why: str = "",
) -> dict[str, Any]:
    """Declare a column that holds something of a person.

    Args:
        what: the kind of data.
        of: whose it is.
        until: when it is wiped by itself, or in words how long it is kept.
        erased: what erasing its owner does to it.
        copied: how it comes into the citizen's export.
        sealed: the context it is encrypted under, with names of columns in braces.
        empty: what stands in it once it is wiped.
        why: why it is kept, or which function takes care of it.

    Raises:
        ValueError: something is not generated and `why` does not say what is done instead.
    """
    if erased in (Fate.KEPT, Fate.CODE) and not why:
        raise ValueError(f"what is {erased} says why")
    return {_KEY: Holding(what, of, until, erased, copied, sealed, empty, why)}


def table_of(table: Table) -> Plain:
    """Give a table's own declaration; one of a table without any is empty."""
    found: Plain = table.info.get(_KEY, Plain(frozenset(), (), None))
    return found


def holding(column: Column[Any]) -> Holding | None:
    """Give a column's declaration; None when it holds nothing of a person."""
    found: Holding | None = column.info.get(_KEY)
    return found


def held(tables: Iterable[Table]) -> Iterator[tuple[Column[Any], Holding]]:
    """Give all columns that hold something of a person."""
    for table in tables:
        for column in table.columns:
            if (found := holding(column)) is not None:
                yield column, found


def undeclared(metadata: MetaData) -> list[str]:
    """List columns that are not declared, and declarations without a column, or with two."""
    wrong = []
    for table in metadata.sorted_tables:
        own = {column.name for column in table.columns if holding(column) is not None}
        named = table_of(table).columns
        wrong += [f"{table.name}.{name}" for name in {*table.columns.keys()} ^ (own | named)]
        wrong += [f"{table.name}.{name}" for name in own & named]
    return sorted(wrong)


def log_names(tables: Iterable[Table]) -> frozenset[str]:
    """Give the names of fields that a log must not show: those of columns that hold something.

    The ending of an encrypted column is left out as well. A name that is declared impersonal in
    another table (a `state`, a `reason`) is readable.
    """
    tables = list(tables)
    names = {column.name for column, _ in held(tables)}
    names |= {name.removesuffix("_sealed") for name in names}
    return frozenset(names - {name for table in tables for name in table_of(table).columns})
