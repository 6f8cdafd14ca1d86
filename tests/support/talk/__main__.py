"""Play the material of tests/strangers and judge it; see tests/strangers/README.md."""

import argparse
import sys
import time
from pathlib import Path

from rich.console import Console

from talk import causes, showing
from talk.material import PARTS
from talk.measuring import COUNT, WHAT, Measured, measure
from talk.report import write


def main() -> int:
    """Play, judge, and print totals."""
    parser = argparse.ArgumentParser(prog="python -m talk", description=__doc__)
    parser.add_argument("--what", choices=(*WHAT, "citizens"), default="conversations")
    parser.add_argument("--part", choices=PARTS, default="tuning")
    parser.add_argument("--only", help="numbers of conversations: 012,040-060")
    parser.add_argument("--count", type=int, default=COUNT, help="of generated citizens")
    parser.add_argument("--show", action="store_true", help="print those with faults, in full")
    parser.add_argument("--causes", action="store_true", help="print faults by cause")
    parser.add_argument("--out", type=Path, help="write each result as a line of JSON")
    parser.add_argument("--transcripts", type=Path, help="write each for readers, into a folder")
    parser.add_argument("--engine", choices=("embedded", "rasa"), default="embedded")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--report", type=Path, help="measure all of both parts, and write it")
    options = parser.parse_args()
    console = Console(stderr=True)
    if options.report:
        write(options.report, console, count=options.count, jobs=options.jobs)
        return 0
    single = any((options.show, options.out, options.only, options.causes))
    if options.part == "held-out" and single:
        parser.error("of the held-out part only totals are given")
    began = time.monotonic()
    measured = measure(
        options.what,
        options.part,
        console,
        only=options.only,
        count=options.count,
        engine=options.engine,
        jobs=options.jobs,
    )
    _print(options, measured)
    sys.stdout.write(showing.lines(measured.rates))
    console.print(f"{time.monotonic() - began:.0f} s")
    return 0


def _print(options: argparse.Namespace, measured: Measured) -> None:
    if options.show:
        sys.stdout.writelines(measured.wrong)
    if options.causes:
        sys.stdout.write(causes.table(measured.conversations))
    if options.out:
        rows = [showing.as_json(*conversation) for conversation in measured.conversations]
        options.out.write_text("\n".join(rows) + "\n", encoding="utf-8")
    if options.transcripts:
        showing.for_readers(measured.conversations, options.transcripts)


if __name__ == "__main__":
    raise SystemExit(main())
