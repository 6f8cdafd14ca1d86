"""`make bench`: whole conversations through the REST channel, beside a bare endpoint.

    python -m bench.road_in [--seconds 10] [--rounds 3] [--report FILE]

Both servers run one process each on SQLite files of their own, all commits on; the same client
drives both, in turns, so that a machine that slows down slows both. The client shares the machine
with them: absolute figures are lower than a server's alone would be, the ratio is what counts.
"""

import argparse
import asyncio
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from bench.http import Connection
from bench.machine import describe
from bench.recording import Recorder
from bench.servers import Server, free_port

PATH = "/webhooks/rest/webhook"

CONVERSATION = (
    "你好",
    "我要投诉，建邺区江东中路12号门口的路灯坏了三天了，晚上一片漆黑",
    "你们能做什么？",
    "不对，是86号",
    "不想留电话",
    "确认",
)
"""Greeting, a matter, a question in the middle, a correction, a refusal, the confirmation."""

ONE, MANY = 1, 16


@dataclass(slots=True)
class Load:
    """What one run of the client saw: seconds it took, seconds of each answer, receipts.

    `processor` is what the server's process used meanwhile, in seconds.
    """

    seconds: float = 0.0
    processor: float = 0.0
    answers: list[float] = field(default_factory=list)
    conversations: int = 0
    receipts: int = 0

    @property
    def rate(self) -> float:
        """Messages answered a second."""
        return len(self.answers) / self.seconds

    @property
    def cost(self) -> float:
        """Milliseconds of processor time a message, in the server."""
        return 1000 * self.processor / len(self.answers)

    def percentile(self, share: float) -> float:
        """Return the time within which `share` of the answers came, in milliseconds."""
        ordered = sorted(self.answers)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def drive(server: Server, clients: int, seconds: float, names: Iterator[int]) -> Load:
    """Hold whole conversations, `clients` at once, for about `seconds`."""
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


