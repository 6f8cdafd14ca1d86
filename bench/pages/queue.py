"""Read the data of the queue page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from api.console.view import choices, wording
from api.console.view.queue import FILTERS, PARTS, part_of, read_page, tabs, unit_of
from api.console.view.reader import Reader
from api.contract import CaseSummary
from api.domain.lifecycle import CaseState
from api.services.cases.queue import QueuePage
from api.store.cases.queue import Flag

CHECKS = ("overdue", *Flag)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    case: CaseSummary
    due: wording.DueWords
    opened: str
    part: str | None


@dataclass(frozen=True, slots=True)
class Tab:
    """One state with the number of its cases; None where it is not counted."""

    words: str
    n: int | None
    state: CaseState | None


@dataclass(frozen=True, slots=True)
class QueueList:
    """The queue as one reader sees it. `filtered` is true when a filter is set."""

    page: QueuePage
    rows: tuple[Row, ...]
    tabs: tuple[Tab, ...]
    selects: tuple[tuple[str, list[choices.Group]], ...]
    filtered: bool
    checks: tuple[str, ...] = CHECKS


async def read_list(reader: Reader) -> QueueList:
    """Read the queue with the address's filters.

    Raises:
        Forbidden: a role that reads no cases.
    """
    own, context = unit_of(await reader.staff()), reader.context
    page = await read_page(reader, own)
    now = context.desk.clock.now()
    return QueueList(
        page,
        tuple(_row(reader, case, now, own) for case in page.items),
        tuple(_tab(reader, state, n) for state, n in tabs(reader, page, own)),
        tuple(_selects(reader, own=own is not None)),
        any(reader.query.get(key) for key in FILTERS),
    )


def _row(reader: Reader, case: CaseSummary, now: datetime, own: str | None) -> Row:
    due = wording.due(reader, case, now)
    return Row(case, due, wording.moment(reader, case.opened_at, now), part_of(case, own))


def _tab(reader: Reader, state: CaseState | None, n: int | None) -> Tab:
    words = reader.say("queue_open") if state is None else wording.state(reader, state)
    return Tab(words, n, state)


def _selects(reader: Reader, *, own: bool) -> Iterator[tuple[str, list[choices.Group]]]:
    if own:
        parts = [(part, reader.say(f"queue_part_{part}")) for part in PARTS]
        yield "part", [(reader.say("field_part"), parts)]
    else:
        yield "unit", list(choices.units(reader))
    yield "category", list(choices.whole_categories(reader))
    yield "place", list(choices.places(reader))
