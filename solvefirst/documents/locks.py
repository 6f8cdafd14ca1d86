"""Run `make outdated`: compare the locks with those resolved today."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from solvefirst.project import ROOT

_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\\n]+)(?: ;([^\\\n]*))?", re.MULTILINE)
_STEPS = ("major", "minor", "patch")


@dataclass(frozen=True, slots=True)
class Outdated:
    """A package whose locked version is not the newest compatible one.

    `step` is major, minor or patch; or new or gone if only one of the two locks has it.
    """

    name: str
    locked: str
    newest: str
    step: str


def outdated(locked: str, newest: str) -> Iterator[Outdated]:
    """Compare the text of a lock with one resolved today."""
    old, new = _pins(locked), _pins(newest)
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key, ""), new.get(key, "")
        if before != after:
            yield Outdated(key[0], before, after, _step(before, after))


def _pins(lock: str) -> dict[tuple[str, str], str]:
    """Read a lock: versions by name and marker, as a package may be pinned once per marker."""
    return {(name, marker.strip()): version for name, version, marker in _PIN.findall(lock)}


def _step(before: str, after: str) -> str:
    if not before or not after:
        return "gone" if before else "new"
    old, new = (re.findall(r"\d+", version) for version in (before, after))
    return next(
        (step for step, was, now in zip(_STEPS, old, new, strict=False) if was != now), _STEPS[-1]
    )


def run(resolved: Path, console: Console, root: Path = ROOT) -> int:
    """Print the outdated packages of each lock, given the locks resolved today; return 0."""
    for lock in sorted(root.glob("requirements*.lock")):
        found = list(outdated(lock.read_text("utf-8"), (resolved / lock.name).read_text("utf-8")))
        if not found:
            console.print(f"{lock.name}: nothing is old.")
            continue
        table = Table("package", "locked", "newest", "step", title=lock.name, box=None)
        for package in found:
            table.add_row(package.name, package.locked, package.newest, package.step)
        console.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), Console(highlight=False)))
