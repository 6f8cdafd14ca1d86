"""List cases: filter, order, page and count them in SQL.

Every list scans an index from the end of the last page on, so that the thousandth page costs as
much as the first. Citizens' words are encrypted and not searched.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Select,
    TextClause,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from api.domain.cases.standing import Standing
from api.domain.lifecycle import OPEN, CaseState
from api.store.cases.rows import STANDING, standing_of
from api.store.cases.tables import IS_OPEN, MARKED, case_part, cases
from kernel.database.columns import UtcDateTime
from kernel.database.transaction import Transaction
from kernel.privacy.crypto import Keyring

MOST_COUNTED = 50_000
"""Most counted cases: beyond it the number is shown as "or more"."""

_BESIDE = (
    select(case_part.c.number)
    .where(case_part.c.unit == bindparam("of_unit"))
    .order_by(case_part.c.number.desc())
    .limit(2000)
)
"""Most cases that a unit helps in or assesses, the newest first."""

_BEHIND = "~"
"""Sorts after every character of a case number."""


Condition: TypeAlias = ColumnElement[bool] | TextClause


class Order(StrEnum):
    """Order of a list: newest first, or for open cases the soonest due first."""

    NEWEST = "newest"
    DUE = "due"


class Flag(StrEnum):
    """Mark of a case besides its state."""

    URGENT = "urgent"
    URGED = "urged"
    OWED = "owed"
    SUPERVISED = "supervised"
    REPORTED = "reported"
    HARD = "hard"
    INSTRUCTED = "instructed"


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """Conditions on cases; None and empty mean no condition.

    `units` lead the cases; `part` is a unit that leads, helps in or assesses them, with `beside`
    without those that it leads. `number` is the beginning of a number, `categories` are codes of
    the second level. `since` is included, `before` is not. `overdue_at` selects cases that were due
    before then. `nothing` selects no case.
    """

    states: frozenset[CaseState] = frozenset()
    citizen: str | None = None
    units: frozenset[str] = frozenset()
    part: str | None = None
    beside: bool = False
    categories: frozenset[str] = frozenset()
    streets: frozenset[str] = frozenset()
    number: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    overdue_at: datetime | None = None
    flags: frozenset[Flag] = frozenset()
    nothing: bool = False


@dataclass(frozen=True, slots=True)
class QueueCursor:
    """The last case of a page with its order time; the next page begins after it."""

    at: datetime | None
    number: str


class Queue:
    """The lists of one transaction."""

    def __init__(self, tx: Transaction, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring

    def page(
        self, asked: CaseQuery, order: Order, *, after: QueueCursor | None = None, limit: int
    ) -> list[Standing]:
        """List up to `limit` cases after `after`. Lists by due time have no ended cases."""
        if order is Order.DUE and asked.states:
            asked = replace(asked, states=asked.states & OPEN, nothing=not asked.states & OPEN)
        # Each role in a case has its own index.
        found = [
            case
            for conditions in self._ways(asked)
            for case in self._walk(select(*STANDING).where(*conditions), order, after, limit)
        ]
        if asked.part is not None:
            found.sort(key=_newest_first if order is Order.NEWEST else _due_first)
        return found[:limit]

    def counts(
        self, asked: CaseQuery, now: datetime
    ) -> tuple[Mapping[CaseState, int], Mapping[CaseState, int]]:
        """Count cases by state, in total and overdue at `now`: at most `MOST_COUNTED`.

        States without a case are left out.
        """
        counts, overdue = Counter[CaseState](), Counter[CaseState]()
        for conditions in self._ways(asked):
            found = (
                select(cases.c.state, cases.c.due_at)
                .where(*conditions)
                .limit(MOST_COUNTED)
                .subquery()
            )
            late = and_(found.c.due_at < now, found.c.state.in_(sorted(OPEN)))
            query = select(
                found.c.state, func.count().label("n"), func.count().filter(late).label("late")
            ).group_by(found.c.state)
            for row in self._tx.execute(query).mappings():
                counts[CaseState(row["state"])] += row["n"]
                overdue[CaseState(row["state"])] += row["late"]
        return dict(counts), {state: n for state, n in overdue.items() if n}

    def in_hand(self, units: Sequence[str]) -> Mapping[str, int]:
        """Count the open cases of each of `units`."""
        query = select(cases.c.unit, func.count().label("n")).where(
            cases.c.unit.in_(units), cases.c.state.in_(sorted(OPEN))
        )
        rows = self._tx.execute(query.group_by(cases.c.unit)).mappings()
        return dict.fromkeys(units, 0) | {row["unit"]: row["n"] for row in rows}

    def standings(self, numbers: Sequence[str]) -> Mapping[str, Standing]:
        """Read the state of cases; missing ones are left out."""
        found = self._read(select(*STANDING).where(cases.c.number.in_(numbers)), len(numbers))
        return {standing.number: standing for standing in found}

    def _ways(self, asked: CaseQuery) -> list[list[Condition]]:
        """Return the disjoint conditions of each role that a unit may have in cases."""
        if asked.nothing:
            return []
        if asked.part is None:
            return [_conditions(asked)]
        ways = []
        if not asked.beside and (not asked.units or asked.part in asked.units):
            ways.append(_conditions(replace(asked, units=frozenset({asked.part}))))
        # Read first: with a join the planner would scan the cases instead of some hundred look-ups.
        beside = self._tx.execute(_BESIDE, {"of_unit": asked.part}).scalars().all()
        if beside:
            led_by_another = or_(cases.c.unit.is_(None), cases.c.unit != asked.part)
            ways.append([*_conditions(asked), cases.c.number.in_(beside), led_by_another])
        return ways

    def _walk(
        self, query: Select[Any], order: Order, after: QueueCursor | None, limit: int
    ) -> list[Standing]:
        if order is Order.NEWEST:
            return self._newest(query, after, limit)
        return self._due(query.where(IS_OPEN), after, limit)

    def _newest(self, query: Select[Any], after: QueueCursor | None, limit: int) -> list[Standing]:
        if after is not None:
            mark = tuple_(literal(after.at, UtcDateTime()), literal(after.number))
            query = query.where(tuple_(cases.c.opened_at, cases.c.number) < mark)
        return self._read(query.order_by(cases.c.opened_at.desc(), cases.c.number.desc()), limit)

    def _due(self, query: Select[Any], after: QueueCursor | None, limit: int) -> list[Standing]:
        """Read cases with a due time, then those without: two ranges of one index."""
        found: list[Standing] = []
        if after is None or after.at is not None:
            timed = query.where(cases.c.due_at.is_not(None))
            if after is not None:
                mark = tuple_(literal(after.at, UtcDateTime()), literal(after.number))
                timed = timed.where(tuple_(cases.c.due_at, cases.c.number) > mark)
            found = self._read(timed.order_by(cases.c.due_at, cases.c.number), limit)
        if len(found) < limit:
            timeless = query.where(cases.c.due_at.is_(None))
            if after is not None and after.at is None:
                timeless = timeless.where(cases.c.number > after.number)
            found += self._read(timeless.order_by(cases.c.number), limit - len(found))
        return found

    def _read(self, query: Select[Any], limit: int) -> list[Standing]:
        rows = self._tx.execute(query.limit(limit)).mappings()
        return [Standing(**standing_of(row, self._keyring)) for row in rows]


def _newest_first(case: Standing) -> tuple[float, tuple[int, ...]]:
    return -case.opened_at.timestamp(), tuple(-ord(character) for character in case.number)


def _due_first(case: Standing) -> tuple[bool, float, str]:
    due = case.due_at
    return due is None, due.timestamp() if due is not None else 0.0, case.number


def _conditions(asked: CaseQuery) -> list[Condition]:
    wanted: list[Condition] = []
    if asked.states == OPEN:
        wanted.append(IS_OPEN)
    elif asked.states:
        wanted.append(cases.c.state.in_(sorted(asked.states)))
    if asked.citizen is not None:
        wanted.append(cases.c.citizen == asked.citizen)
    for column, values in (
        (cases.c.unit, asked.units),
        (cases.c.category, asked.categories),
        (cases.c.street, asked.streets),
    ):
        if len(values) == 1:
            wanted.append(column == next(iter(values)))
        elif values:
            wanted.append(column.in_(sorted(values)))
    if asked.number is not None:
        # A range can use any index; `LIKE` would need a special one.
        wanted += (cases.c.number >= asked.number, cases.c.number < asked.number + _BEHIND)
    if asked.since is not None:
        wanted.append(cases.c.opened_at >= asked.since)
    if asked.before is not None:
        wanted.append(cases.c.opened_at < asked.before)
    if asked.overdue_at is not None:
        wanted += (IS_OPEN, cases.c.due_at < asked.overdue_at)
    wanted += (MARKED[flag] for flag in sorted(asked.flags))
    return wanted
