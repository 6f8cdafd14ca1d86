"""Compare the product on its embedded engine with a real Rasa 3.6.21, in one run, with one client.

There are three columns: the product, which also stores, commits and delivers each message; a Rasa
server with the same understanding and actions, with SQLite as tracker store, called directly; the
same with Rasa's own plain pipeline. Each Rasa has its own case service, which runs before it
starts. So the product's citizen's side (with engine and actions) is also started with a running
case service, and once more with all its parts. Our intake and the memory of its case service do not
count for Rasa.
"""

import asyncio
import itertools
import statistics
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path

import psutil
from rich.console import Console

from bench.figures import table
from bench.frame import Bar, Chapter, Run
from bench.machine import describe
from bench.parts.road_in import MANY, ONE, Load, drive
from bench.servers import ROOT, SERVICE, Server, free_port, served
from solvefirst.rasa.environment import HOME, prepare
from solvefirst.rasa.server import RasaServer
from solvefirst.rasa.training import train

PLAIN = ROOT / "bench" / "rasa" / "config.diet.yml"
OURS, SAME, DIET = "SolveFirst", "Rasa, our NLU", "Rasa, DIET"


@dataclass(slots=True)
class Column:
    """One column: starts in seconds, memory in MiB, disk in MiB."""

    loads: dict[int, list[Load]] = field(default_factory=lambda: {ONE: [], MANY: []})
    starts: list[float] = field(default_factory=list)
    whole_starts: list[float] = field(default_factory=list)
    resident: float = 0.0
    installed: float = 0.0
    written: float = 0.0

    def rate(self, clients: int) -> float:
        """Return messages a second, median over the rounds."""
        return statistics.median(load.rate for load in self.loads[clients])

    def milliseconds(self, clients: int, share: float) -> float:
        """Return a percentile of the answers' times, median over the rounds."""
        return statistics.median(load.milliseconds(share) for load in self.loads[clients])

    @property
    def start(self) -> float:
        """Seconds from the command to the first good answer, the case service running; median."""
        return statistics.median(self.starts)

    @property
    def whole_start(self) -> str:
        """The same with the case service, if it is part of the column."""
        return f"{statistics.median(self.whole_starts):.1f}" if self.whole_starts else ""

    @property
    def messages(self) -> int:
        """Number of answered messages."""
        return sum(len(load.answers) for loads in self.loads.values() for load in loads)

    @property
    def cases(self) -> str:
        """Number of conversations that ended with a receipt."""
        loads = [load for loads in self.loads.values() for load in loads]
        held = sum(load.conversations for load in loads)
        return f"{sum(load.receipts for load in loads):,} of {held:,}"


@asynccontextmanager
async def rasa_served(
    folder: Path, python: Path, model: Path, column: Column
) -> AsyncIterator[Server]:
    """Serve a case service, our actions and a Rasa; yield the Rasa."""
    async with served(folder) as desk:
        port = free_port()
        rasa = RasaServer(
            python,
            model,
            folder / "rasa",
            port=free_port(),
            actions=f"http://127.0.0.1:{port}/webhook",
        )
        actions: Server | None = None
        began = time.perf_counter()
        try:
            rasa.start()
            # As in `make rasa`: without its actions a Rasa sends no answer.
            actions = await Server.start(
                ("-m", "solvefirst", "actions", "--port", str(port)),
                port,
                ready="/health",
                env={
                    "SOLVEFIRST_API_URL": desk.base,
                    "SOLVEFIRST_VAR": str(folder / "var"),
                    "SOLVEFIRST_SERVICE_TOKEN": SERVICE,
                    "SOLVEFIRST_DEMO": "1",
                    "SOLVEFIRST_LOG_LEVEL": "warning",
                },
                log=folder / "actions.log",
            )
            await asyncio.to_thread(rasa.wait)
            column.starts.append(time.perf_counter() - began)
            server = Server(psutil.Process(rasa.pid), rasa.port, column.starts[-1])
            yield server
            column.resident = server.resident() + actions.resident()
            column.written = size([folder / "rasa"])
        finally:
            rasa.stop()
            if actions is not None:
                actions.kill()


def size(places: Iterable[Path]) -> float:
    """Return the size of the files under these places, in MiB."""
    files = (file for place in places for file in (place, *place.rglob("*")))
    return sum(file.stat().st_size for file in files if file.is_file()) / 2**20


def ours_installed() -> float:
    """Return the size of our own environment: every package of the lock, in MiB."""
    names = [
        line.split("==")[0]
        for line in (ROOT / "requirements.lock").read_text().splitlines()
        if "==" in line and line[0].isalnum()
    ]
    total = 0.0
    for name in names:
        try:
            files = distribution(name).files or ()
        except ModuleNotFoundError:  # of another platform or Python
            continue
        total += size(Path(str(file.locate())) for file in files)
    return total


async def loads(server: Server, column: Column, run: Run, names: Iterator[int], what: str) -> None:
    """Drive one server, one client and sixteen in turns."""
    seconds, rounds = run.size(12, quick=4), run.size(3, quick=1)
    await drive(server, MANY, min(3.0, seconds), names)  # not counted: caches fill
    for clients in run.track([ONE, MANY] * rounds, what):
        column.loads[clients].append(await drive(server, clients, seconds, names))


