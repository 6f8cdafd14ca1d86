"""The queue of cases as staff look at it: filtered, counted and cut into pages in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from api.domain.case import Standing
from api.domain.lifecycle import ENDS, OPEN, State
from api.store.cases import STANDING, standing_of
from api.store.tables import cases
from kernel.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted of the queue; None and empty mean no limit.

    `category` is a code or the first-level part of one, `number` the beginning of a case number.
    `overdue_at` asks for what should have been done before then and was not.
    """

    states: frozenset[State] = frozenset()
    unit: str | None = None
    category: str | None = None
    number: str | None = None
    overdue_at: datetime | None = None


class Queue:
    """The queue of one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def page(self, asked: Asked, *, first: int, limit: int) -> Sequence[Standing]:
        """List cases, what is due first at the top, ended ones by when they were last changed."""
        query = _where(select(*STANDING), asked).order_by(
            cases.c.due_at.is_(None), cases.c.due_at, cases.c.changed_at.desc(), cases.c.number
        )
        rows = self._tx.execute(query.offset(first).limit(limit)).mappings()
        return [Standing(**standing_of(row)) for row in rows]

    def counts(self, asked: Asked) -> Mapping[State, int]:
        """Count cases by state; states without a case are left out."""
        count = func.count().label("n")
        query = _where(select(cases.c.state, count), asked)
        rows = self._tx.execute(query.group_by(cases.c.state)).mappings()
        return {State(row["state"]): row["n"] for row in rows}

    def in_hand(self, units: Sequence[str]) -> Mapping[str, int]:
        """Count the open cases of each of `units`."""
        query = select(cases.c.unit, func.count().label("n")).where(
            cases.c.unit.in_(units), cases.c.state.in_(sorted(OPEN))
        )
        rows = self._tx.execute(query.group_by(cases.c.unit)).mappings()
        return dict.fromkeys(units, 0) | {row["unit"]: row["n"] for row in rows}


def _where(query: Select[Any], asked: Asked) -> Select[Any]:
    if asked.states:
        query = query.where(cases.c.state.in_(sorted(asked.states)))
    if asked.unit is not None:
        query = query.where(cases.c.unit == asked.unit)
    if asked.category is not None:
        query = query.where(cases.c.category.startswith(asked.category, autoescape=True))
    if asked.number is not None:
        query = query.where(cases.c.number.startswith(asked.number, autoescape=True))
    if asked.overdue_at is not None:
        query = query.where(cases.c.due_at < asked.overdue_at, cases.c.state.not_in(sorted(ENDS)))
    return query
