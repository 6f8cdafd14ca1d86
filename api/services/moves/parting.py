"""Merge and split cases, and find possible duplicates."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from api.contract import CasePage
from api.contract.cases import moves as orders
from api.domain.cases.case import Case
from api.domain.cases.matter import Matter
from api.domain.errors import CannotMerge
from api.domain.joint import together
from api.domain.lifecycle import HELD, OPEN, CaseState, Move
from api.people.rules.actor import SYSTEM, Actor
from api.people.rules.permissions import Action, authorize
from api.services.cases import views
from api.services.cases.reading import find
from api.services.desk import ServiceDesk
from api.services.keeping import keep
from api.services.moves.opening import send_off, title_of
from api.services.scene import LockedCase, MoveHandler
from api.store.cases.queue import CaseQuery, Order
from api.store.work import UnitOfWork
from kernel.database.transaction import Transaction

_AT_MOST = 20


def duplicates(tx: Transaction, desk: ServiceDesk, actor: Actor, number: str) -> CasePage:
    """List cases that may be the same matter: same street and category, opened within weeks.

    Raises:
        CaseNotFound: this reader has no such case.
        Forbidden: only the hotline may compare cases.
    """
    authorize(actor, Action.FIND_DUPLICATES)
    work = desk.work(tx)
    case = find(work, actor, number)
    place = case.matter.place
    if place is None or place.street is None:
        return CasePage(items=())
    near = timedelta(days=desk.catalogue.city.review.alike_days)
    alike = work.queue.page(
        CaseQuery(
            states=OPEN,
            categories=frozenset({case.category}),
            streets=frozenset({place.street}),
            since=case.opened_at - near,
            before=case.opened_at + near,
        ),
        Order.NEWEST,
        limit=_AT_MOST + 1,
    )
    others = [duplicate for duplicate in alike if duplicate.number != number][:_AT_MOST]
    return CasePage(items=tuple(views.summary(desk.catalogue, other) for other in others))


def take_back(
    desk: ServiceDesk, work: UnitOfWork, case: Case, reason: str | None, actor: Actor, now: datetime
) -> None:
    """Withdraw a case at its citizen's request; for its followers the matter goes on.

    The oldest of their cases takes over: it goes to the working unit with its own clock, and the
    others follow it from now on. Further cases of the same citizen do not change.
    """
    promised, stood = case.due_at, case.state
    case.withdraw(reason, actor, now)
    others = _others(work, case)
    # Erased cases get no further messages.
    heir = next((other for other in others if other.matter.happened), None)
    if heir is None:
        return
    followers = [other.number for other in others if other is not heir]
    unit = desk.catalogue.units.get(case.unit or "") if stood in HELD else None
    together.take_over(heir, case, now)
    heir.followed, case.followed = len(followers), case.followed - len(others)
    work.cases.follow(followers, heir.number)
    if unit is None:
        heir.wait_for_clerk(desk.clerk_by(now), heir.entries[-1].because)
    else:
        due_at = desk.answer_by(now, desk.category(heir.category), heir)
        if promised is not None and promised > now:
            due_at = min(due_at, promised)
        heir.dispatch(unit, SYSTEM, now, due_at=due_at, because=case.because)
    keep(desk, work, heir)


def _others(work: UnitOfWork, case: Case) -> list[Case]:
    """Return the cases of other citizens that follow this one, the oldest first."""
    if not case.followed:
        return []
    found = (work.cases.get_to_change(number) for number, _ in work.cases.followers(case.number))
    return [other for other in found if other is not None and other.citizen != case.citizen]


def _merge(at: LockedCase, order: orders.Merge) -> None:
    """Merge the case into another one, which its citizen then follows."""
    case = at.case
    if order.into == case.number:
        raise CannotMerge(number=order.into)
    into = find(at.work, at.actor, order.into, to_change=True)
    together.merge(case, into, order.reason, at.actor, at.now)
    at.work.cases.merge(case, into)


def _split(at: LockedCase, order: orders.Split) -> None:
    """Open a separate case for a part of the matter."""
    case, number = at.case, at.fresh or ""
    category = at.desk.category(order.category)
    together.split(case, number, order.reason, at.actor, at.now)
    new = Case(
        number=number,
        state=CaseState.SUBMITTED,
        kind=case.kind,
        category=category.code,
        urgency=category.urgency_with({}),
        unit=None,
        citizen=case.citizen,
        contact_point=case.contact_point,
        channel=case.channel,
        language=case.language,
        opened_at=at.now,
        changed_at=at.now,
        due_at=None,
        clerk_by=None,
        owed=(),
        urged=0,
        urged_at=None,
        version=0,
        confidential=case.confidential,
        title=title_of(at.desk, order.happened, category, case.contact.name, case.contact.phone),
        matter=Matter(order.happened, case.matter.place, case.matter.time, order.demand),
        contact=replace(case.contact),
    )
    send_off(at.desk, at.work, new, at.actor, at.now)


ACTS: Mapping[Move, MoveHandler] = {
    Move.MERGE: MoveHandler(orders.Merge, _merge),
    Move.SPLIT: MoveHandler(orders.Split, _split, fresh=True),
}
