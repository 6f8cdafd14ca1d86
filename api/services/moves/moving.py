"""Make moves of existing cases: one common path, and the function of each move.

`move` loads the case, calls the domain, saves once and appends events. `ACTS` has each move's
request model and function; routes and console read it. A new move therefore needs one row here, one
in the life cycle's table, and its words.
"""

from collections.abc import Collection, Mapping

from pydantic import BaseModel

from api.catalogue.rules.errors import ExclusionUnknown
from api.contract import CaseOut
from api.contract.cases import moves as orders
from api.domain.cases.case import UnitReply
from api.domain.cases.routing import CodedReason
from api.domain.errors import VersionStale
from api.domain.lifecycle import CaseState, Move, require
from api.domain.moves import returns, supervision, waiting
from api.people.rules.actor import SYSTEM, Actor
from api.people.rules.permissions import Action, authorize
from api.services.attachments.attachments import give
from api.services.cases.reading import find, shown
from api.services.convening import convene
from api.services.desk import ServiceDesk
from api.services.joint import assessing, together
from api.services.keeping import keep
from api.services.moves import parting
from api.services.moves.correcting import keep_correction
from api.services.once import IdempotentRequest, once
from api.services.scene import LockedCase, MoveHandler
from api.services.surveys.survey import drop_survey, plan_survey
from kernel.database.transaction import Transaction


def move(
    tx: Transaction,
    desk: ServiceDesk,
    actor: Actor,
    number: str,
    what: Move,
    order: BaseModel | None = None,
    *,
    key: str | None = None,
    versions: Collection[int] | None = None,
    fresh: str | None = None,
) -> CaseOut:
    """Make a move, once for each idempotency key.

    Args:
        tx: the caller's transaction.
        desk: the city's service desk.
        actor: who makes it.
        number: the case.
        what: the move.
        order: its request, of the model in `ACTS`.
        key: the idempotency key.
        versions: the versions of the case that the actor has read; None for any.
        fresh: a number for the case that the move opens, if it opens one.

    Raises:
        CaseNotFound: this actor has no such case.
        VersionStale: the case has changed since `versions`.
        Refusal: a rule of the move refuses it.
    """
    authorize(actor, Action.MOVE_CASE)
    require(what, actor.acts_as)
    work = desk.work(tx)

    def carry_out() -> CaseOut:
        case = find(work, actor, number, to_change=True)
        if versions is not None and case.version not in versions:
            raise VersionStale(version=case.version)
        ACTS[what].make(LockedCase(desk, work, actor, case, desk.clock.now(), fresh), order)
        keep(desk, work, case)
        return shown(desk, work, actor, case)

    return once(desk, work, actor, IdempotentRequest(what, number, order, key), carry_out)


def add_remark(
    tx: Transaction,
    desk: ServiceDesk,
    actor: Actor,
    number: str,
    order: orders.Remark,
    *,
    key: str | None = None,
    versions: Collection[int] | None = None,
) -> CaseOut:
    """Add words, details or files: one request model for two moves."""
    what = Move.ADD_DETAILS if order.details else Move.REMARK
    return move(tx, desk, actor, number, what, order, key=key, versions=versions)


def _accept(at: LockedCase, _order: None) -> None:
    """Accept a matter."""
    at.case.accept(at.actor, at.now)


def _dispatch(at: LockedCase, order: orders.Dispatch) -> None:
    """Dispatch an accepted case to a unit."""
    unit = at.leads(at.unit(order.unit))
    because = (CodedReason("clerk_decided", {"unit": unit.names}),)
    at.case.dispatch(
        unit, at.actor, at.now, due_at=at.answer_by(), because=because, reason=order.reason
    )


def _reject(at: LockedCase, order: orders.Reject) -> None:
    """Reject a matter; the exclusion names the right office."""
    exclusion = at.desk.catalogue.exclusions.get(order.exclusion)
    if exclusion is None:
        raise ExclusionUnknown(exclusion=order.exclusion)
    at.case.reject(exclusion, order.reason, at.actor, at.now)


