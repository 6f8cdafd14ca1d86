"""Play the conversations of tests/strangers and judge them; see tests/strangers/README.md."""

import argparse
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.progress import track

from talk import causes, showing
from talk.material import PARTS, conversations
from talk.running import held


def main() -> int:
    """Play, judge, and print totals."""
    parser = argparse.ArgumentParser(prog="python -m talk", description=__doc__)
    parser.add_argument("--part", choices=PARTS, default="tuning")
    parser.add_argument("--only", help="numbers of conversations: 012,040-060")
    parser.add_argument("--show", action="store_true", help="print those with faults, in full")
    parser.add_argument("--causes", action="store_true", help="print faults by cause")
    parser.add_argument("--out", type=Path, help="write each result as a line of JSON")
    parser.add_argument("--transcripts", type=Path, help="write each for readers, into a folder")
    parser.add_argument("--engine", choices=("embedded", "rasa"), default="embedded")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    if options.part == "held-out" and any(
        (options.show, options.out, options.only, options.causes)
    ):
        parser.error(
            "of the held-out part only totals are given: no --show, --causes, --out, --only"
        )
    console = Console(stderr=True)
    began = time.monotonic()
    found = conversations(options.part, options.only)
    playing = held(found, engine=options.engine, jobs=options.jobs)
    done = list(track(playing, "conversations", total=len(found), console=console))
    done.sort(key=lambda one: one[0].id)
    if options.show:
        sys.stdout.writelines(showing.in_full(*one) for one in done if not one[2].faultless)
    if options.causes:
        sys.stdout.write(causes.table(done))
    if options.out:
        lines = (showing.as_json(*one) for one in done)
        options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if options.transcripts:
        showing.for_readers(done, options.transcripts)
    sys.stdout.write(showing.totals([one[2] for one in done]))
    console.print(f"{time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
