"""Count groups of a month's cases for the joint review."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select

from api.store.cases.tables import cases
from kernel.database.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Concentration:
    """A number of cases of one category, and of one street if known."""

    category: str
    street: str | None
    count: int
    numbers: tuple[str, ...]


class Candidates:
    """The cases opened between two times."""

    def __init__(self, tx: Transaction, since: datetime, before: datetime, some: int) -> None:
        self._tx = tx
        self._some = some
        self._when = (cases.c.opened_at >= since, cases.c.opened_at < before)

    def concentrated(self, least: int) -> list[Concentration]:
        """Find categories with at least `least` cases in one street."""
        return self._heaps(least, cases.c.street, cases.c.street.is_not(None))

    def asked_again(self, least: int) -> list[Concentration]:
        """Find categories with at least `least` cases of one citizen."""
        return self._heaps(least, cases.c.citizen)

    def came_back(self, least: int) -> list[Concentration]:
        """Find cases with at least `least` returns and rehandlings."""
        times = cases.c.returns + cases.c.rehandled
        return self._single(times.label("n"), times >= least)

    def hard(self) -> list[Concentration]:
        """Find the cases marked as hard."""
        return self._single(literal(1).label("n"), cases.c.hard)

    def _single(self, count: ColumnElement[Any], which: ColumnElement[bool]) -> list[Concentration]:
        query = (
            select(cases.c.category, cases.c.street, cases.c.number, count)
            .where(*self._when, which)
            .order_by(count.desc(), cases.c.opened_at.desc(), cases.c.number)
        )
        return [
            Concentration(row.category, row.street, row.n, (row.number,))
            for row in self._tx.execute(query)
        ]

    def _heaps(
        self, least: int, by: ColumnElement[Any], *which: ColumnElement[bool]
    ) -> list[Concentration]:
        count = func.count().label("n")
        groups = (
            select(
                cases.c.category, by.label("by"), func.max(cases.c.street).label("street"), count
            )
            .where(*self._when, *which)
            .group_by(cases.c.category, by)
            .having(count >= least)
            .order_by(count.desc(), cases.c.category, by)
        )
        return [
            Concentration(
                row.category, row.street, row.n, tuple(self._numbers(row.category, by, row.by))
            )
            for row in self._tx.execute(groups).all()
        ]

    def _numbers(self, category: str, by: ColumnElement[Any], value: str) -> Sequence[str]:
        query = (
            select(cases.c.number)
            .where(*self._when, cases.c.category == category, by == value)
            .order_by(cases.c.opened_at.desc(), cases.c.number.desc())
            .limit(self._some)
        )
        return list(self._tx.execute(query).scalars())