async def compare(run: Run) -> dict[str, Column]:
    """Serve and measure the three one by one, as the machine is too small for all together."""
    console = Console(stderr=True)
    python = await asyncio.to_thread(prepare, console)
    models = {
        SAME: await asyncio.to_thread(train, python, ROOT, console),
        DIET: await asyncio.to_thread(train, python, ROOT, console, config=PLAIN),
    }
    names = itertools.count()
    columns = {OURS: Column(installed=ours_installed())}
    folder = run.folder / "ours"
    folder.mkdir()
    desk_folder = run.folder / "desk"
    desk_folder.mkdir()
    async with served(desk_folder) as desk:
        for _ in range(run.size(3, quick=1)):
            async with served(folder) as server:
                columns[OURS].whole_starts.append(server.start_seconds)
            async with served(folder, only="bot", SOLVEFIRST_API_URL=desk.base) as server:
                columns[OURS].starts.append(server.start_seconds)
    async with served(folder) as server:
        await loads(server, columns[OURS], run, names, OURS)
        columns[OURS].resident = server.resident()
    columns[OURS].written = size([folder / "var"])
    for number, (name, model) in enumerate(models.items()):
        column = columns[name] = Column(installed=size([HOME / "venv"]))
        folder = run.folder / f"rasa-{number}"
        folder.mkdir()
        for again in reversed(range(run.size(2, quick=1))):
            async with rasa_served(folder, python, model, column) as server:
                if not again:
                    await loads(server, column, run, names, name)
    return columns


def bars(columns: dict[str, Column]) -> list[Bar]:
    """Compare the product with the Rasa with the same understanding and actions."""
    ours, same = columns[OURS], columns[SAME]
    rate = ours.rate(MANY) / same.rate(MANY)
    faster = same.milliseconds(MANY, 0.5) / ours.milliseconds(MANY, 0.5)
    alone = same.milliseconds(ONE, 0.5) / ours.milliseconds(ONE, 0.5)
    start = same.start / ours.start
    memory = ours.resident / same.resident
    lost = sum(item.conversations - item.receipts for all_ in ours.loads.values() for item in all_)
    return [
        Bar("throughput of Rasa's, 16 at once", f"{rate:.1f} x", "≥ 10 x", held=rate >= 10),
        Bar("p50 below Rasa's, 16 at once", f"{faster:.1f} x", "≥ 8 x", held=faster >= 8),
        Bar("p50 below Rasa's, one at a time", f"{alone:.1f} x", "≥ 8 x", held=alone >= 8),
        Bar("faster start, case service running", f"{start:.1f} x", "≥ 3 x", held=start >= 3),
        Bar("memory of Rasa's", f"{memory:.0%}", "≤ 33 %", held=memory <= 1 / 3),
        Bar("conversations without a receipt", str(lost), "0", held=not lost),
    ]


def columns_table(columns: dict[str, Column]) -> str:
    """Make the table of the three."""
    rows: list[tuple[str, ...]] = []

    def row(what: str, *cells: str) -> None:
        rows.append((what, *cells))

    three = list(columns.values())
    for clients in (ONE, MANY):
        row(f"messages/s, {clients} at once", *(f"{item.rate(clients):,.0f}" for item in three))
        for share in (0.5, 0.99):
            cells = (f"{item.milliseconds(clients, share):,.1f}" for item in three)
            row(f"p{100 * share:.0f} ms, {clients} at once", *cells)
    row("cold start, case service running, s", *(f"{item.start:.1f}" for item in three))
    row("cold start of all, s", *(item.whole_start for item in three))
    row("memory, MiB", *(f"{item.resident:,.0f}" for item in three))
    row("installed, MiB", *(f"{item.installed:,.0f}" for item in three))
    row(
        "written, KiB a message",
        *(f"{1024 * item.written / max(item.messages, 1):,.1f}" for item in three),
    )
    row("conversations that came to a case", *(item.cases for item in three))
    return table(("", *columns), rows)


async def measure(run: Run) -> Chapter:
    """Measure the three."""
    columns = await compare(run)
    made = columns_table(columns)
    return Chapter(
        about=f"""
The same conversations of the REST channel, the same client, one server after the other on the same
machine. *{OURS}* is the whole product on its embedded engine, case service included, every commit
on. *{SAME}* is a real Rasa 3.6.21 with our understanding as its component and our action server,
SQLite its tracker store; *{DIET}* has Rasa's own plain pipeline, trained on the same data, which
knows no categories and places: its conversations go other ways. Both are spoken to directly,
without our intake. The first cold start is that of a Rasa with its action server, and of our
citizen's side, engine and actions in it (`serve --only bot`), the case service running already for
each; the row below is the whole product's. Memory, after the load, is that of the whole product,
and of a Rasa with its action server, whose case service is not weighed; *installed* is the Python
environment. Most of Rasa's time goes to `jsonschema`: it checks each answer of an action, and with
each answer the schema itself anew (`_validate_action_result`); three actions a message are called
here.""",
        body=made,
        bars=bars(columns),
        readme=f"{made}\n\n{describe('solvefirst', 'rasa-sdk', 'numpy')}, Rasa 3.6.21",
    )
