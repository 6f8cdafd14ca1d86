"""List cases for staff: by rights, filtered, counted, a page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from api.catalogue.rules.calendar import midnight
from api.contract import CaseSummary
from api.domain.cases.standing import Standing
from api.domain.lifecycle import OPEN, CaseState
from api.people.rules.actor import Actor, Role
from api.people.rules.permissions import Action, authorize
from api.services.cases import views
from api.services.cases.cursors import read_cursor, read_moment, write_cursor
from api.services.cases.searching import categories_of, search, streets_in
from api.services.desk import ServiceDesk
from api.store.cases.queue import MOST_COUNTED, CaseQuery, Flag, Order, Queue, QueueCursor
from kernel.database.transaction import Transaction

PAGE = 25
"""Number of cases on one page."""


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Filter of cases.

    `unit` is the leading unit; `beside` selects a unit's cases that another one leads. `category`
    is a code of either level, `place` one of any level; `since` and `until` are days of opening in
    Asia/Shanghai, both included; `number` is the beginning of a number, `words` are searched.
    """

    states: frozenset[CaseState] = frozenset()
    unit: str | None = None
    beside: bool = False
    category: str | None = None
    place: str | None = None
    number: str | None = None
    words: str | None = None
    since: date | None = None
    until: date | None = None
    overdue: bool = False
    flags: frozenset[Flag] = frozenset()
    after: str | None = None


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page, and the counts: by state, overdue, and under the filter.

    `counts` has the open states and the requested one; with `more` there are more than counted.
    `next` is the cursor of the next page, `unknown` are words of the search without a match.
    """

    items: tuple[CaseSummary, ...]
    counts: Mapping[CaseState, int]
    overdue: int
    total: int
    more: bool
    next: str | None
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseListing:
    """One page of cases, and the cursor of the next one."""

    items: tuple[CaseSummary, ...]
    next: str | None


def read_queue(tx: Transaction, desk: ServiceDesk, actor: Actor, wanted: QueueFilter) -> QueuePage:
    """Read a page of the queue with counts: open cases by due time, others newest first.

    Without states it lists all open cases, or with a number, words or days in the filter all cases.
    A unit sees only cases that it leads, helps in or assesses.

    Raises:
        Forbidden: the role reads no cases.
        CursorInvalid: `after` is not a cursor of this list.
    """
    authorize(actor, Action.READ_QUEUE)
    asked, unknown = _asked(desk, actor, wanted)
    now = desk.clock.now()
    anywhere = bool(wanted.number or wanted.words or wanted.since or wanted.until)
    states = wanted.states or (frozenset(CaseState) if anywhere else OPEN)
    # The number of ended cases has no limit, so they are counted only on request.
    every = states == frozenset(CaseState)
    queue = Queue(tx, desk.keyring)
    counted = replace(asked, overdue_at=None, states=frozenset() if every else states | OPEN)
    counts, late = queue.counts(counted, now)
    shown = late if wanted.overdue else counts
    listed = _list(
        desk,
        queue,
        replace(asked, states=frozenset() if every else states),
        Order.DUE if states <= OPEN or wanted.overdue else Order.NEWEST,
        wanted.after,
        PAGE,
    )
    return QueuePage(
        items=listed.items,
        counts=counts,
        overdue=sum(n for state, n in late.items() if state in states),
        total=sum(n for state, n in shown.items() if state in states),
        more=sum(counts.values()) >= MOST_COUNTED,
        next=listed.next,
        unknown=unknown,
    )


def list_matching(
    tx: Transaction, desk: ServiceDesk, actor: Actor, wanted: QueueFilter, order: Order, limit: int
) -> CaseListing:
    """List matching cases without counts.

    Without states and days, flags are searched only in open cases.

    Raises:
        Forbidden: the role reads no cases.
        CursorInvalid: `after` is not a cursor of this list.
    """
    authorize(actor, Action.READ_QUEUE)
    asked, _ = _asked(desk, actor, wanted)
    states = wanted.states
    if wanted.flags and not (states or wanted.since or wanted.until):
        states = OPEN
    return _list(
        desk, Queue(tx, desk.keyring), replace(asked, states=states), order, wanted.after, limit
    )


def list_of_citizen(
    tx: Transaction, desk: ServiceDesk, citizen: str, *, after: str | None, limit: int
) -> CaseListing:
    """List a citizen's own cases, newest first.

    Raises:
        CursorInvalid: `after` is not a cursor of this list.
    """
    return _list(
        desk, Queue(tx, desk.keyring), CaseQuery(citizen=citizen), Order.NEWEST, after, limit
    )


def _asked(
    desk: ServiceDesk, actor: Actor, wanted: QueueFilter
) -> tuple[CaseQuery, tuple[str, ...]]:
    own = actor.unit if actor.role is Role.UNIT else None
    streets = streets_in(desk.catalogue, wanted.place) if wanted.place else frozenset()
    asked = CaseQuery(
        units=frozenset({wanted.unit} if wanted.unit else ()),
        part=own,
        beside=wanted.beside,
        categories=categories_of(desk.catalogue, wanted.category)
        if wanted.category
        else frozenset(),
        streets=streets,
        number=wanted.number,
        since=midnight(wanted.since) if wanted.since else None,
        before=midnight(wanted.until + timedelta(days=1)) if wanted.until else None,
        overdue_at=desk.clock.now() if wanted.overdue else None,
        flags=wanted.flags,
        nothing=bool(wanted.place) and not streets,
    )
    if not wanted.words:
        return asked, ()
    found = search(desk.catalogue, wanted.words, asked)
    return found.asked, found.unknown


def _list(
    desk: ServiceDesk, queue: Queue, asked: CaseQuery, order: Order, cursor: str | None, limit: int
) -> CaseListing:
    after = _after(cursor, order) if cursor else None
    found = queue.page(asked, order, after=after, limit=limit + 1)
    shown = found[:limit]
    return CaseListing(
        items=tuple(views.summary(desk.catalogue, case) for case in shown),
        next=_cursor(shown[-1], order) if len(found) > limit else None,
    )


def _cursor(last: Standing, order: Order) -> str:
    at = last.due_at if order is Order.DUE else last.opened_at
    return write_cursor(order, at, last.number)


def _after(cursor: str, order: Order) -> QueueCursor:
    read = read_cursor if order is Order.DUE else read_moment
    return QueueCursor(*read(order, cursor))
