"""Queries of open joint work: assessments without a ruling, tasks, meetings."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from api.domain.cases.clock import SlaClock
from api.domain.cases.standing import Standing
from api.domain.joint.assessment import Assessment, MemberView
from api.domain.joint.together import Meeting, Task
from api.domain.lifecycle import OPEN, CaseState
from api.store.cases.queue import Queue
from api.store.cases.tables import case_part, cases
from api.store.clocks.clocks import clock_of
from api.store.clocks.tables import case_clock
from api.store.joint.tables import assessment, assessment_view, meeting, task
from api.store.joint.together import Together


class OpenTogether(Together):
    """Lists over all cases, the soonest due first; `unit` restricts them to its part."""

    def unruled(self, unit: str | None, limit: int) -> list[Assessment]:
        """List assessments without a ruling; for a unit, those of which it is a member."""
        query = _of(select(assessment), assessment.c.number, {CaseState.ASSESSMENT}).where(
            assessment.c.ruled_at.is_(None)
        )
        if unit is not None:
            query = query.where(_has_part(assessment.c.number, unit))
        rows = self._tx.execute(query.order_by(assessment.c.due_at).limit(limit)).mappings().all()
        numbers = [row["number"] for row in rows]
        said = select(assessment_view).where(assessment_view.c.number.in_(numbers))
        views: dict[tuple[str, int], list[MemberView]] = {}
        for row in self._tx.execute(said.order_by(assessment_view.c.at)).mappings():
            views.setdefault((row["number"], row["round"]), []).append(self._view(row))
        return [
            self._assessment(row, tuple(views.get((row["number"], row["round"]), ())))
            for row in rows
            if unit is None or unit in row["members"]
        ]

    def undone(self, unit: str | None, limit: int) -> list[Task]:
        """List open helpers' tasks; for a unit, its own and those of cases that it leads."""
        query = _of(select(task), task.c.number, OPEN).where(
            task.c.done_at.is_(None), task.c.dropped_at.is_(None)
        )
        if unit is not None:
            query = query.where(or_(task.c.unit == unit, cases.c.unit == unit))
        found = self._tx.execute(query.order_by(task.c.due_at).limit(limit)).mappings()
        return [self._task(row) for row in found]

    def held(self, unit: str | None, since: datetime, limit: int) -> list[Meeting]:
        """List meetings with an open decision, and then those finished from `since` on."""
        query = _of(select(meeting), meeting.c.number, OPEN).where(
            or_(meeting.c.done_at.is_(None), meeting.c.done_at >= since)
        )
        if unit is not None:
            query = query.where(or_(cases.c.unit == unit, _has_part(meeting.c.number, unit)))
        order = (meeting.c.done_at.is_not(None), meeting.c.due_at)
        found = self._tx.execute(query.order_by(*order).limit(limit)).mappings()
        return [self._meeting(row) for row in found]

    def running(self, numbers: Collection[str]) -> list[SlaClock]:
        """Read the clocks of some cases that have not stopped."""
        row = case_clock.c
        query = select(case_clock).where(row.number.in_(set(numbers)), row.stopped_at.is_(None))
        return [clock_of(mapping) for mapping in self._tx.execute(query).mappings()]

    def standings(self, numbers: Iterable[str]) -> dict[str, Standing]:
        """Read the state of cases."""
        return dict(Queue(self._tx, self._keyring).standings(sorted(set(numbers))))


def _of(
    query: Select[Any], number: ColumnElement[str], states: Collection[CaseState]
) -> Select[Any]:
    return query.join(cases, cases.c.number == number).where(cases.c.state.in_(sorted(states)))


def _has_part(number: ColumnElement[str], unit: str) -> ColumnElement[bool]:
    return number.in_(select(case_part.c.number).where(case_part.c.unit == unit))
