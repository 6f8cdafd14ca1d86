"""What a part of the bench is given and what it gives; the report that is made of all of them."""

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
    """One figure that the product is held to, as measured and as wanted."""

    what: str
    measured: str
    wanted: str
    held: bool


@dataclass(frozen=True, slots=True)
class Chapter:
    """What a part has found, in Markdown.

    `about` says what was done and what the clock included, `body` holds the tables, `readme` is the
    table that the READMEs keep, if there is one.
    """

    about: str
    body: str
    bars: Sequence[Bar] = ()
    readme: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """What a part measures with: an empty folder of its own, how thoroughly, and a progress bar."""

    folder: Path
    quick: bool
    progress: Progress = field(repr=False)

    def size(self, whole: int, *, quick: int) -> int:
        """Return how many of something to do: `whole`, or `quick` when only trying it out."""
        return quick if self.quick else whole

    def track(self, things: Sequence[Thing], what: str) -> Iterator[Thing]:
        """Go through the things with a bar that says what is going on."""
        yield from self.progress.track(things, description=what)


@dataclass(frozen=True, slots=True)
class Part:
    """One measurement: its name on the command line, its chapter's title, and how it is made.

    `packages` are those whose versions say something about its figures. One that is not `everyday`
    runs only where it is named.
    """

    name: str
    title: str
    measure: Callable[[Run], Awaitable[Chapter]]
    packages: tuple[str, ...] = ()
    everyday: bool = True


def report(chapters: Sequence[tuple[Part, Chapter]], *, quick: bool) -> str:
    """Make the whole report: where it was made, which bars were held, a chapter for each part."""
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
    """Put a part's table where the READMEs keep it.

    Raises:
        ValueError: one of them keeps no place for it.
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
