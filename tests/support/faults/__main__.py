"""`make faults`: kill -9 at random moments over the whole circle, on both databases; a report."""

import argparse
import asyncio
import os
import secrets
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import text

from bench.figures import table
from bench.machine import describe
from bench.postgres import postgres
from faults.rounds import LONGEST_START, TO_THE_END, Run, run
from faults.tables import Findings
from kernel.database.database import Database
from kernel.logging import configure

DATABASES = ("SQLite", "PostgreSQL")


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that is over."""

    database: str
    version: str
    minutes: float
    load: float
    """Processes that wanted to run at the kills, median; above the cores starts are slow."""
    run: Run
    findings: Findings

    @property
    def held(self) -> bool:
        """Tell whether nothing was lost, twice or stuck, and each start was quick."""
        return self.findings.clean and max(self.run.starts, default=0.0) < LONGEST_START

    @property
    def about(self) -> str:
        """Tell the database's version, how long the run took and how busy the machine was."""
        return f"{self.database} {self.version}: {self.minutes:.1f} min, load {self.load:.1f}"

    @property
    def figures(self) -> tuple[object, ...]:
        """One row of the report."""
        found, starts = self.findings, self.run.starts
        return (
            self.database,
            len(self.run.kills),
            f"{found.messages:,}",
            f"{found.cases:,}",
            f"{found.pushes:,}",
            len(found.lost),
            len(found.twice),
            len(found.stuck),
            found.in_flight_twice,
            f"{statistics.median(starts):.1f} s",
            f"{max(starts):.1f} s",
            f"{self.run.happenings.silences['rest']:.0f} s",
            f"{self.run.happenings.silences['telegram']:.0f} s",
        )


HEAD = (
    "", "kill -9", "messages", "cases", "pushes", "lost", "twice", "stuck", "in flight, twice",
    "ready again, median", "longest", "longest silence on REST", "on Telegram",
)  # fmt: skip


def report(ended: list[Ended], seed: int) -> str:
    """Make the report, as it stands in docs/reports."""
    wrong = "".join(
        f"\n{item.database}: {kind}: {', '.join(sorted(lines)[:20])}\n"
        for item in ended
        for kind, lines in (
            ("lost", item.findings.lost),
            ("twice", item.findings.twice),
            ("stuck", item.findings.stuck),
        )
        if lines
    )
    result = "All held." if all(item.held for item in ended) else "**Not all held, see below.**"
    return f"""# Faults

The product as one process (`solvefirst serve`) is killed -9 at random moments and started again,
while citizens on the REST channel and in the simulated Telegram go through the whole circle:
message, case, the unit signs in, tells twice of its progress and replies, push, survey, rating.
Clients repeat what was not acknowledged. {result}

- *lost*: an acknowledged message, a case or a unit's words that are not there in the end
- *twice*: a message kept twice, a second case, a move made twice, words that came twice without
  having been in flight at a kill
- *stuck*: what is not over {TO_THE_END:.0f} s after the last kill
- *in flight, twice*: the last message of a chat before a kill, sent and not yet marked; allowed
- *longest silence*: between two messages that reached somebody on the channel, over all kills

Made by `make faults`; the same chances again: `make faults SEED={seed}`.

{describe("solvefirst", "sqlalchemy", "psycopg", "python-telegram-bot")}
- {"; ".join(item.about for item in ended)}

{table(HEAD, (item.figures for item in ended))}

What was under way at the kills; one kill meets several.

{table(("at so many kills", *(item.database for item in ended)), moments(ended))}
{wrong}"""


def moments(ended: list[Ended]) -> list[tuple[object, ...]]:
    """Make a row for each thing that was under way, the most frequent first."""
    total: Counter[str] = sum((item.run.moments for item in ended), Counter())
    return [(name, *(item.run.moments[name] for item in ended)) for name, _ in total.most_common()]


def ended(database: str, kills: int, seed: int, console: Console) -> Ended:
    """Make one run in a folder of its own, which is gone afterwards unless something is wrong."""
    columns = (TextColumn(database), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    server = postgres() if database == "PostgreSQL" else nullcontext()
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    began = time.monotonic()
    with server as url, Progress(*columns, console=console) as progress:
        bar = progress.add_task("", total=kills)

        loads: list[float] = []

        def tick() -> None:
            loads.append(os.getloadavg()[0])
            progress.advance(bar)
            if not console.is_terminal:  # no bar is drawn there before the end
                made = progress.tasks[0].completed
                console.print(f"{database}: {made:.0f} of {kills} kills", highlight=False)

        found = asyncio.run(run(folder, database_url=url, kills=kills, seed=seed, tick=tick))
        version = asyncio.run(version_of(url))
    done = Ended(
        database, version, (time.monotonic() - began) / 60, statistics.median(loads), *found
    )
    if done.held:
        shutil.rmtree(folder)
    else:
        console.print(f"kept for a look: {folder}", markup=False)
    return done


async def version_of(url: str | None) -> str:
    """Ask the database for its version."""
    if url is None:
        return sqlite3.sqlite_version
    database = Database(url)
    try:
        return await database.read(lambda tx: str(tx.scalar(text("SHOW server_version"))))
    finally:
        await database.close()


def main() -> int:
    """Kill, compare, report; 1 when something did not hold."""
    parser = argparse.ArgumentParser(
        prog="make faults",
        description=__doc__,
        epilog="Takes about eight seconds a kill. Ends with 0 when nothing was lost, twice or stuck"
        f" and each start took less than {LONGEST_START:.0f} s, otherwise with 1; then the folder"
        " with the data and the server's log is kept and named."
        " Few kills, one database: make faults KILLS=3 ONLY=SQLite",
    )
    parser.add_argument("--kills", type=int, default=50, help="on each database (%(default)s)")
    parser.add_argument(
        "--seed",
        type=int,
        default=secrets.randbelow(10**6),
        help="of the moments of the kills; the report names the one that was drawn",
    )
    parser.add_argument("--only", choices=DATABASES, help="one database instead of both")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the report there too")
    options = parser.parse_args()
    configure("WARNING", json=False)
    console = Console(stderr=True)
    done = [
        ended(database, options.kills, options.seed, console)
        for database in ([options.only] if options.only else DATABASES)
    ]
    words = report(done, options.seed)
    sys.stdout.write(words)
    if options.report:
        options.report.write_text(words)
    return int(not all(item.held for item in done))


if __name__ == "__main__":
    raise SystemExit(main())
