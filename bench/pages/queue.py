"""What the page of the queue shows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from api.console.view import choices, wording
from api.console.view.reader import Reader
from api.contract import CaseSummary
from api.domain.actor import Role
from api.domain.errors import CursorInvalid
from api.domain.lifecycle import OPEN, State
from api.services.queue import Filter, QueuePage, read_queue
from api.store.queue import Flag
from bench.pages.dates import day

_SHOWN = (
    State.SUBMITTED,
    State.ACCEPTED,
    State.DISPATCHED,
    State.PROCESSING,
    State.RETURN_PENDING,
    State.REHANDLING,
    State.REPLIED,
    State.CALLBACK,
    State.CLOSED,
)
_FOR_UNIT = frozenset(
    {State.DISPATCHED, State.PROCESSING, State.REHANDLING, State.REPLIED, State.CLOSED}
)
_PARTS = ("lead", "beside")
CHECKS = ("overdue", *Flag)
_FILTERS = ("state", "unit", "part", "category", "place", "q", "since", "until", *CHECKS)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    case: CaseSummary
    due: wording.Due
    opened: str
    part: str | None


@dataclass(frozen=True, slots=True)
class Tab:
    """One state with the number of its cases; None where it is not counted."""

    words: str
    n: int | None
    state: State | None


@dataclass(frozen=True, slots=True)
class QueueList:
    """The queue as one reader sees it. `filtered` tells whether anything was asked for."""

    page: QueuePage
    rows: tuple[Row, ...]
    tabs: tuple[Tab, ...]
    selects: tuple[tuple[str, list[choices.Group]], ...]
    filtered: bool
    checks: tuple[str, ...] = CHECKS


async def read_list(reader: Reader) -> QueueList:
    """Read the queue that the address asks for.

    Raises:
        Forbidden: a role that reads no cases.
    """
    staff, context = await reader.staff(), reader.context
    own = staff.unit if staff.role is Role.UNIT else None
    wanted = _filter(reader.query, own)
    try:
        page = await context.database.read(read_queue, context.desk, staff.actor, wanted)
    except CursorInvalid:  # of another list, in an address that somebody kept
        first = replace(wanted, after=None)
        page = await context.database.read(read_queue, context.desk, staff.actor, first)
    now = context.desk.clock.now()
    return QueueList(
        page,
        tuple(_row(reader, case, now, own) for case in page.items),
        tuple(_tabs(reader, page, own=own is not None)),
        tuple(_selects(reader, own=own is not None)),
        any(reader.query.get(key) for key in _FILTERS),
    )


def _row(reader: Reader, case: CaseSummary, now: datetime, own: str | None) -> Row:
    part = None
    if own is not None and (case.unit is None or case.unit.code != own):
        part = "helper" if own in {unit.code for unit in case.helpers} else "member"
    due = wording.due(reader, case, now)
    return Row(case, due, wording.moment(reader, case.opened_at, now), part)


def _tabs(reader: Reader, page: QueuePage, *, own: bool) -> Iterator[Tab]:
    chosen = reader.query.get("state")
    everything = sum(n for state, n in page.counts.items() if state in OPEN)
    yield Tab(reader.say("queue_open"), everything, None)
    for state in State:
        if state in (_FOR_UNIT if own else _SHOWN) or page.counts.get(state):
            known = state in OPEN or state == chosen
            n = page.counts.get(state, 0) if known else None
            yield Tab(wording.state(reader, state), n, state)


def _selects(reader: Reader, *, own: bool) -> Iterator[tuple[str, list[choices.Group]]]:
    if own:
        parts = [(part, reader.say(f"queue_part_{part}")) for part in _PARTS]
        yield "part", [(reader.say("field_part"), parts)]
    else:
        yield "unit", list(choices.units(reader))
    yield "category", list(choices.whole_categories(reader))
    yield "place", list(choices.places(reader))


def _filter(query: Mapping[str, str], own: str | None) -> Filter:
    """Read the filter off an address; what cannot be meant is no limit. `own` is one's unit."""
    state, part = query.get("state"), query.get("part") if own else None
    return Filter(
        states=frozenset({State(state)}) if state in set(State) else frozenset(),
        unit=own if part == "lead" else query.get("unit") or None,
        beside=part == "beside",
        category=query.get("category") or None,
        place=query.get("place") or None,
        words=(query.get("q") or "").strip()[:64] or None,
        since=day(query.get("since")),
        until=day(query.get("until")),
        overdue=query.get("overdue") == "1",
        flags=frozenset(flag for flag in Flag if query.get(flag) == "1"),
        after=query.get("after") or None,
    )
