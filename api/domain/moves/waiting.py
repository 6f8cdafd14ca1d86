"""Moves that make a case wait: asking for details, reminders, and more time (延期)."""

from datetime import datetime

from api.catalogue.rules.categories import Urgency
from api.domain.cases.case import Case
from api.domain.cases.routing import CodedReason
from api.domain.errors import (
    ExtensionTooLate,
    ExtensionTooLong,
    UntilInvalid,
    UrgentNotPaused,
)
from api.domain.lifecycle import CaseState, Move, MoveNeed
from api.people.rules.actor import SYSTEM, Actor


def ask_supplement(
    case: Case,
    note: str,
    details: tuple[str, ...],
    actor: Actor,
    at: datetime,
    *,
    remind_at: datetime,
) -> None:
    """Ask the citizen for missing details, in words (`note`) and by key; pause the clock.

    Raises:
        UrgentNotPaused: an urgent case must not wait.
    """
    case.check(Move.ASK_SUPPLEMENT, actor, note=note)
    if case.urgency is not Urgency.NORMAL:
        raise UrgentNotPaused(number=case.number)
    asked = (CodedReason("details_asked", {"keys": ",".join(details)}),) if details else ()
    case.move(Move.ASK_SUPPLEMENT, actor, at, note=note, because=asked)
    case.owed = tuple(dict.fromkeys((*case.owed, *details)))
    case.reminded, case.remind_at = 0, remind_at


def resume(
    case: Case,
    reason: str | None,
    actor: Actor,
    at: datetime,
    because: tuple[CodedReason, ...] = (),
) -> None:
    """Resume the case: the details were given, or are no longer needed."""
    case.move(Move.RESUME, actor, at, reason=reason, because=because)
    case.remind_at = None


def remind(case: Case, at: datetime, *, again_at: datetime, most: int) -> bool:
    """Remind the citizen of the owed details, up to `most` times; return whether it was done.

    After the last reminder a case that was paused for its details resumes without them.
    """
    waits = case.state is CaseState.SUPPLEMENT
    if not (case.owed or waits):
        case.remind_at = None
        return False
    if case.reminded < most:
        case.move(
            Move.REMIND, SYSTEM, at, because=(CodedReason("owed", {"keys": ",".join(case.owed)}),)
        )
        case.reminded += 1
        case.remind_at = again_at if waits or case.reminded < most else None
        return True
    if waits:
        resume(case, None, SYSTEM, at, (CodedReason("no_details_came", {}),))
        return True
    case.remind_at = None
    return False


def ask_extension(
    case: Case,
    reason: str,
    until: datetime,
    actor: Actor,
    at: datetime,
    *,
    latest: datetime,
    decide_by: datetime,
) -> None:
    """Ask for more time, before the deadline and not beyond `latest`; the clock continues.

    Raises:
        ExtensionTooLate: the deadline has passed.
        UntilInvalid: `until` is not after the deadline.
        ExtensionTooLong: `until` is after `latest`.
    """
    given = (MoveNeed.UNTIL,)
    case.check(Move.ASK_EXTENSION, actor, reason=reason, given=given)
    if case.due_at is None or at > case.due_at:
        raise ExtensionTooLate(number=case.number)
    if until <= case.due_at:
        raise UntilInvalid(until=until.isoformat())
    if until > latest:
        raise ExtensionTooLong(latest=latest.isoformat())
    asked = CodedReason("more_time_asked", {"until": until.isoformat()})
    case.move(Move.ASK_EXTENSION, actor, at, reason=reason, because=(asked,), given=given)
    case.asked_until, case.clerk_by = until, decide_by


def grant_extension(case: Case, note: str, actor: Actor, at: datetime) -> None:
    """Grant the requested time; `note` gives the citizen the reason."""
    until = case.asked_until
    given = (MoveNeed.UNTIL,) if until is not None else ()
    case.move(Move.GRANT_EXTENSION, actor, at, note=note, given=given)
    case.due_at, case.clerk_by, case.extended = until, None, case.extended + 1


def refuse_extension(case: Case, reason: str, actor: Actor, at: datetime) -> None:
    """Refuse the extension; the unit keeps its deadline."""
    case.move(Move.REFUSE_EXTENSION, actor, at, reason=reason)
    case.clerk_by = None
