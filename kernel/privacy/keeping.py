"""Expire, erase and export rows by the declarations of `kernel.privacy.personal`.

Each function works in the caller's transaction on the tables it is given.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Table,
    and_,
    column,
    delete,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy import table as named

from kernel.database.columns import UtcDateTime
from kernel.database.transaction import Transaction
from kernel.privacy.personal import (
    Copied,
    Fate,
    Holding,
    Owner,
    Term,
    held,
    holding,
    table_of,
)

BATCH = 500
"""Most rows of one table and term per transaction, so that other writers do not wait long."""

_IDS = 500

Periods = Mapping[str, timedelta]
"""Retention periods of the settings, by the setting's name."""

Open = Callable[[bytes, str], str]
"""Decrypts a value under a context."""


def expire(tx: Transaction, tables: Iterable[Table], now: datetime, periods: Periods) -> int:
    """Wipe and delete up to `BATCH` expired rows a table and term; return their number.

    Raises:
        KeyError: a declared period is missing in `periods`.
    """
    gone = 0
    for table in tables:
        if (term := table_of(table).until) is not None:
            chosen = select(*table.primary_key).where(over(term, now, periods)).limit(BATCH)
            gone += tx.execute(delete(table).where(_key(table).in_(chosen))).rowcount
        for term, columns in _terms(table).items():
            filled = or_(*(_filled(field, declared) for field, declared in columns))
            chosen = select(*table.primary_key).where(filled, over(term, now, periods)).limit(BATCH)
            empty = {field.name: declared.empty for field, declared in columns}
            wiping = update(table).where(_key(table).in_(chosen)).values(empty)
            gone += tx.execute(wiping).rowcount
    if gone:
        tx.empty_log()
    return gone


def over(term: Term, now: datetime, periods: Periods) -> ColumnElement[bool]:
    """Return the SQL condition of rows whose term is over."""
    period = term.period if isinstance(term.period, timedelta) else periods[term.period]
    since: ColumnElement[datetime] = literal_column(term.since, UtcDateTime())
    ended = since < now - period
    if not term.unless:
        return ended
    return and_(ended, not_(literal_column(f"({term.unless})")))


def erase(tx: Transaction, tables: Iterable[Table], kind: str, ids: Sequence[str]) -> int:
    """Wipe and delete the data of the owners `ids` of one kind; return the number of rows.

    Columns that are erased by a named function (`Fate.CODE`) are not changed.
    """
    gone = 0
    for table in tables:
        rows = [owner for owner in table_of(table).of if owner.kind == kind]
        wiped: list[tuple[Column[Any], Holding, Owner]] = []
        for field, declared in held([table]):
            mine = [owner for owner in declared.of if owner.kind == kind]
            if declared.erased is Fate.ROW:
                rows += mine
            elif declared.erased is Fate.WIPED:
                wiped += [(field, declared, owner) for owner in mine]
        for some in _some(ids):
            for owner in dict.fromkeys(rows):
                gone += tx.execute(delete(table).where(owned(table, owner, some))).rowcount
            for owner in dict.fromkeys(owner for _, _, owner in wiped):
                columns = [(field, declared) for field, declared, of in wiped if of == owner]
                filled = or_(*(_filled(field, declared) for field, declared in columns))
                empty = {field.name: declared.empty for field, declared in columns}
                wiping = update(table).where(owned(table, owner, some), filled).values(empty)
                gone += tx.execute(wiping).rowcount
    if ids:
        tx.empty_log()
    return gone


def records(
    tx: Transaction, tables: Iterable[Table], owners: Mapping[str, Sequence[str]], opened: Open
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the owners' rows that an export copies as records, with their table's name.

    Of the personal columns only those that are declared as copied are included.
    """
    for table in tables:
        copied = [(c, d) for c, d in held([table]) if d.copied is Copied.RECORD]
        of = dict.fromkeys(owner for _, declared in copied for owner in declared.of)
        shown = [c for c in table.columns if holding(c) is None] + [c for c, _ in copied]
        for owner in of:
            for some in _some(owners.get(owner.kind, ())):
                query = select(*shown).where(owned(table, owner, some)).order_by(*table.primary_key)
                for row in tx.execute(query).mappings():
                    values = dict(row)
                    for field, declared in copied:
                        if declared.sealed is not None and values[field.name] is not None:
                            context = declared.sealed.format(**row)
                            values[field.name] = opened(values[field.name], context)
                    yield table.name, values


def _terms(table: Table) -> dict[Term, list[tuple[Column[Any], Holding]]]:
    terms: dict[Term, list[tuple[Column[Any], Holding]]] = {}
    for field, declared in held([table]):
        if isinstance(declared.until, Term) and declared.erased is not Fate.ROW:
            terms.setdefault(declared.until, []).append((field, declared))
    return terms


def _filled(field: Column[Any], declared: Holding) -> ColumnElement[bool]:
    return field.is_not(None) if declared.empty is None else field != declared.empty


def _key(table: Table) -> Any:  # noqa: ANN401 - a tuple of columns of any types
    return tuple_(*table.primary_key)


def owned(table: Table, owner: Owner, ids: Sequence[str]) -> ColumnElement[bool]:
    """Return the SQL condition of a table's rows that belong to the owners `ids`."""
    mine = table.c[owner.column]
    if owner.through is None:
        return mine.in_(ids)
    other, equal, id_ = owner.through
    return mine.in_(select(column(equal)).select_from(named(other)).where(column(id_).in_(ids)))


def _some(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _IDS] for start in range(0, len(ids), _IDS))
