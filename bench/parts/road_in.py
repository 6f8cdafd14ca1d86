"""Compare conversations through the REST channel with a bare endpoint.

Both servers run one process each on their own SQLite files, with full commits. The same client
calls both in turns, so that a slower machine affects both. The client shares the machine with them:
absolute figures are lower than those of a server alone; the ratio counts.
"""

import asyncio
import itertools
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.citizens import CONVERSATION, PATH, has_receipt
from bench.counting import Cost, costs_table, count
from bench.figures import percentile, table
from bench.frame import Bar, Chapter, Run
from bench.http import Connection
from bench.recording import Recorder
from bench.servers import Server, free_port, served

ONE, MANY = 1, 16


@dataclass(slots=True)
class Load:
    """Result of one run of the client: its seconds, seconds of each answer, receipts.

    `processor` is the processor time of the server's process meanwhile, in seconds.
    """

    seconds: float = 0.0
    processor: float = 0.0
    answers: list[float] = field(default_factory=list)
    conversations: int = 0
    receipts: int = 0

    @property
    def rate(self) -> float:
        """Answered messages a second."""
        return len(self.answers) / self.seconds

    @property
    def cost(self) -> float:
        """Processor time of the server per message, in milliseconds."""
        return 1000 * self.processor / len(self.answers)

    def milliseconds(self, share: float) -> float:
        """Return the time within which `share` of the answers arrived."""
        return 1000 * percentile(self.answers, share)


async def drive(server: Server, clients: int, seconds: float, names: Iterator[int]) -> Load:
    """Run whole conversations, `clients` in parallel, for about `seconds`."""
    load = Load()
    used = server.processor_seconds()
    began = time.perf_counter()
    until = began + seconds

    async def client() -> None:
        async with Connection("127.0.0.1", server.port) as connection:
            while time.perf_counter() < until:
                sender = f"bench-{next(names)}"
                answer: Any = None
                for message in CONVERSATION:
                    sent = time.perf_counter()
                    status, answer = await connection.post(
                        PATH, {"sender": sender, "message": message}
                    )
                    load.answers.append(time.perf_counter() - sent)
                    if status != 200:
                        raise RuntimeError(f"status {status}: {answer}")
                load.conversations += 1
                load.receipts += has_receipt(answer)

    await asyncio.gather(*(client() for _ in range(clients)))
    load.seconds = time.perf_counter() - began
    load.processor = server.processor_seconds() - used
    return load


async def record(port: int, database: Path) -> Recorder:
    """Run one conversation, and record what each message writes."""
    recorder = Recorder(database)
    async with Connection("127.0.0.1", port) as connection:
        for message in CONVERSATION:
            status, answer = await connection.post(PATH, {"sender": "record", "message": message})
            if status != 200:
                raise RuntimeError(f"status {status}: {answer}")
            recorder.note(answer)
        if not has_receipt(answer):
            raise RuntimeError(f"the conversation ended without a receipt: {answer}")
    return recorder


@dataclass(frozen=True, slots=True)
class Figures:
    """Both servers over all rounds; starts in seconds, memory in MiB."""

    real: Mapping[int, list[Load]]
    bare: Mapping[int, list[Load]]
    first_start: float
    second_start: float
    resident: float
    idle: float

    def of_bare(self, clients: int) -> float:
        """Return the median share of the bare endpoint's rate, each round by itself."""
        pairs = zip(self.real[clients], self.bare[clients], strict=True)
        return statistics.median(real.rate / bare.rate for real, bare in pairs)


async def bare_server(folder: Path) -> Server:
    """Start the bare endpoint on the recording in the folder."""
    port = free_port()
    words = ("-m", "bench.bare", f"{folder}/recording", f"sqlite:///{folder}/bare.db", str(port))
    return await Server.start(words, port, ready="/health/ready", log=folder / "bare.log")


