"""Facts in the database: written move by move, counted in one query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, bindparam, func, or_, select, true

from api.domain.case import Case, Entry
from api.domain.catalogue import Kind
from api.domain.facts import SILENT, Facts, Measures, after, begin
from api.domain.figures import By, Period, Tally
from api.domain.lifecycle import Move
from api.domain.rates import VALUES, Fact
from api.store.facts_tables import case_facts
from kernel.transaction import Transaction

_ADD = case_facts.insert()
_LAST = (
    select(case_facts)
    .where(case_facts.c.number == bindparam("of_number"))
    .order_by(case_facts.c.tenure.desc())
    .limit(1)
)
_COLUMNS = tuple(one.name for one in fields(Facts))
_KEYS = ("number", "tenure")
_SAVE = (
    case_facts.update()
    .where(*(case_facts.c[key] == bindparam(f"of_{key}") for key in _KEYS))
    .values({name: bindparam(name) for name in _COLUMNS if name not in _KEYS})
)
_GROUPS = {
    By.UNIT: case_facts.c.unit,
    By.CATEGORY: case_facts.c.category,
    By.FIRST_LEVEL: case_facts.c.category,
    By.DISTRICT: case_facts.c.district,
    By.STREET: case_facts.c.street,
    By.DAY: case_facts.c.opened_day,
    By.MONTH: case_facts.c.opened_day,
}


@dataclass(frozen=True, slots=True)
class Among:
    """Which cases are counted; empty means all. `categories` are codes of the second level."""

    unit: str | None = None
    categories: frozenset[str] = frozenset()
    streets: frozenset[str] = frozenset()
    districts: frozenset[str] = frozenset()
    kinds: frozenset[Kind] = frozenset()


class FactsOfCases:
    """The facts of one transaction."""

    def __init__(self, tx: Transaction, measures: Measures) -> None:
        self._tx = tx
        self._measures = measures

    def note(self, case: Case, entries: Sequence[Entry]) -> None:
        """Write what new entries of a case's history change: one statement, or two with a read."""
        if all(entry.move in SILENT for entry in entries):
            return
        if entries[0].move is Move.SUBMIT:
            place = case.matter.place
            district, street = (place.district, place.street) if place else (None, None)
            new = begin(case, district, street)
            for row in after(new, case, entries, self._measures):
                self._tx.execute(_ADD, _written(row))
            return
        known = self._tx.execute(_LAST, {"of_number": case.number}).mappings().first()
        if known is None:
            return
        old = _read(known)
        for row in after(old, case, entries, self._measures):
            if row.tenure > old.tenure:
                self._tx.execute(_ADD, _written(row))
            elif row != old:
                self._tx.execute(
                    _SAVE, _written(row) | {"of_number": row.number, "of_tenure": row.tenure}
                )

    def tally(
        self, period: Period, among: Among, by: By, now: datetime
    ) -> Mapping[str | date | None, Tally]:
        """Count the cases that came in a period, by unit, category, place or day: one query.

        What is returned is counted for each unit that had the case, all else for the last one. What
        should have been done by `now` and was not counts as not done.
        """
        key = _GROUPS[by]
        query = (
            select(key.label("group"), *_counts(now))
            .where(case_facts.c.opened_day.between(period.since, period.until), _where(among))
            .group_by(key)
        )
        return {row["group"]: _tally(row) for row in self._tx.execute(query).mappings()}


def _where(among: Among) -> ColumnElement[bool]:
    wanted: list[ColumnElement[bool]] = []
    if among.unit is not None:
        wanted.append(case_facts.c.unit == among.unit)
    for column, values in (
        (case_facts.c.category, among.categories),
        (case_facts.c.kind, among.kinds),
    ):
        if values:
            wanted.append(column.in_(sorted(values)))
    if among.streets or among.districts:
        wanted.append(
            or_(
                case_facts.c.street.in_(sorted(among.streets)),
                case_facts.c.district.in_(sorted(among.districts)),
            )
        )
    return and_(true(), *wanted)


def _counts(now: datetime) -> list[ColumnElement[Any]]:
    last = case_facts.c.last
    return [
        func.count().filter(last).label("cases"),
        func.count(case_facts.c.replied_at).filter(last).label("answered"),
        func.sum(case_facts.c.handled_minutes).filter(last).label("handled_minutes"),
        func.min(case_facts.c.handled_minutes).filter(last).label("fastest_handled"),
        func.min(case_facts.c.elapsed_minutes).filter(last).label("fastest_elapsed"),
        *(
            func.count().filter(_is(fact, value, now)).label(f"{fact}.{value}")
            for fact, values in VALUES.items()
            for value in values
        ),
    ]


def _is(fact: Fact, value: str, now: datetime) -> ColumnElement[bool]:
    column = case_facts.c[fact.value]
    if fact is Fact.RETURNED:
        return and_(case_facts.c.unit.is_not(None), column == value)
    said = column == value
    if (fact, value) == (Fact.CONTACT, "none"):
        waits = and_(column.is_(None), case_facts.c.ended.is_(False))
        said = or_(said, and_(waits, case_facts.c.contact_due_at < now))
    elif (fact, value) == (Fact.ANSWERED, "lapsed"):
        waits = and_(column.is_(None), case_facts.c.ended.is_(False))
        said = and_(waits, case_facts.c.due_at < now)
    return and_(case_facts.c.last, said)


def _tally(row: RowMapping) -> Tally:
    return Tally(
        cases=row["cases"],
        values={
            (fact, value): count
            for fact, values in VALUES.items()
            for value in values
            if (count := row[f"{fact}.{value}"])
        },
        answered=row["answered"],
        handled_minutes=int(row["handled_minutes"] or 0),
        fastest_handled=row["fastest_handled"],
        fastest_elapsed=row["fastest_elapsed"],
    )


def _written(facts: Facts) -> dict[str, object]:
    return {name: getattr(facts, name) for name in _COLUMNS}


def _read(row: RowMapping) -> Facts:
    known: dict[str, Any] = {name: row[name] for name in _COLUMNS}
    known["kind"] = Kind(known["kind"])
    return Facts(**known)
