"""Queries of figures and supervision: counted facts, steps, missed clocks, handling of cases."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)

from api.catalogue.rules.categories import RequestKind
from api.catalogue.rules.clocks import ClockKind, EscalationStep
from api.catalogue.rules.rates import VALUES, Fact
from api.figures.rules import Grouping, Period, Tally
from api.store.cases.facts_tables import case_facts
from api.store.cases.tables import cases
from api.store.clocks.clocks import Escalated
from api.store.clocks.tables import case_clock, escalation
from kernel.database.columns import UtcDateTime
from kernel.database.transaction import Transaction

LONGEST = 500
"""Most cases of one circular."""

_GROUPS = {
    Grouping.UNIT: case_facts.c.unit,
    Grouping.CATEGORY: case_facts.c.category,
    Grouping.FIRST_LEVEL: case_facts.c.category,
    Grouping.DISTRICT: case_facts.c.district,
    Grouping.STREET: case_facts.c.street,
    Grouping.DAY: case_facts.c.opened_day,
    Grouping.MONTH: case_facts.c.opened_day,
}


@dataclass(frozen=True, slots=True)
class CaseScope:
    """Filter of counted cases; empty means all. `categories` are codes of the second level."""

    unit: str | None = None
    categories: frozenset[str] = frozenset()
    streets: frozenset[str] = frozenset()
    districts: frozenset[str] = frozenset()
    kinds: frozenset[RequestKind] = frozenset()


def tally(
    tx: Transaction, period: Period, among: CaseScope, by: Grouping, now: datetime
) -> Mapping[str | date | None, Tally]:
    """Count the cases opened in a period, by unit, category, place or day, with one query.

    Returns are counted for each unit that had the case, all else for the last unit. A step that was
    due before `now` and is not done counts as not done.
    """
    key = _GROUPS[by]
    query = (
        select(key.label("group"), *_counts(now))
        .where(case_facts.c.opened_day.between(period.since, period.until), _where(among))
        .group_by(key)
    )
    return {row["group"]: _tally(row) for row in tx.execute(query).mappings()}


def _where(among: CaseScope) -> ColumnElement[bool]:
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


@dataclass(frozen=True, slots=True)
class Missed:
    """Number of a unit's clocks with a deadline in a period, and of the missed ones."""

    clocks: int
    overdue: int


class Supervision:
    """Supervision queries of one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def steps(
        self, *, unit: str | None, after: tuple[datetime, str] | None, limit: int
    ) -> list[Escalated]:
        """List steps, newest first, of a unit or of all."""
        row = escalation.c
        query = select(escalation)
        if unit is not None:
            query = query.where(row.unit == unit)
        if after is not None:
            mark = tuple_(literal(after[0], UtcDateTime()), literal(after[1]))
            query = query.where(tuple_(row.at, row.id) < mark)
        found = self._tx.execute(query.order_by(row.at.desc(), row.id.desc()).limit(limit))
        return [
            Escalated(
                step["id"],
                step["number"],
                step["unit"],
                EscalationStep(step["step"]),
                step["made_by"],
                step["at"],
                clock=step["clock"],
                kind=ClockKind(step["kind"]) if step["kind"] else None,
                due_at=step["due_at"],
            )
            for step in found.mappings()
        ]

    def missed(
        self, since: datetime, until: datetime, now: datetime, unit: str | None
    ) -> dict[str, Missed]:
        """Count the units' clocks whose deadline was in a period and is over."""
        row = case_clock.c
        late = and_(row.due_at < func.coalesce(row.stopped_at, literal(now, UtcDateTime())))
        query = (
            select(
                row.unit,
                func.count().label("clocks"),
                func.sum(case((late, 1), else_=0)).label("overdue"),
            )
            .where(
                row.unit.is_not(None),
                row.due_at >= since,
                row.due_at < until,
                or_(row.ended.is_(None), row.ended == "met", late),
                or_(row.stopped_at.is_not(None), row.due_at < now),
            )
            .group_by(row.unit)
        )
        if unit is not None:
            query = query.where(row.unit == unit)
        found = self._tx.execute(query).mappings()
        return {count["unit"]: Missed(count["clocks"], count["overdue"]) for count in found}

    def counts(
        self, since: datetime, until: datetime, unit: str | None
    ) -> dict[str, dict[EscalationStep, int]]:
        """Count the steps on units' cases in a period."""
        row = escalation.c
        query = (
            select(row.unit, row.step, func.count().label("steps"))
            .where(row.unit.is_not(None), row.at >= since, row.at < until)
            .group_by(row.unit, row.step)
        )
        if unit is not None:
            query = query.where(row.unit == unit)
        found: dict[str, dict[EscalationStep, int]] = {}
        for found_row in self._tx.execute(query).mappings():
            found.setdefault(found_row["unit"], {})[EscalationStep(found_row["step"])] = found_row[
                "steps"
            ]
        return found

    def conduct(
        self, since: date, until: date, now: datetime, unit: str | None, *, good: bool
    ) -> Iterator[RowMapping]:
        """Read the handling of cases that may be listed in a circular, flagged ones first."""
        fact, row = case_facts.c, cases.c
        moment = literal(now, UtcDateTime())
        late = fact.due_at < func.coalesce(fact.replied_at, moment)
        query = (
            select(
                row.number,
                fact.unit,
                row.category,
                row.opened_at,
                fact.due_at,
                fact.replied_at,
                row.urged,
                row.pressed,
                row.supervised,
                row.reported,
                row.rehandled,
                row.hard,
                row.ruled,
                row.followed,
                fact.solved,
                fact.satisfaction,
            )
            .join(cases, row.number == fact.number)
            .where(
                fact.opened_day.between(since, until), fact.last.is_(True), fact.unit.is_not(None)
            )
        )
        if unit is not None:
            query = query.where(fact.unit == unit)
        if good:
            query = query.where(
                fact.solved == "yes", fact.satisfaction.in_(("satisfied", "very_satisfied"))
            ).order_by(row.hard.desc(), row.followed.desc(), row.opened_at.desc())
        else:
            query = query.where(
                or_(row.supervised, row.reported, row.rehandled > 0, fact.solved == "no", late)
            ).order_by(row.reported.desc(), row.supervised.desc(), row.opened_at.desc())
        yield from self._tx.execute(query.limit(4 * LONGEST)).mappings()
