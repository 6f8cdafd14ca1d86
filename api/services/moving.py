"""The moves of a case that is there: each loads it, asks the domain, saves once."""

from collections.abc import Callable
from datetime import datetime

from api.contract import (
    AcceptReturn,
    CaseOut,
    Dispatch,
    Progress,
    RefuseReturn,
    Rehandle,
    Reject,
    Remark,
    ReplyCase,
    ReturnCase,
    Urge,
    Withdraw,
)
from api.domain.actor import Actor
from api.domain.case import Case, Reply
from api.domain.errors import ExclusionUnknown, UnitUnknown
from api.domain.lifecycle import Move, require
from api.domain.routing import Because
from api.services import views
from api.services.attachments import bind
from api.services.desk import Desk
from api.services.events import tell
from api.services.once import Request, once
from api.services.reading import find, speaker
from api.services.survey import drop_survey, plan_survey
from api.store.work import Work
from kernel.transaction import Transaction


def accept(
    tx: Transaction, desk: Desk, actor: Actor, number: str, *, key: str | None = None
) -> CaseOut:
    """Take a matter on, as a clerk."""
    request = Request(Move.ACCEPT, number, None, key)
    return _move(tx, desk, actor, request, lambda case, now: case.accept(actor, now))


def dispatch(
    tx: Transaction,
    desk: Desk,
    actor: Actor,
    number: str,
    order: Dispatch,
    *,
    key: str | None = None,
) -> CaseOut:
    """Send an accepted case to a unit, as a clerk.

    Raises:
        UnitUnknown: the catalogue has no such unit.
    """

    def move(case: Case, now: datetime) -> None:
        unit = desk.catalogue.units.get(order.unit)
        if unit is None:
            raise UnitUnknown(unit=order.unit)
        case.dispatch(
            unit,
            actor,
            now,
            due_at=desk.answer_by(now, desk.category(case.category), case),
            because=(Because("clerk_decided", {"unit": unit.names}),),
            reason=order.reason,
        )

    return _move(tx, desk, actor, Request(Move.DISPATCH, number, order, key), move)


def reject(
    tx: Transaction, desk: Desk, actor: Actor, number: str, order: Reject, *, key: str | None = None
) -> CaseOut:
    """Not accept a matter, as a clerk, and name the right door.

    Raises:
        ExclusionUnknown: the catalogue has no such exclusion.
    """

    def move(case: Case, now: datetime) -> None:
        exclusion = desk.catalogue.exclusions.get(order.exclusion)
        if exclusion is None:
            raise ExclusionUnknown(exclusion=order.exclusion)
        case.reject(exclusion, order.reason, actor, now)

    return _move(tx, desk, actor, Request(Move.REJECT, number, order, key), move)


def withdraw(
    tx: Transaction,
    desk: Desk,
    actor: Actor,
    number: str,
    order: Withdraw,
    *,
    key: str | None = None,
) -> CaseOut:
    """End a case at the citizen's wish."""
    request = Request(Move.WITHDRAW, number, order, key)
    return _move(
        tx, desk, actor, request, lambda case, now: case.withdraw(order.reason, actor, now)
    )


def urge(
    tx: Transaction, desk: Desk, actor: Actor, number: str, order: Urge, *, key: str | None = None
) -> CaseOut:
    """Note that the citizen asks for it to go faster.

    Raises:
        UrgeLimitReached: too soon after the last time, or too often.
    """
    request = Request(Move.URGE, number, order, key)
    return _move(
        tx,
        desk,
        actor,
        request,
        lambda case, now: case.urge(order.reason, desk.urge_rule, actor, now),
    )


def add_remark(
    tx: Transaction, desk: Desk, actor: Actor, number: str, order: Remark, *, key: str | None = None
) -> CaseOut:
    """Add words, details or files; a detail that was owed is owed no longer.

    Raises:
        AttachmentNotFound: a file that is not this citizen's to give.
    """

    def move(case: Case, now: datetime) -> None:
        bind(desk.work(tx), actor, case, order.attachments, now)
        case.add(
            order.text,
            order.details,
            actor,
            now,
            files=len(order.attachments),
            shown=desk.photos(),
        )

    request = Request(Move.ADD_DETAILS if order.details else Move.REMARK, number, order, key)
    return _move(tx, desk, actor, request, move)


