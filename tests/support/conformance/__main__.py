"""`make conformance`: thousands of random dialogues through both engines, and a report of them."""

import argparse
import secrets
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bench.machine import describe
from conformance.adr import features, unmet
from conformance.walking import Tally, explored
from solvefirst.rasa import environment


def report(tally: Tally, seed: int, seconds: float) -> str:
    """The report, as it stands in docs/reports."""
    cut = "\n".join(f"| … cut short: {why} | {count:,} |" for why, count in tally.cut.items())
    missing = ", ".join(unmet(tally.met)) or "none"
    result = "**They part, see below.**" if tally.found else "They came to the same everywhere."
    return f"""# Conformance

Random dialogues in random projects, taken through the embedded engine and a real Rasa 3.6.21, and
compared turn by turn: events, replies, buttons, slots, the active form, and what custom actions
were called with. {result}
Made by `make conformance`; the same dialogues again: `make conformance SEED={seed}`.

{describe("solvefirst", "rasa-sdk", "hypothesis")}

| | |
|---|---:|
| dialogues | {tally.walks:,} |
| … compared to their end | {tally.whole:,} |
| messages compared | {tally.turns:,} |
{cut}
| projects drawn | {tally.projects:,} |
| … refused by both (rules that contradict each other) | {tally.refused:,} |
| … refused by the embedded engine alone, by name | {tally.refused_here:,} |
| features of the ADR | {len(features())} |
| … that no dialogue met | {missing} |
| seconds | {seconds:,.0f} |
{f"```{chr(10)}{tally.found}{chr(10)}```" if tally.found else ""}"""


def main() -> int:
    """Walk, report; 1 when the engines part."""
    parser = argparse.ArgumentParser(prog="make conformance", description=__doc__)
    parser.add_argument("--walks", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--report", type=Path)
    options = parser.parse_args()
    console = Console(stderr=True)
    try:
        python = environment.prepare(console)
    except environment.NotBuilt as missing:
        console.print(str(missing), markup=False)
        return 2
    began = time.monotonic()
    columns = (TextColumn("dialogues"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("", total=options.walks)
        tally = explored(
            python,
            walks=options.walks,
            seed_=options.seed,
            tick=lambda tally: progress.update(bar, completed=tally.whole),
        )
    text = report(tally, options.seed, time.monotonic() - began)
    sys.stdout.write(text)
    if options.report:
        options.report.write_text(text)
    return int(tally.found is not None)


if __name__ == "__main__":
    raise SystemExit(main())
