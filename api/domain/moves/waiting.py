"""What makes a case wait: details that are asked for or owed, and more time (延期)."""

from datetime import datetime

from api.catalogue.rules.categories import Urgency
from api.domain.cases.case import Case
from api.domain.cases.routing import Because
from api.domain.errors import (
    ExtensionTooLate,
    ExtensionTooLong,
    UntilInvalid,
    UrgentNotPaused,
)
from api.domain.lifecycle import CaseState, Move, Need
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
    """Ask the citizen for what is missing, in words (`note`) and by key; the clock stands still.

    Raises:
        UrgentNotPaused: what is urgent does not wait.
    """
    case.check(Move.ASK_SUPPLEMENT, actor, note=note)
    if case.urgency is not Urgency.NORMAL:
        raise UrgentNotPaused(number=case.number)
    asked = (Because("details_asked", {"keys": ",".join(details)}),) if details else ()
    case.move(Move.ASK_SUPPLEMENT, actor, at, note=note, because=asked)
    case.owed = tuple(dict.fromkeys((*case.owed, *details)))
    case.reminded, case.remind_at = 0, remind_at


def resume(
    case: Case, reason: str | None, actor: Actor, at: datetime, because: tuple[Because, ...] = ()
) -> None:
    """Go on: the details came, or nobody waits for them any longer."""
    case.move(Move.RESUME, actor, at, reason=reason, because=because)
    case.remind_at = None


def remind(case: Case, at: datetime, *, again_at: datetime, most: int) -> bool:
    """Remind the citizen of what is owed, `most` times, or stop: tell whether a word went out.

    After the last reminder a case that stood still for its details goes on without them.
    """
    waits = case.state is CaseState.SUPPLEMENT
    if not (case.owed or waits):
        case.remind_at = None
        return False
    if case.reminded < most:
        case.move(
            Move.REMIND, SYSTEM, at, because=(Because("owed", {"keys": ",".join(case.owed)}),)
        )
        case.reminded += 1
        case.remind_at = again_at if waits or case.reminded < most else None
        return True
    if waits:
        resume(case, None, SYSTEM, at, (Because("no_details_came", {}),))
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
    """Ask for more time, before the deadline and not beyond `latest`; the clock runs on.

    Raises:
        ExtensionTooLate: the deadline is over.
        UntilInvalid: that is no more time.
        ExtensionTooLong: that is too much.
    """
    given = (Need.UNTIL,)
    case.check(Move.ASK_EXTENSION, actor, reason=reason, given=given)
    if case.due_at is None or at > case.due_at:
        raise ExtensionTooLate(number=case.number)
    if until <= case.due_at:
        raise UntilInvalid(until=until.isoformat())
    if until > latest:
        raise ExtensionTooLong(latest=latest.isoformat())
    asked = Because("more_time_asked", {"until": until.isoformat()})
    case.move(Move.ASK_EXTENSION, actor, at, reason=reason, because=(asked,), given=given)
    case.asked_until, case.clerk_by = until, decide_by


def grant_extension(case: Case, note: str, actor: Actor, at: datetime) -> None:
    """Give the time that was asked for; `note` tells the citizen why."""
    until = case.asked_until
    given = (Need.UNTIL,) if until is not None else ()
    case.move(Move.GRANT_EXTENSION, actor, at, note=note, given=given)
    case.due_at, case.clerk_by, case.extended = until, None, case.extended + 1


def refuse_extension(case: Case, reason: str, actor: Actor, at: datetime) -> None:
    """Hold the unit to its deadline."""
    case.move(Move.REFUSE_EXTENSION, actor, at, reason=reason)
    case.clerk_by = None
