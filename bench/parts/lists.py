"""Measure lists, searches and figures over a city's 200,000 cases of a year, on PostgreSQL."""

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from api.app import LISTENERS
from api.catalogue.store.loading import load_catalogue, shipped_catalogue
from api.domain.lifecycle import CaseState
from api.figures.rules import Grouping, Period
from api.figures.service.figures import FiguresQuery, read_figures
from api.migrations import MIGRATIONS, VERSION_TABLE
from api.people.rules.actor import Actor, Role
from api.services.cases.queue import QueueFilter, read_queue
from api.services.cases.reading import list_cases
from api.services.desk import ServiceDesk
from api.store.cases.queue import Flag, Order
from bench.figures import percentile, table
from bench.frame import Bar, Chapter, Run
from bench.many import write
from bench.postgres import postgres
from kernel.clock import ManualClock
from kernel.database.database import Database
from kernel.database.migrate import upgrade
from kernel.ids import RandomIds
from kernel.privacy.crypto import Keyring

WANTED_MS = 50.0
NOW = datetime(2026, 7, 1, 4, tzinfo=UTC)
CLERK = Actor("bench", Role.CLERK, "Bench")
LEADER = Actor("bench", Role.LEADER, "Bench")
FILTERS = {
    "open": QueueFilter(),
    "one state": QueueFilter(states=frozenset({CaseState.PROCESSING})),
    "closed": QueueFilter(states=frozenset({CaseState.CLOSED})),
    "a unit": QueueFilter(unit="URBAN"),
    "a category": QueueFilter(category="0101"),
    "a group of categories": QueueFilter(category="07"),
    "a street": QueueFilter(place="320104002"),
    "a district": QueueFilter(place="320104"),
    "overdue": QueueFilter(overdue=True),
    "urged": QueueFilter(flags=frozenset({Flag.URGED})),
    "owed and urgent": QueueFilter(flags=frozenset({Flag.OWED, Flag.URGENT})),
    "supervised": QueueFilter(flags=frozenset({Flag.SUPERVISED})),
    "a day": QueueFilter(since=date(2026, 3, 1), until=date(2026, 3, 1)),
    "a unit's month": QueueFilter(unit="URBAN", since=date(2026, 3, 1), until=date(2026, 3, 31)),
    "a number": QueueFilter(number="20260301-0067"),
    "a search for a place": QueueFilter(words="秦淮区"),
    "a search for a matter at a place": QueueFilter(words="秦淮区 井盖"),
    "a search for a unit": QueueFilter(words="供电"),
}
"""The measured lists and searches; a test checks their query plans."""

Look = Callable[[], Awaitable[Any]]


def desk_at(now: datetime) -> ServiceDesk:
    """Make the service desk of the shipped city."""
    clock = ManualClock(now)
    return ServiceDesk(
        catalogue=load_catalogue(shipped_catalogue()),
        keyring=Keyring.from_setting("a secret of a measurement long enough"),
        clock=clock,
        ids=RandomIds(clock),
        listeners=LISTENERS,
    )


async def deep(database: Database, desk: ServiceDesk, pages: int) -> str | None:
    """Read pages of all cases; return the cursor after them."""
    cursor = None
    for _ in range(pages):
        page = await database.read(
            list_cases, desk, CLERK, wanted=QueueFilter(after=cursor), limit=100
        )
        cursor = page.next
    return cursor


async def timed(run: Run, name: str, look: Look, times: int) -> list[float]:
    """Repeat a query; return the milliseconds of each run."""
    await look()
    took = []
    for _ in run.track(range(times), name):
        began = time.perf_counter()
        await look()
        took.append(1000 * (time.perf_counter() - began))
    return took


def line(name: str, took: Sequence[float]) -> tuple[str, ...]:
    """Make a line of a table."""
    return (name, *(f"{percentile(took, share):.1f}" for share in (0.5, 0.95, 0.99)))


async def measure(run: Run) -> Chapter:
    """Measure each list and search, and figures of a month and of a year."""
    cases, times = run.size(200_000, quick=20_000), run.size(100, quick=10)
    desk = desk_at(NOW)
    with postgres() as url:
        database = Database(url)
        upgrade(database.engine, MIGRATIONS, VERSION_TABLE)
        began = time.perf_counter()
        write(database.engine, desk.catalogue, cases, NOW)
        seconds = time.perf_counter() - began
        behind = QueueFilter(after=await deep(database, desk, run.size(500, quick=50)))

        def queue(wanted: QueueFilter) -> Look:
            return lambda: database.read(read_queue, desk, CLERK, wanted)

        def listed(wanted: QueueFilter) -> Look:
            return lambda: database.read(
                list_cases, desk, CLERK, wanted=wanted, order=Order.NEWEST, limit=25
            )

        def counted(by: Grouping, since: date, until: date) -> Look:
            asked = FiguresQuery(Period(since, until), by)
            return lambda: database.read(read_figures, desk, LEADER, asked)

        looks: list[tuple[str, Look]] = []
        for name, wanted in FILTERS.items():
            looks.append((f"console: {name}", queue(wanted)))
            looks.append((f"API: {name}", listed(wanted)))
        looks.append(("API: 50,000 cases further on", listed(behind)))
        found = [(name, await timed(run, name, look, times)) for name, look in looks]
        year = (NOW.date() - timedelta(days=364), NOW.date())
        figures = [
            (f"{what}, by {by}", await timed(run, "figures", counted(by, *days), times // 5))
            for what, days in (
                ("a month", (date(2026, 3, 1), date(2026, 3, 31))),
                ("a year", year),
            )
            for by in (Grouping.UNIT, Grouping.DAY)
        ]
        await database.close()
    every = [item for _, took in found for item in took]
    p95 = percentile(every, 0.95)
    slowest = max(percentile(took, 0.95) for _, took in found)
    head = ("p50, ms", "p95, ms", "p99, ms")
    return Chapter(
        about=f"""
{cases:,} cases of a year (written in {seconds:.0f} s), about one in fourteen open, over all
categories, streets and units of the shipped city. The console's queue counts by state and overdue
besides reading its page of 25; the API's list reads 25. In process, one look at a time, from the
call of the service to its answer. Figures compare with the year before.""",
        body=table(("list or search", *head), (line(name, took) for name, took in found))
        + "\n\n"
        + table(("figures of", *head), (line(name, took) for name, took in figures)),
        bars=(
            Bar(
                "lists and searches, p95",
                f"{p95:.0f} ms",
                f"< {WANTED_MS:.0f} ms",
                held=p95 < WANTED_MS,
            ),
            Bar(
                "the slowest of them, p95",
                f"{slowest:.0f} ms",
                f"< {WANTED_MS:.0f} ms",
                held=slowest < WANTED_MS,
            ),
        ),
    )