def has_receipt(answer: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether an answer carries a receipt: the case is open."""
    return any((row.get("custom") or {}).get("type") == "receipt" for row in answer)


async def record(port: int, database: Path) -> Recorder:
    """Hold one conversation, and take down what each message wrote."""
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
    """Both servers over all rounds."""

    real: Mapping[int, list[Load]]
    bare: Mapping[int, list[Load]]
    first_start: float
    second_start: float
    resident: float
    idle: float


async def measure(folder: Path, seconds: float, rounds: int, console: Console) -> Figures:
    """Start both, drive both in turns, weigh ours."""
    port, bare_port = free_port(), free_port()
    var = folder / "var"
    env = {
        "SOLVEFIRST_PORT": str(port),
        "SOLVEFIRST_VAR": str(var),
        "SOLVEFIRST_DEMO": "1",
        "SOLVEFIRST_LOG_LEVEL": "warning",
    }
    serve = ("-m", "solvefirst", "serve")

    async def start() -> Server:
        return await Server.start(
            serve, port, ready="/health/ready", env=env, log=folder / "real.log"
        )

    server = await start()
    first_start = server.start_seconds
    recorder = await record(port, var / "solvefirst.db")
    server.stop()
    recorder.recording().save(folder / "recording")
    server = await start()
    second_start, idle = server.start_seconds, server.resident()
    bare = await Server.start(
        (
            "-m",
            "bench.bare",
            str(folder / "recording"),
            f"sqlite:///{folder / 'bare.db'}",
            str(bare_port),
        ),
        bare_port,
        ready="/health/ready",
        log=folder / "bare.log",
    )
    real_loads: dict[int, list[Load]] = {ONE: [], MANY: []}
    bare_loads: dict[int, list[Load]] = {ONE: [], MANY: []}
    names = itertools.count()
    try:
        with Progress(console=console, transient=True) as progress:
            bar = progress.add_task("driving both servers", total=rounds * 4)
            for target in (server, bare):  # not counted: caches fill, code is compiled
                await drive(target, MANY, min(2.0, seconds), names)
            for _ in range(rounds):
                for clients in (ONE, MANY):
                    for target, loads in ((server, real_loads), (bare, bare_loads)):
                        loads[clients].append(await drive(target, clients, seconds, names))
                        progress.advance(bar)
        resident = server.resident()
    finally:
        server.stop()
        bare.kill()
    return Figures(real_loads, bare_loads, first_start, second_start, resident, idle)


def table(figures: Figures) -> str:
    """Make the Markdown table; medians over the rounds."""
    rows = [
        "| at once | | messages/s | p50 ms | p99 ms | CPU ms a message | of bare |",
        "|---:|---|---:|---:|---:|---:|---:|",
    ]
    for clients in (ONE, MANY):
        real, bare = figures.real[clients], figures.bare[clients]
        ratio = statistics.median(a.rate / b.rate for a, b in zip(real, bare, strict=True))
        for name, loads, share in (("SolveFirst", real, f"{ratio:.0%}"), ("bare", bare, "")):
            rate = statistics.median(load.rate for load in loads)
            middle = statistics.median(load.percentile(0.5) for load in loads)
            slow = statistics.median(load.percentile(0.99) for load in loads)
            cost = statistics.median(load.cost for load in loads)
            rows.append(
                f"| {clients} | {name} | {rate:,.0f} | {middle:.1f} | {slow:.1f} | {cost:.2f}"
                f" | {share} |"
            )
    return "\n".join(rows)


def report(figures: Figures, rounds: int, seconds: float) -> str:
    """Make the whole report."""
    held = [load for loads in figures.real.values() for load in loads]
    conversations = sum(load.conversations for load in held)
    receipts = sum(load.receipts for load in held)
    where = describe("solvefirst", "fastapi", "uvicorn", "sqlalchemy", "rasa-sdk", "numpy")
    return f"""# The road in

Whole conversations of {len(CONVERSATION)} messages through the REST channel (greeting, a matter, a
question in the middle, a correction, a refusal, the confirmation that opens the case), all commits
on, SQLite with `synchronous=FULL`, one process. *Bare* is a FastAPI endpoint that makes the same
transactions and rows through the same database object with no logic. Made by `make bench`;
{rounds} rounds of {seconds:g} s each, both servers in turns, medians; the client runs on the same
machine.

{where}

{table(figures)}

| | |
|---|---:|
| conversations held / ended with a receipt | {conversations:,} / {receipts:,} |
| cold start, empty folder | {figures.first_start:.2f} s |
| cold start, again | {figures.second_start:.2f} s |
| resident memory, started | {figures.idle:.0f} MiB |
| resident memory, after the load | {figures.resident:.0f} MiB |
"""


def into_readmes(figures: Figures) -> None:
    """Put the table where the READMEs keep it."""
    start, end = "<!-- bench -->", "<!-- /bench -->"
    for name in ("README.md", "README.zh-CN.md"):
        path = Path(__file__).resolve().parents[1] / name
        before, _, rest = path.read_text().partition(start)
        _, _, after = rest.partition(end)
        path.write_text(f"{before}{start}\n{table(figures)}\n{end}{after}")


def main() -> int:
    """Measure, print, write the report; 1 when a conversation ended without its receipt."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0, help="of each run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--report", type=Path, help="write the report and the READMEs' table")
    options = parser.parse_args()
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        figures = asyncio.run(measure(Path(folder), options.seconds, options.rounds, console))
    text = report(figures, options.rounds, options.seconds)
    sys.stdout.write(text)
    if options.report:
        options.report.parent.mkdir(parents=True, exist_ok=True)
        options.report.write_text(text)
        into_readmes(figures)
    loads = [load for loads in figures.real.values() for load in loads]
    return int(any(load.receipts < load.conversations for load in loads))


if __name__ == "__main__":
    raise SystemExit(main())
