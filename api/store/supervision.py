"""What supervision reads: steps taken, clocks missed, how cases were conducted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import RowMapping, and_, case, func, literal, or_, select, tuple_

from api.domain.clocks import ClockKind, Step
from api.store.clock_tables import case_clock, escalation
from api.store.clocks import Escalated
from api.store.facts_tables import case_facts
from api.store.tables import cases
from kernel.columns import UtcDateTime
from kernel.transaction import Transaction

LONGEST = 500
"""Cases of one circular."""


@dataclass(frozen=True, slots=True)
class Missed:
    """How many clocks of a unit had their deadline in a period, and how many it missed."""

    clocks: int
    overdue: int


class Supervision:
    """What one transaction reads of supervision."""

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
                one["id"],
                one["number"],
                one["unit"],
                Step(one["step"]),
                one["made_by"],
                one["at"],
                clock=one["clock"],
                kind=ClockKind(one["kind"]) if one["kind"] else None,
                due_at=one["due_at"],
            )
            for one in found.mappings()
        ]

    def missed(
        self, since: datetime, until: datetime, now: datetime, unit: str | None
    ) -> dict[str, Missed]:
        """Count the clocks of units whose deadline lay in a period and is over."""
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
        return {one["unit"]: Missed(one["clocks"], one["overdue"]) for one in found}

    def counts(
        self, since: datetime, until: datetime, unit: str | None
    ) -> dict[str, dict[Step, int]]:
        """Count the steps that were taken about units' cases in a period."""
        row = escalation.c
        query = (
            select(row.unit, row.step, func.count().label("steps"))
            .where(row.unit.is_not(None), row.at >= since, row.at < until)
            .group_by(row.unit, row.step)
        )
        if unit is not None:
            query = query.where(row.unit == unit)
        found: dict[str, dict[Step, int]] = {}
        for one in self._tx.execute(query).mappings():
            found.setdefault(one["unit"], {})[Step(one["step"])] = one["steps"]
        return found

    def conduct(
        self, since: date, until: date, now: datetime, unit: str | None, *, good: bool
    ) -> Iterator[RowMapping]:
        """Read how those cases were conducted that may belong on a circular, flagged ones first."""
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
