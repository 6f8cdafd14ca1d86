"""Run `make bench`: measure every part, or some, and report which bars are met."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from bench.frame import Chapter, Part, Run, into_readmes, report
from bench.parts import PARTS
from kernel.logging import configure


def chosen(names: str | None, parts: Sequence[Part] = PARTS) -> list[Part]:
    """Return the parts with those names, comma-separated; without names the everyday ones.

    Raises:
        SystemExit: there is no part of a name.
    """
    if not names:
        return [part for part in parts if part.everyday]
    known = {part.name: part for part in parts}
    wanted = [name.strip() for name in names.split(",")]
    if unknown := [name for name in wanted if name not in known]:
        raise SystemExit(f"no part is named {', '.join(unknown)}; there are {', '.join(known)}")
    return [known[name] for name in wanted]


def measured(part: Part, *, quick: bool, console: Console) -> Chapter:
    """Measure one part in its own folder, which is deleted afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Progress(console=console, transient=True) as progress,
    ):
        return asyncio.run(part.measure(Run(Path(folder), quick=quick, progress=progress)))


def main() -> int:
    """Measure, print, write the report; return 1 when a bar is not met."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = ", ".join(part.name for part in PARTS)
    parser.add_argument("--only", metavar="PART[,PART]", help=f"of {names}")
    parser.add_argument("--quick", action="store_true", help="try it out; bars mean little")
    parser.add_argument("--report", type=Path, help="write the report, and the READMEs' tables")
    options = parser.parse_args()
    console = Console(stderr=True)
    configure("WARNING", json=False)  # parts in this process would log otherwise
    parts = chosen(options.only)
    chapters = []
    for place, part in enumerate(parts, 1):
        console.print(f"{place} of {len(parts)}: {part.title}")
        chapters.append((part, measured(part, quick=options.quick, console=console)))
    text = report(chapters, quick=options.quick)
    sys.stdout.write(text)
    if options.report:
        options.report.parent.mkdir(parents=True, exist_ok=True)
        options.report.write_text(text)
        for part, chapter in chapters:
            if chapter.readme is not None:
                into_readmes(part, chapter.readme)
    return int(not all(bar.held for _, chapter in chapters for bar in chapter.bars))


if __name__ == "__main__":
    raise SystemExit(main())