def sign_in(
    tx: Transaction, desk: Desk, actor: Actor, number: str, *, key: str | None = None
) -> CaseOut:
    """Take a case in hand, as its unit."""
    request = Request(Move.SIGN_IN, number, None, key)
    return _move(tx, desk, actor, request, lambda case, now: case.sign_in(actor, now))


def progress(
    tx: Transaction,
    desk: Desk,
    actor: Actor,
    number: str,
    order: Progress,
    *,
    key: str | None = None,
) -> CaseOut:
    """Tell the citizen what was done so far, as the unit."""
    request = Request(Move.PROGRESS, number, order, key)
    return _move(tx, desk, actor, request, lambda case, now: case.progress(order.note, actor, now))


def reply(
    tx: Transaction,
    desk: Desk,
    actor: Actor,
    number: str,
    order: ReplyCase,
    *,
    key: str | None = None,
) -> CaseOut:
    """Answer a case, as its unit; the citizen is asked about it later.

    Raises:
        ContactTimeInvalid: the citizen was contacted after now, or before there was a case.
    """
    given = Reply(
        claim_true=order.claim_true,
        contacted_at=order.contacted_at if order.contacted else None,
        solved=order.solved,
        why_not=order.why_not,
        answer=order.answer,
    )
    request = Request(Move.REPLY, number, order, key)
    return _move(
        tx,
        desk,
        actor,
        request,
        lambda case, now: case.reply(given, actor, now),
        lambda work, case, now: plan_survey(desk, work, case, now),
    )


def return_case(
    tx: Transaction,
    desk: Desk,
    actor: Actor,
    number: str,
    order: ReturnCase,
    *,
    key: str | None = None,
) -> CaseOut:
    """Return a case (退单), as its unit; a clerk decides on it."""

    def move(case: Case, now: datetime) -> None:
        decide_by = desk.within("return_decision", now, case.urgency)
        case.give_back(order.reason, actor, now, decide_by=decide_by)

    return _move(tx, desk, actor, Request(Move.RETURN, number, order, key), move)


def accept_return(
    tx: Transaction,
    desk: Desk,
    actor: Actor,
    number: str,
    order: AcceptReturn,
    *,
    key: str | None = None,
) -> CaseOut:
    """Let a unit off, as a clerk; another one is named next."""
    return _move(
        tx,
        desk,
        actor,
        Request(Move.ACCEPT_RETURN, number, order, key),
        lambda case, now: case.accept_return(
            order.reason, actor, now, dispatch_by=desk.clerk_by(now)
        ),
    )


def refuse_return(
    tx: Transaction,
    desk: Desk,
    actor: Actor,
    number: str,
    order: RefuseReturn,
    *,
    key: str | None = None,
) -> CaseOut:
    """Hold a unit to a case, as a clerk; it signs in anew."""
    request = Request(Move.REFUSE_RETURN, number, order, key)
    return _move(
        tx, desk, actor, request, lambda case, now: case.refuse_return(order.reason, actor, now)
    )


def rehandle(
    tx: Transaction,
    desk: Desk,
    actor: Actor,
    number: str,
    order: Rehandle,
    *,
    key: str | None = None,
) -> CaseOut:
    """Send an answered case back to its unit, as a clerk; a survey under way ends."""
    return _move(
        tx,
        desk,
        actor,
        Request(Move.REHANDLE, number, order, key),
        lambda case, now: case.rehandle(
            order.reason, actor, now, due_at=desk.rehandle_by(now, case)
        ),
        lambda work, case, now: drop_survey(desk, work, case, now),
    )


def _move(
    tx: Transaction,
    desk: Desk,
    actor: Actor,
    request: Request,
    move: Callable[[Case, datetime], None],
    then: Callable[[Work, Case, datetime], None] | None = None,
) -> CaseOut:
    speaker(actor)
    require(request.move, actor.acts_as)
    work = desk.work(tx)

    def carry_out() -> CaseOut:
        case = find(work, actor, request.number, to_change=True)
        now = desk.clock.now()
        move(case, now)
        tell(desk, work, case, work.cases.save(case))
        if then is not None:
            then(work, case, now)
        return views.whole(desk.catalogue, actor, case)

    return once(desk, work, actor, request, carry_out)
