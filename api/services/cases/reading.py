"""Reading cases: one, a page of them, the history of one."""

from api.contract import CaseClocks, CaseOut, CasePage, History
from api.domain.cases.case import Case
from api.domain.cases.numbers import is_case_number
from api.domain.cases.rights import may_read
from api.domain.errors import CaseNotFound
from api.domain.lifecycle import Move, moves
from api.people.rules.actor import Actor, Role
from api.people.rules.permissions import Action, authorize
from api.services.cases import views
from api.services.cases.queue import QueueFilter, list_matching, list_of_citizen
from api.services.cases.reaching import may_be_called
from api.services.clocks import clocks
from api.services.desk import ServiceDesk
from api.store.cases.queue import Order
from api.store.work import UnitOfWork
from kernel.database.transaction import Transaction


def read_case(
    tx: Transaction, desk: ServiceDesk, actor: Actor, number: str, *, identity: bool = False
) -> CaseOut:
    """Show a case without name and phone, unless the caller masks them (`identity`).

    Raises:
        CaseNotFound: this reader has no such case.
    """
    work = desk.work(tx)
    return shown(desk, work, actor, find(work, actor, number), identity=identity)


def read_history(tx: Transaction, desk: ServiceDesk, actor: Actor, number: str) -> History:
    """Show all moves of a case, oldest first; a citizen reads only words for them.

    Raises:
        CaseNotFound: this reader has no such case.
    """
    work = desk.work(tx)
    case = find(work, actor, number)
    citizen = actor.acts_as is Role.CITIZEN
    return views.history(case.number, work.cases.history(case.number), citizen=citizen)


def read_clocks(tx: Transaction, desk: ServiceDesk, actor: Actor, number: str) -> CaseClocks:
    """Show all clocks of a case, also stopped ones.

    Raises:
        CaseNotFound: this reader has no such case.
    """
    work = desk.work(tx)
    case = find(work, actor, number)
    found = work.clocks.of_case(case.number)
    return CaseClocks(number=case.number, items=clocks.shown(desk, actor, found))


def list_cases(
    tx: Transaction,
    desk: ServiceDesk,
    actor: Actor,
    *,
    wanted: QueueFilter,
    order: Order = Order.NEWEST,
    limit: int,
) -> CasePage:
    """List cases: a citizen's own, newest first; a unit's, or all for the hotline, as is wanted.

    The cursor names the last case shown, so that cases which arrive in the meantime neither
    repeat nor push out one.

    Raises:
        CursorInvalid: the cursor is not one of this list.
            Forbidden: the role reads no cases.
    """
    authorize(actor, Action.READ_CASE)
    if actor.acts_as is not Role.CITIZEN:
        listed = list_matching(tx, desk, actor, wanted, order, limit)
        return CasePage(items=listed.items, next=listed.next)
    citizen = citizen_of(desk.work(tx), actor)
    if citizen is None:
        return CasePage(items=())
    listed = list_of_citizen(tx, desk, citizen, after=wanted.after, limit=limit)
    return CasePage(items=listed.items, next=listed.next)


def shown(
    desk: ServiceDesk, work: UnitOfWork, actor: Actor, case: Case, *, identity: bool = False
) -> CaseOut:
    """Show a case; for a merged case also the state of the other one."""
    into = work.cases.get(case.merged_into) if case.merged_into else None
    return views.whole(
        desk.catalogue,
        actor,
        case,
        identity=identity,
        follows=into,
        clocks=clocks.of_case(desk, work, actor, case),
        barred=_barred(work, actor, case),
    )


def _barred(work: UnitOfWork, actor: Actor, case: Case) -> frozenset[Move]:
    """Return moves that the table allows the reader but other data forbid at present."""
    if actor.acts_as is Role.CITIZEN or Move.RATE not in moves(case.state, actor.acts_as):
        return frozenset()
    survey = work.surveys.last(case.number)
    called = survey is not None and may_be_called(work, case, survey)
    return frozenset() if called else frozenset({Move.RATE})


def find(work: UnitOfWork, actor: Actor, number: str, *, to_change: bool = False) -> Case:
    """Load a case that `actor` may read.

    Raises:
        CaseNotFound: there is none, or this actor may not know of it.
        ContactPointRequired: a service names no citizen.
        Forbidden: the role reads no cases.
    """
    authorize(actor, Action.READ_CASE)
    cases = work.cases
    case = None
    if is_case_number(number):
        case = cases.get_to_change(number) if to_change else cases.get(number)
    if case is None or not (
        may_read(actor, citizen_of(work, actor), case) or _follows(work, actor, number)
    ):
        raise CaseNotFound(number=number[:32])
    return case


def _follows(work: UnitOfWork, actor: Actor, number: str) -> bool:
    """Return whether the citizen has entered the receipt's access code."""
    if actor.acts_as is not Role.CITIZEN or actor.contact_point is None:
        return False
    return work.followers.has(number, actor.contact_point)


def citizen_of(work: UnitOfWork, actor: Actor) -> str | None:
    """Return the citizen for whom a service acts; None for staff or an unknown citizen."""
    if actor.acts_as is not Role.CITIZEN or actor.contact_point is None:
        return None
    point = work.citizens.at(actor.contact_point)
    return point.citizen if point is not None else None
