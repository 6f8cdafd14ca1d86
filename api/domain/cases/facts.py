"""Compute the facts of a case for figures from its history, move by move.

There is one row for each unit that had the case, in order; the last one represents the case. So a
unit's returns stay its own after another unit received the case. No row has words of the citizen,
because figures remain after an erasure.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from api.catalogue.rules.calendar import WorkingCalendar, day_of, due
from api.catalogue.rules.categories import RequestKind
from api.catalogue.rules.limits import TimeLimit
from api.domain.cases.standing import Entry, Standing
from api.domain.lifecycle import ENDS, CaseState, Move

SILENT = frozenset({Move.REMARK, Move.ADD_DETAILS, Move.URGE, Move.PROGRESS, Move.SIGN_IN})
"""Moves that no figure uses."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Time rules: the working calendar, and the limit for contacting a citizen."""

    calendar: WorkingCalendar
    contact: TimeLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Facts of a case during the tenure of one unit.

    Attributes:
        number, tenure: the case, and the number of the unit in order, from 1.
        last: whether it is the last unit: the row represents the case.
        opened_day: the day of opening, in Asia/Shanghai.
        due_at: the deadline of the unit's answer.
        contact_due_at: the deadline for contacting the citizen.
        replied_at: the time of the last answer.
        handled_minutes: working time from the opening to the answer; the end of a working day and
            the start of the next are the same point.
        elapsed_minutes: the same in real time.
        ended: whether the case is finished.
    """

    number: str
    tenure: int
    last: bool
    opened_at: datetime
    opened_day: date
    kind: RequestKind
    category: str
    unit: str | None
    district: str | None
    street: str | None
    due_at: datetime | None = None
    contact_due_at: datetime | None = None
    replied_at: datetime | None = None
    handled_minutes: int | None = None
    elapsed_minutes: int | None = None
    ended: bool = False
    contact: str | None = None
    answered: str | None = None
    returned: str = "never"
    solved: str | None = None
    satisfaction: str | None = None
    first_solved: str | None = None
    first_satisfaction: str | None = None


def begin(case: Standing, district: str | None, street: str | None) -> Facts:
    """Make the facts of a new case."""
    return Facts(
        number=case.number,
        tenure=1,
        last=True,
        opened_at=case.opened_at,
        opened_day=day_of(case.opened_at),
        kind=case.kind,
        category=case.category,
        unit=None,
        district=district,
        street=street,
    )


def after(
    facts: Facts, case: Standing, entries: Iterable[Entry], measures: Measures
) -> tuple[Facts, ...]:
    """Apply new entries; `case` is its state after them.

    It returns two rows when the case changed its unit: the old unit's row and the new one's.
    """
    parted = None
    for entry in entries:
        if entry.move is Move.REPLY:
            facts = _replied(facts, entry, measures)
        elif entry.move is Move.RATE:
            facts = _rated(facts, entry)
        elif entry.move in _RETURNS:
            facts = replace(facts, returned=_RETURNS[entry.move])
        if case.unit not in {None, facts.unit} and _hands_over(entry):
            if facts.unit is not None:
                parted = replace(facts, last=False)
                facts = _handed_on(facts)
            contact_due = due(entry.at, measures.contact, measures.calendar)
            facts = replace(facts, unit=case.unit, contact_due_at=contact_due)
    due_at = case.due_at if case.unit is not None and case.due_at is not None else facts.due_at
    facts = replace(facts, category=case.category, due_at=due_at, ended=case.state in ENDS)
    return (facts,) if parted is None else (parted, facts)


_RETURNS = {
    Move.RETURN: "asked",
    Move.REFUSE_RETURN: "refused",
    Move.ACCEPT_RETURN: "accepted",
}


def _hands_over(entry: Entry) -> bool:
    return entry.to_state in {CaseState.DISPATCHED, CaseState.ANSWERED_ONLINE, CaseState.PROCESSING}


def _handed_on(facts: Facts) -> Facts:
    """Start the row of another unit; the citizen's first rating stays."""
    return replace(
        facts,
        tenure=facts.tenure + 1,
        contact=None,
        answered=None,
        replied_at=None,
        handled_minutes=None,
        elapsed_minutes=None,
        returned="never",
        solved=None,
        satisfaction=None,
    )


def _replied(facts: Facts, entry: Entry, measures: Measures) -> Facts:
    said = next((reason.params for reason in entry.because if reason.code == "replied"), {})
    contacted = said.get("contacted_at")
    contact = facts.contact
    if contact is None:
        contact = "none"
        if isinstance(contacted, str):
            by = facts.contact_due_at
            in_time = by is None or datetime.fromisoformat(contacted) <= by
            contact = "in_time" if in_time else "late"
    # A late answer stays late, also after later events.
    late = facts.answered == "late" or (facts.due_at is not None and entry.at > facts.due_at)
    return replace(
        facts,
        replied_at=entry.at,
        handled_minutes=_minutes(measures.calendar.between(facts.opened_at, entry.at)),
        elapsed_minutes=_minutes(entry.at - facts.opened_at),
        contact=contact,
        answered="late" if late else "in_time",
    )


def _rated(facts: Facts, entry: Entry) -> Facts:
    said = {
        key: value
        for reason in entry.because
        if reason.code == "rated"
        for key, value in reason.params.items()
        if isinstance(value, str)
    }
    solved, satisfaction = said.get("solved"), said.get("satisfaction")
    return replace(
        facts,
        contact="denied" if said.get("contacted") == "no" else facts.contact,
        solved=solved or facts.solved,
        satisfaction=satisfaction or facts.satisfaction,
        first_solved=facts.first_solved or solved,
        first_satisfaction=facts.first_satisfaction or satisfaction,
    )


def _minutes(span: timedelta) -> int:
    return round(span.total_seconds() / 60)
