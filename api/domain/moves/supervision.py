"""Moves by supervisors: 督办, reporting, 领导批示, 疑难, 挂账, another category."""

from datetime import datetime

from api.catalogue.rules.categories import CaseCategory, Urgency
from api.domain.cases.case import Case
from api.domain.cases.routing import CodedReason
from api.domain.lifecycle import Move, MoveNeed
from api.people.rules.actor import Actor


def supervise(
    case: Case,
    reason: str | None,
    actor: Actor,
    at: datetime,
    because: tuple[CodedReason, ...] = (),
) -> None:
    """Put the case under supervision (督办); without a `reason` in words, `because` has one."""
    given = (MoveNeed.REASON,) if because else ()
    case.move(Move.SUPERVISE, actor, at, reason=reason, because=because, given=given)
    case.supervised = True


def report_up(
    case: Case, reason: str, actor: Actor, at: datetime, because: tuple[CodedReason, ...] = ()
) -> None:
    """Report the case to the city's office; it counts in the unit's annual assessment."""
    case.move(Move.REPORT_UP, actor, at, reason=reason, because=because)
    case.reported = True


def instruct(case: Case, words: str, actor: Actor, at: datetime) -> None:
    """Record a leader's instruction (领导批示)."""
    case.move(Move.INSTRUCT, actor, at, reason=words)
    case.instructed = True


def mark_hard(case: Case, reason: str, actor: Actor, at: datetime) -> None:
    """Mark the case as hard (疑难), for the monthly list."""
    case.move(Move.MARK_HARD, actor, at, reason=reason)
    case.hard = True


def shelve(case: Case, reason: str, note: str, actor: Actor, at: datetime) -> None:
    """End a case that cannot be solved now (挂账); `note` explains that to the citizen."""
    case.move(Move.SHELVE, actor, at, reason=reason, note=note)
    case.due_at = case.clerk_by = case.remind_at = None


def recategorise(
    case: Case, category: CaseCategory, urgency: Urgency, reason: str, actor: Actor, at: datetime
) -> None:
    """Change the category and the urgency of the case."""
    filed = CodedReason("filed_under", {"category": category.names, "before": case.category})
    case.move(Move.RECATEGORISE, actor, at, reason=reason, because=(filed,))
    case.category, case.urgency = category.code, urgency
