"""The queue of cases that staff work from: theirs to see, filtered, counted, a page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from api.contract import CaseSummary
from api.domain.actor import HOTLINE, Actor, Role
from api.domain.errors import Forbidden
from api.domain.lifecycle import OPEN, State
from api.services import views
from api.services.desk import Desk
from api.store.queue import Asked, Queue
from kernel.transaction import Transaction

PAGE = 25
"""Cases on one page."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What one looks for. Without states: everything that is open."""

    states: frozenset[State] = frozenset()
    unit: str | None = None
    category: str | None = None
    number: str | None = None
    overdue: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page, and how many there are: by state, overdue, under the filter, and pages.

    `counts` has the open states, and the one that was asked for.
    """

    items: tuple[CaseSummary, ...]
    counts: Mapping[State, int]
    overdue: int
    total: int
    page: int
    pages: int


def read_queue(tx: Transaction, desk: Desk, actor: Actor, wanted: Filter) -> QueuePage:
    """Show a page of the queue, what is due first at the top.

    A unit sees its own cases whatever unit is asked for. A page behind the last shows the last.

    Raises:
        Forbidden: a role that reads no cases.
    """
    unit = wanted.unit
    if actor.role is Role.UNIT and actor.unit is not None:
        unit = actor.unit
    elif actor.role not in HOTLINE:
        raise Forbidden(role=actor.role)
    queue, states = Queue(tx), wanted.states or OPEN
    # What has ended grows without end, so it is counted only when it is asked for.
    base = Asked(states=states | OPEN, unit=unit, category=wanted.category, number=wanted.number)
    if wanted.number is not None and not wanted.states:
        # A number that was typed is looked for among all cases, not only among the open ones.
        base, states = replace(base, states=frozenset()), frozenset(State)
    late = replace(base, overdue_at=desk.clock.now())
    counts, counts_late = queue.counts(base), queue.counts(late)
    shown, shown_counts = (late, counts_late) if wanted.overdue else (base, counts)
    total = sum(n for state, n in shown_counts.items() if state in states)
    pages = max(1, -(-total // PAGE))
    page = min(max(wanted.page, 1), pages)
    found = queue.page(replace(shown, states=states), first=(page - 1) * PAGE, limit=PAGE)
    return QueuePage(
        items=tuple(views.summary(desk.catalogue, case) for case in found),
        counts=counts,
        overdue=sum(n for state, n in counts_late.items() if state in states),
        total=total,
        page=page,
        pages=pages,
    )
