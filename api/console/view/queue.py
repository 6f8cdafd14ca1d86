"""Read the queue by the filters of its address: cases, tabs, and a unit's part in each case."""

from collections.abc import Mapping
from dataclasses import replace

from api.console.view.dates import day
from api.console.view.reader import Reader
from api.contract import CaseSummary
from api.domain.lifecycle import OPEN, CaseState
from api.errors import CursorInvalid
from api.people.rules.actor import Role
from api.people.rules.staff import Staff
from api.services.cases.queue import QueueFilter, QueuePage, read_queue
from api.store.cases.queue import Flag

SHOWN = (
    CaseState.SUBMITTED,
    CaseState.ACCEPTED,
    CaseState.DISPATCHED,
    CaseState.PROCESSING,
    CaseState.RETURN_PENDING,
    CaseState.REHANDLING,
    CaseState.REPLIED,
    CaseState.CALLBACK,
    CaseState.CLOSED,
)
"""States that always have a tab; others have one when a case is in them."""

FOR_UNIT = frozenset(
    {
        CaseState.DISPATCHED,
        CaseState.PROCESSING,
        CaseState.REHANDLING,
        CaseState.REPLIED,
        CaseState.CLOSED,
    }
)
PARTS = ("lead", "beside")
FILTERS = ("state", "unit", "part", "category", "place", "q", "since", "until", "overdue", *Flag)


def unit_of(staff: Staff) -> str | None:
    """Return the reader's unit; None for readers who see the cases of all units."""
    return staff.unit if staff.role is Role.UNIT else None


async def read_page(reader: Reader, own: str | None) -> QueuePage:
    """Read the page of the queue by the address. `own` is the reader's unit.

    Raises:
        Forbidden: the role reads no cases.
    """
    context, actor = reader.context, await reader.actor()
    wanted = _filter(reader.query, own)
    try:
        return await context.database.read(read_queue, context.desk, actor, wanted)
    except CursorInvalid:  # a cursor of another list, in an old address
        first = replace(wanted, after=None)
        return await context.database.read(read_queue, context.desk, actor, first)


def tabs(
    reader: Reader, page: QueuePage, own: str | None
) -> list[tuple[CaseState | None, int | None]]:
    """List the states to choose from with their counts; None means all open, or not counted.

    Ended cases are counted only while their state is selected.
    """
    chosen = reader.query.get("state")
    found: list[tuple[CaseState | None, int | None]] = [
        (None, sum(n for state, n in page.counts.items() if state in OPEN))
    ]
    for state in CaseState:
        if state in (SHOWN if own is None else FOR_UNIT) or page.counts.get(state):
            known = state in OPEN or state == chosen
            found.append((state, page.counts.get(state, 0) if known else None))
    return found


def part_of(case: CaseSummary, own: str | None) -> str | None:
    """Return the part of the unit `own` in a case: `helper` or `member`; None if it leads."""
    if own is None or (case.unit is not None and case.unit.code == own):
        return None
    return "helper" if own in {helper.code for helper in case.helpers} else "member"


def _filter(query: Mapping[str, str], own: str | None) -> QueueFilter:
    """Parse the filter of an address; invalid values are ignored. `own` is the reader's unit."""
    state, part = query.get("state"), query.get("part") if own else None
    return QueueFilter(
        states=frozenset({CaseState(state)}) if state in set(CaseState) else frozenset(),
        unit=own if part == "lead" else query.get("unit") or None,
        beside=part == "beside",
        category=query.get("category") or None,
        place=query.get("place") or None,
        words=query.get("q") or None,
        since=day(query.get("since")),
        until=day(query.get("until")),
        overdue=query.get("overdue") == "1",
        flags=frozenset(flag for flag in Flag if query.get(flag) == "1"),
        after=query.get("after") or None,
    )