def _withdraw(at: LockedCase, order: orders.Withdraw) -> None:
    """Withdraw the matter, as its citizen."""
    parting.take_back(at.desk, at.work, at.case, order.reason, at.actor, at.now)


def _urge(at: LockedCase, order: orders.Urge) -> None:
    """Urge the case: a citizen at most once a day and three times in total."""
    at.case.urge(order.reason, at.desk.urge_rule, at.actor, at.now)


def _add(at: LockedCase, order: orders.Remark) -> None:
    at.case.add(
        order.text,
        order.details,
        at.actor,
        at.now,
        files=give(at, order.attachments),
        shown=at.desk.photos(),
    )
    if at.case.state is CaseState.SUPPLEMENT:
        # Any words count, also "I have none": the unit decides, and the clock resumes.
        waiting.resume(at.case, None, SYSTEM, at.now, (CodedReason("citizen_answered", {}),))


def _sign_in(at: LockedCase, _order: None) -> None:
    """Sign for a case, as its unit."""
    at.case.sign_in(at.actor, at.now)


def _progress(at: LockedCase, order: orders.Progress) -> None:
    """Report progress to the citizen."""
    at.case.progress(order.note, at.actor, at.now, files=give(at, order.attachments))


def _reply(at: LockedCase, order: orders.ReplyCase) -> None:
    """Answer a case; the survey asks the citizen on the next working day."""
    given = UnitReply(
        claim_true=order.claim_true,
        contacted_at=order.contacted_at if order.contacted else None,
        solved=order.solved,
        why_not=order.why_not,
        answer=order.answer,
    )
    case, files = at.case, give(at, order.attachments)
    needed = at.desk.catalogue.needs_evidence(case.category, case.kind)
    case.reply(given, at.actor, at.now, files=files, shown=needed)
    plan_survey(at.desk, at.work, at.case, at.now)


def _ask_supplement(at: LockedCase, order: orders.AskSupplement) -> None:
    """Request missing details from the citizen; the clock is paused."""
    keys = at.desk.known_details(order.details)
    remind_at = at.within("remind_owed")
    waiting.ask_supplement(at.case, order.note, keys, at.actor, at.now, remind_at=remind_at)


def _resume(at: LockedCase, order: orders.Resume) -> None:
    """Continue without waiting for the citizen."""
    waiting.resume(at.case, order.reason, at.actor, at.now)


def _ask_extension(at: LockedCase, order: orders.AskExtension) -> None:
    """Request an extension before the deadline; a clerk decides."""
    start = at.case.due_at or at.now
    waiting.ask_extension(
        at.case,
        order.reason,
        order.until,
        at.actor,
        at.now,
        latest=at.desk.within("extension", start),
        decide_by=at.within("return_decision"),
    )


def _grant_extension(at: LockedCase, order: orders.GrantExtension) -> None:
    """Grant the extension; the citizen is told the reason."""
    waiting.grant_extension(at.case, order.note, at.actor, at.now)


def _refuse_extension(at: LockedCase, order: orders.RefuseExtension) -> None:
    """Refuse the extension."""
    waiting.refuse_extension(at.case, order.reason, at.actor, at.now)


def _return(at: LockedCase, order: orders.ReturnCase) -> None:
    """Return a case with reason and evidence. A second return opens an assessment."""
    case, since = at.case, at.case.dispatched_at
    returns.give_back(
        case,
        order.reason,
        order.evidence,
        at.actor,
        at.now,
        decide_by=at.within("return_decision"),
        until=at.desk.within("return_case", since, case.urgency) if since else None,
        files=give(at, order.attachments),
    )
    if case.returns >= at.desk.catalogue.city.review.returns:
        why = CodedReason("returned_again", {})
        convene(at.desk, at.work, case, order.reason, SYSTEM, at.now, because=why)


def _accept_return(at: LockedCase, order: orders.AcceptReturn) -> None:
    """Accept a return; the case waits for another unit."""
    by = at.desk.clerk_by(at.now)
    returns.accept_return(at.case, order.reason, at.actor, at.now, dispatch_by=by)


