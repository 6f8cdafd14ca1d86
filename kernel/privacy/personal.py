"""Declare personal data: what each column holds, who owns it, and how long it is kept.

A table names its impersonal columns in `info=plain(…)`. Each column with personal data declares it
in `info=holds(…)`. Retention, erasure, the citizen's export (`kernel.privacy.keeping`), the names
that logs hide and `docs/personal-data.md` are generated from these declarations. `undeclared` finds
columns without a declaration.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, MetaData, Table

_KEY = "personal"


class Holds(StrEnum):
    """Kind of personal data in a column."""

    WORDS = "words"
    """What a person said or wrote, or text that repeats it."""
    CONTACT = "contact"
    """How to reach a person: name and phone, the address on a channel."""
    IDENTITY = "identity"
    """Who a person is: a name, an account, a link from one matter to another."""
    REPORTER = "reporter"
    """Who made a report."""


AUDITED = frozenset({Holds.CONTACT, Holds.REPORTER})
"""Kinds of data that are written to the audit log whenever they are shown to staff."""


class Fate(StrEnum):
    """What happens to a column when its owner is erased."""

    WIPED = "wiped"
    ROW = "row deleted"
    CODE = "by code"
    """A named function replaces or deletes it, as a generated statement cannot."""
    KEPT = "kept"


class Copied(StrEnum):
    """How a column is included in the citizen's export."""

    VIEW = "in a view"
    """As a part of a case, a live talk or a transcript."""
    RECORD = "as a record"
    """Generated: the stored row, decrypted."""
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Owner:
    """Owner of a row: `column` holds the id of an owner of `kind`.

    `through` names a table, its column that `column` equals, and its column with the owner's id.
    """

    kind: str
    column: str
    through: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """Retention term: it ends `period` after `since`, unless `unless` is true then.

    `since` and `unless` are SQL over the row. A period is fixed, or the name of a setting in days.
    """

    period: timedelta | str
    since: str
    unless: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """Declaration of a personal column; `why` names what is done where nothing is generated."""

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
    """Declaration of a table: its impersonal columns, and the owners and term of whole rows."""

    columns: frozenset[str]
    of: tuple[Owner, ...]
    until: Term | None


def plain(columns: str, *, of: tuple[Owner, ...] = (), until: Term | None = None) -> dict[str, Any]:
    """Declare the columns of a table that hold no personal data.

    Args:
        columns: their names, separated by spaces.
        of: erasing one of these owners deletes the rows.
        until: when rows expire and are deleted.
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
    """Declare a column that holds personal data.

    Args:
        what: the kind of data.
        of: its owners.
        until: when it expires and is wiped, or in words how long it is kept.
        erased: what happens to it when its owner is erased.
        copied: how it is included in the citizen's export.
        sealed: the context of its encryption, with names of columns in braces.
        empty: the value of a wiped column.
        why: why it is kept, or which function handles it.

    Raises:
        ValueError: something is not generated and `why` does not say what is done instead.
    """
    if erased in (Fate.KEPT, Fate.CODE) and not why:
        raise ValueError(f"what is {erased} says why")
    return {_KEY: Holding(what, of, until, erased, copied, sealed, empty, why)}


def table_of(table: Table) -> Plain:
    """Return a table's declaration; an empty one if the table has none."""
    found: Plain = table.info.get(_KEY, Plain(frozenset(), (), None))
    return found


def holding(column: Column[Any]) -> Holding | None:
    """Return a column's declaration; `None` when it holds no personal data."""
    found: Holding | None = column.info.get(_KEY)
    return found


def held(tables: Iterable[Table]) -> Iterator[tuple[Column[Any], Holding]]:
    """Yield all columns that hold personal data, with their declarations."""
    for table in tables:
        for column in table.columns:
            if (found := holding(column)) is not None:
                yield column, found


def undeclared(metadata: MetaData) -> list[str]:
    """List undeclared columns, declarations without a column, and columns declared twice."""
    wrong = []
    for table in metadata.sorted_tables:
        own = {column.name for column in table.columns if holding(column) is not None}
        named = table_of(table).columns
        wrong += [f"{table.name}.{name}" for name in {*table.columns.keys()} ^ (own | named)]
        wrong += [f"{table.name}.{name}" for name in own & named]
    return sorted(wrong)


def log_names(tables: Iterable[Table]) -> frozenset[str]:
    """Return the names of log fields to mask: the names of columns with personal data.

    The name of an encrypted column is added without its suffix too. A name that another table
    declares as impersonal (a `state`, a `reason`) is not masked.
    """
    tables = list(tables)
    names = {column.name for column, _ in held(tables)}
    names |= {name.removesuffix("_sealed") for name in names}
    return frozenset(names - {name for table in tables for name in table_of(table).columns})
