"""Returns (退单): a unit says that a case is not its own, and the hotline decides."""

from datetime import datetime

from api.domain.cases.case import Case
from api.domain.cases.routing import CodedReason
from api.domain.cases.standing import files_given
from api.domain.errors import CaseRuled, ReturnTooLate
from api.domain.lifecycle import Move, MoveNeed
from api.people.rules.actor import Actor


def give_back(
    case: Case,
    reason: str,
    evidence: str,
    actor: Actor,
    at: datetime,
    *,
    decide_by: datetime,
    until: datetime | None = None,
    files: int = 0,
) -> None:
    """Return the case to the hotline, with evidence for the reason; a clerk decides by `decide_by`.

    The clock of the answer continues. A case can be returned only before `until`.

    Raises:
        CaseRuled: an assessment has named the unit; its ruling is binding.
        ReturnTooLate: `until` has passed.
    """
    given = (MoveNeed.EVIDENCE,)
    case.check(Move.RETURN, actor, reason=reason, given=given)
    if case.ruled:
        raise CaseRuled(number=case.number)
    if until is not None and at > until:
        raise ReturnTooLate(until=until.isoformat())
    count = CodedReason("returned", {"count": str(case.returns + 1)})
    because = (count, *files_given(files))
    case.move(Move.RETURN, actor, at, reason=reason, note=evidence, because=because, given=given)
    case.returns += 1
    case.clerk_by = decide_by


def accept_return(
    case: Case, reason: str | None, actor: Actor, at: datetime, *, dispatch_by: datetime
) -> None:
    """Release the unit from the case; a clerk names another unit by `dispatch_by`."""
    case.move(Move.ACCEPT_RETURN, actor, at, reason=reason)
    case.unit, case.dispatched_at, case.because = None, None, (CodedReason("unit_let_off", {}),)
    case.due_at = case.clerk_by = dispatch_by


def refuse_return(case: Case, reason: str, actor: Actor, at: datetime) -> None:
    """Leave the case with the unit; the clock was not paused."""
    case.move(Move.REFUSE_RETURN, actor, at, reason=reason)
    case.clerk_by = None