def _refuse_return(at: LockedCase, order: orders.RefuseReturn) -> None:
    """Refuse a return; the unit must sign again."""
    returns.refuse_return(at.case, order.reason, at.actor, at.now)


def _supervise(at: LockedCase, order: orders.Why) -> None:
    """Put the case under supervision."""
    supervision.supervise(at.case, order.reason, at.actor, at.now)


def _report_up(at: LockedCase, order: orders.Why) -> None:
    """Report the case to the city's office."""
    supervision.report_up(at.case, order.reason, at.actor, at.now)


def _instruct(at: LockedCase, order: orders.Why) -> None:
    """Record a leader's instruction."""
    supervision.instruct(at.case, order.reason, at.actor, at.now)


def _mark_hard(at: LockedCase, order: orders.Why) -> None:
    """Mark the case as hard, for the month's list."""
    supervision.mark_hard(at.case, order.reason, at.actor, at.now)


def _shelve(at: LockedCase, order: orders.Shelve) -> None:
    """Shelve the case as not solvable now; the citizen is told what that means."""
    supervision.shelve(at.case, order.reason, order.note, at.actor, at.now)


def _recategorise(at: LockedCase, order: orders.Recategorise) -> None:
    """Change the category."""
    category = at.desk.category(order.category)
    urgency = category.urgency_with(at.case.matter.details)
    before = at.case.category
    supervision.recategorise(at.case, category, urgency, order.reason, at.actor, at.now)
    keep_correction(at, before)


def _rehandle(at: LockedCase, order: orders.Rehandle) -> None:
    """Send an answered case back to its unit."""
    due_at = at.desk.rehandle_by(at.now, at.case)
    at.case.rehandle(order.reason, at.actor, at.now, due_at=due_at)
    drop_survey(at.desk, at.work, at.case, at.now)


ACTS: Mapping[Move, MoveHandler] = {
    Move.ACCEPT: MoveHandler(None, _accept),
    Move.DISPATCH: MoveHandler(orders.Dispatch, _dispatch),
    Move.REJECT: MoveHandler(orders.Reject, _reject),
    Move.WITHDRAW: MoveHandler(orders.Withdraw, _withdraw),
    Move.URGE: MoveHandler(orders.Urge, _urge),
    Move.REMARK: MoveHandler(orders.Remark, _add),
    Move.ADD_DETAILS: MoveHandler(orders.Remark, _add),
    Move.SIGN_IN: MoveHandler(None, _sign_in),
    Move.PROGRESS: MoveHandler(orders.Progress, _progress),
    Move.REPLY: MoveHandler(orders.ReplyCase, _reply),
    Move.ASK_SUPPLEMENT: MoveHandler(orders.AskSupplement, _ask_supplement),
    Move.RESUME: MoveHandler(orders.Resume, _resume),
    Move.ASK_EXTENSION: MoveHandler(orders.AskExtension, _ask_extension),
    Move.GRANT_EXTENSION: MoveHandler(orders.GrantExtension, _grant_extension),
    Move.REFUSE_EXTENSION: MoveHandler(orders.RefuseExtension, _refuse_extension),
    Move.RETURN: MoveHandler(orders.ReturnCase, _return),
    Move.ACCEPT_RETURN: MoveHandler(orders.AcceptReturn, _accept_return),
    Move.REFUSE_RETURN: MoveHandler(orders.RefuseReturn, _refuse_return),
    **assessing.ACTS,
    **together.ACTS,
    Move.SUPERVISE: MoveHandler(orders.Why, _supervise),
    Move.REPORT_UP: MoveHandler(orders.Why, _report_up),
    Move.INSTRUCT: MoveHandler(orders.Why, _instruct),
    Move.MARK_HARD: MoveHandler(orders.Why, _mark_hard),
    Move.SHELVE: MoveHandler(orders.Shelve, _shelve),
    Move.RECATEGORISE: MoveHandler(orders.Recategorise, _recategorise),
    **parting.ACTS,
    Move.REHANDLE: MoveHandler(orders.Rehandle, _rehandle),
}
"""Every move that a caller can make. The service makes the others itself."""
