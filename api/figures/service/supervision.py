"""Read supervision data (督查督办): steps, records of units, circulars."""

from collections.abc import Mapping
from dataclasses import replace

from api.catalogue.rules.clocks import EscalationStep
from api.catalogue.service import category_ref, unit_out
from api.contract.figures.supervision import (
    Circular,
    CircularCase,
    CircularOf,
    EscalationOut,
    Escalations,
    UnitRecord,
    UnitRecords,
)
from api.domain.lifecycle import OPEN, CaseState
from api.figures.rules import CircularEntry, Conduct, Period, exemplary, poor
from api.figures.store import LONGEST, Missed, Supervision
from api.people.rules.actor import Actor, Role
from api.people.rules.permissions import Action, authorize
from api.services.cases import views
from api.services.cases.cursors import read_moment, write_cursor
from api.services.desk import ServiceDesk
from api.store.cases.queue import CaseQuery, Flag
from api.store.clocks.clocks import Escalated
from kernel.database.transaction import Transaction

_MARKS = (Flag.URGED, Flag.SUPERVISED, Flag.REPORTED, Flag.INSTRUCTED, Flag.HARD)
"""Marks of cases that need attention."""


def read_steps(
    tx: Transaction, desk: ServiceDesk, actor: Actor, *, cursor: str | None, limit: int
) -> Escalations:
    """List the steps on cases, newest first: a unit's own, or all for the hotline.

    Raises:
        Forbidden: the actor is neither a unit nor a leader or supervisor.
        CursorInvalid: the cursor is not one of ours.
    """
    unit = _unit_seen(actor)
    after = read_moment("steps", cursor) if cursor else None
    found = Supervision(tx).steps(unit=unit, after=after, limit=limit + 1)
    last = found[limit - 1] if len(found) > limit else None
    return Escalations(
        items=tuple(_step(desk, step) for step in found[:limit]),
        next=write_cursor("steps", last.at, last.id) if last else None,
    )


def read_marks(tx: Transaction, desk: ServiceDesk, actor: Actor) -> Mapping[str, int]:
    """Count the open cases to look after: overdue, in assessment, and by each mark; a unit's own,
    or all.

    Raises:
        Forbidden: neither a unit nor one who leads or supervises.
    """
    unit, now, queue = _unit_seen(actor), desk.clock.now(), desk.work(tx).queue
    every = CaseQuery(states=OPEN, part=unit)
    counts, late = queue.counts(every, now)
    marked = {
        flag.value: sum(queue.counts(replace(every, flags=frozenset({flag})), now)[0].values())
        for flag in _MARKS
    }
    assessed = counts.get(CaseState.ASSESSMENT, 0)
    return {"overdue": sum(late.values()), "assessment": assessed, **marked}


def read_records(tx: Transaction, desk: ServiceDesk, actor: Actor, period: Period) -> UnitRecords:
    """Count overdue clocks and steps for each unit, with two queries.

    Raises:
        Forbidden: the actor is neither a unit nor a leader or supervisor. A unit sees its own
            record.
        PeriodInvalid: the period is invalid or too long.
    """
    unit, now = _unit_seen(actor), desk.clock.now()
    period = period.checked()
    since, until = period.moments
    read = Supervision(tx)
    missed, counts = read.missed(since, until, now, unit), read.counts(since, until, unit)
    items = [
        UnitRecord.model_validate(
            {
                "unit": unit_out(desk.catalogue, code),
                "clocks": missed.get(code, Missed(0, 0)).clocks,
                "overdue": missed.get(code, Missed(0, 0)).overdue,
                "warned": counts.get(code, {}).get(EscalationStep.WARN, 0),
                "urged": counts.get(code, {}).get(EscalationStep.URGE, 0),
                "supervised": counts.get(code, {}).get(EscalationStep.SUPERVISE, 0),
                "reported": counts.get(code, {}).get(EscalationStep.REPORT, 0),
            }
        )
        for code in missed.keys() | counts.keys()
    ]
    items.sort(
        key=lambda record: (-record.overdue, -record.reported, -record.supervised, record.unit.code)
    )
    return UnitRecords(since=period.since, until=period.until, items=tuple(items))


def read_circular(
    tx: Transaction, desk: ServiceDesk, actor: Actor, of: CircularOf, period: Period
) -> Circular:
    """List exemplary or poor cases among those opened in a period, each with its reasons.

    Raises:
        Forbidden: the actor is neither a unit nor a leader or supervisor. A unit sees its own
            cases.
        PeriodInvalid: the period is invalid or too long.
    """
    unit, now = _unit_seen(actor), desk.clock.now()
    period, good = period.checked(), of == "exemplary"
    judge, rule = exemplary if good else poor, desk.catalogue.city.circular
    found: list[CircularEntry] = []
    for row in Supervision(tx).conduct(period.since, period.until, now, unit, good=good):
        start, due, end = row["opened_at"], row["due_at"], row["replied_at"] or now
        given = desk.calendar.between(start, due) if due is not None else None
        conduct = Conduct(
            number=row["number"],
            unit=row["unit"],
            category=row["category"],
            used=desk.calendar.between(start, end) / given if given else None,
            late_days=desk.calendar.in_days(due, end) if due is not None and end > due else 0.0,
            urges=row["urged"] + row["pressed"],
            supervised=row["supervised"],
            reported=row["reported"],
            rehandled=row["rehandled"],
            hard=row["hard"] or row["ruled"],
            followed=row["followed"],
            solved=row["solved"],
            satisfaction=row["satisfaction"],
        )
        if (listed := judge(conduct, rule)) is not None:
            found.append(listed)
    found.sort(key=lambda case: (-case.weight, case.conduct.number))
    return Circular(
        of=of,
        since=period.since,
        until=period.until,
        items=tuple(_listed(desk, case) for case in found[:LONGEST]),
    )


def _unit_seen(actor: Actor) -> str | None:
    """Return the unit whose records the actor may see; None for all units."""
    authorize(actor, Action.READ_SUPERVISION)
    return (actor.unit or "") if actor.role is Role.UNIT else None


def _step(desk: ServiceDesk, step: Escalated) -> EscalationOut:
    return EscalationOut.model_validate(
        {
            "number": step.number,
            "step": step.step.value,
            "by": step.by,
            "at": step.at,
            "unit": unit_out(desk.catalogue, step.unit),
            "clock": step.kind and step.kind.value,
            "due_at": step.due_at,
        }
    )


def _listed(desk: ServiceDesk, listed: CircularEntry) -> CircularCase:
    conduct = listed.conduct
    return CircularCase.model_validate(
        {
            "number": conduct.number,
            "unit": unit_out(desk.catalogue, conduct.unit),
            "category": category_ref(desk.catalogue, conduct.category),
            "weight": listed.weight,
            "reasons": views.reasons(listed.reasons),
        }
    )
