"""Define a bench part's input and result, and make the report of all parts."""

import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from rich.progress import Progress

from bench.figures import table
from bench.machine import describe

ROOT = Path(__file__).resolve().parents[1]
Thing = TypeVar("Thing")
READMES = ("README.md", "README.zh-CN.md")


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure with a target: the measured and the wanted value."""

    what: str
    measured: str
    wanted: str
    held: bool


@dataclass(frozen=True, slots=True)
class Chapter:
    """Result of a part, in Markdown.

    `about` says what was done and what the time includes, `body` has the tables, `readme` is the
    table for the READMEs, if there is one.
    """

    about: str
    body: str
    bars: Sequence[Bar] = ()
    readme: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """Input of a part: its own empty folder, the thoroughness, and a progress bar."""

    folder: Path
    quick: bool
    progress: Progress = field(repr=False)

    def size(self, whole: int, *, quick: int) -> int:
        """Return the number of repetitions: `whole`, or `quick` in a trial run."""
        return quick if self.quick else whole

    def track(self, things: Sequence[Thing], what: str) -> Iterator[Thing]:
        """Iterate over things with a labelled progress bar."""
        yield from self.progress.track(things, description=what)


@dataclass(frozen=True, slots=True)
class Part:
    """One measurement: its name on the command line, its chapter's title, and its function.

    `packages` are those whose versions matter for its figures. A part that is not `everyday` runs
    only if it is named.
    """

    name: str
    title: str
    measure: Callable[[Run], Awaitable[Chapter]]
    packages: tuple[str, ...] = ()
    everyday: bool = True


def report(chapters: Sequence[tuple[Part, Chapter]], *, quick: bool) -> str:
    """Make the whole report: the machine, the bars, and a chapter for each part."""
    packages = sorted({name for part, _ in chapters for name in part.packages})
    parts = "".join(
        f"\n## {part.title}\n\n{chapter.about.strip()}\n\n{chapter.body.strip()}\n"
        for part, chapter in chapters
    )
    trial = "\n**A quick trial: too short for its figures to mean much.**\n" if quick else ""
    return f"""# Figures

Made by `make bench`: servers, clients and databases on one machine, one part after the other.
{trial}
{describe("solvefirst", *packages)}

{summary(chapters)}
{parts}"""


def summary(chapters: Sequence[tuple[Part, Chapter]]) -> str:
    """Make the table of all bars."""
    return table(
        ("part", "figure", "measured", "bar", "held"),
        (
            (part.name, bar.what, bar.measured, bar.wanted, "yes" if bar.held else "**no**")
            for part, chapter in chapters
            for bar in chapter.bars
        ),
    )


def into_readmes(part: Part, text: str, root: Path = ROOT) -> None:
    """Replace a part's table in the READMEs.

    Raises:
        ValueError: a README has no place for it.
    """
    start, end = f"<!-- bench:{part.name} -->", f"<!-- /bench:{part.name} -->"
    for name in READMES:
        path = root / name
        old = path.read_text()
        new, found = re.subn(
            f"{start}.*?{end}", lambda _: f"{start}\n{text}\n{end}", old, flags=re.DOTALL
        )
        if not found:
            raise ValueError(f"{name} has no place for the table of {part.name}: {start} … {end}")
        path.write_text(new)