async def compare(run: Run) -> Figures:
    """Start both, measure both in turns, and read our memory."""
    seconds, rounds = run.size(8, quick=2), run.size(5, quick=2)
    async with served(run.folder) as first:
        recorder = await record(first.port, run.folder / "var" / "solvefirst.db")
    recorder.recording().save(run.folder / "recording")
    real: dict[int, list[Load]] = {ONE: [], MANY: []}
    bare: dict[int, list[Load]] = {ONE: [], MANY: []}
    names = itertools.count()
    async with served(run.folder) as server:
        idle = server.resident()
        other = await bare_server(run.folder)
        try:
            for target in (server, other):  # not counted: caches fill, code is compiled
                await drive(target, MANY, min(2.0, seconds), names)
            turns = [(clients, which) for clients in (ONE, MANY) for which in (True, False)]
            for clients, ours in run.track(turns * rounds, "driving both servers"):
                target, loads = (server, real) if ours else (other, bare)
                loads[clients].append(await drive(target, clients, seconds, names))
        finally:
            other.kill()
        return Figures(
            real, bare, first.start_seconds, server.start_seconds, server.resident(), idle
        )


def loads_table(figures: Figures) -> str:
    """Make the table of both servers; medians over the rounds."""
    rows = []
    for clients in (ONE, MANY):
        both = (
            ("SolveFirst", figures.real[clients], f"{figures.of_bare(clients):.0%}"),
            ("bare", figures.bare[clients], ""),
        )
        for name, loads, share in both:
            rate = statistics.median(load.rate for load in loads)
            middle = statistics.median(load.milliseconds(0.5) for load in loads)
            slow = statistics.median(load.milliseconds(0.99) for load in loads)
            cost = statistics.median(load.cost for load in loads)
            rows.append(
                (
                    clients,
                    name,
                    f"{rate:,.0f}",
                    f"{middle:.1f}",
                    f"{slow:.1f}",
                    f"{cost:.2f}",
                    share,
                )
            )
    head = ("at once", "", "messages/s", "p50 ms", "p99 ms", "CPU ms a message", "of bare")
    return table(head, rows)


def bars(figures: Figures) -> list[Bar]:
    """Compare the figures with the bars."""
    share = figures.of_bare(MANY)
    slow = statistics.median(load.milliseconds(0.99) for load in figures.real[MANY])
    held = [load for loads in figures.real.values() for load in loads]
    lost = sum(load.conversations - load.receipts for load in held)
    return [
        Bar("of the bare endpoint, 16 at once", f"{share:.0%}", "≥ 35 %", held=share >= 0.35),
        Bar("p99, 16 at once", f"{slow:.0f} ms", "< 100 ms", held=slow < 100),
        Bar(
            "resident memory",
            f"{figures.resident:.0f} MiB",
            "≤ 250 MiB",
            held=figures.resident <= 250,
        ),
        Bar("cold start", f"{figures.second_start:.2f} s", "< 3 s", held=figures.second_start < 3),
        Bar("conversations without a receipt", str(lost), "0", held=not lost),
    ]


def turns_bar(costs: Sequence[Cost]) -> Bar:
    """Compare the commits of a turn with the bar."""
    most = max(cost.commits - cost.calls for cost in costs)
    wanted = "≤ 2, the case service's apart"
    return Bar("commits a message", str(most), wanted, held=most <= 2)


async def measure(run: Run) -> Chapter:
    """Measure the receiving of messages."""
    costs = await count(run.folder / "counted")
    figures = await compare(run)
    held = [load for loads in figures.real.values() for load in loads]
    conversations = sum(load.conversations for load in held)
    loads = loads_table(figures)
    rest = table(
        ("", ""),
        (
            ("conversations held", f"{conversations:,}"),
            ("cold start, empty folder, with migrations", f"{figures.first_start:.2f} s"),
            ("resident memory, started", f"{figures.idle:.0f} MiB"),
        ),
    )
    return Chapter(
        about=f"""
Whole conversations of {len(CONVERSATION)} messages through the REST channel (greeting, a matter, a
question in the middle, a correction, a refusal, the confirmation that opens the case), all commits
on, SQLite with `synchronous=FULL`, one process. *Bare* is a FastAPI
endpoint that makes the same transactions and rows through the same database object with no logic.
{len(figures.real[MANY])} rounds, both servers in turns, medians; the client runs on the same
machine.""",
        body=f"{loads}\n\n{rest}\n\nWhat each message costs, which no machine changes:\n\n"
        f"{costs_table(costs)}",
        bars=[*bars(figures), turns_bar(costs)],
        readme=loads,
    )
