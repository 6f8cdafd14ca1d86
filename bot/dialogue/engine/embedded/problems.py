"""Collect the faults of a project's files, each with its place and its correction."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class FileLine:
    """A line of a file. `file` is relative to the project root, `line` counts from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, order=True)
class ProjectProblem:
    """One fault. `feature` names the construct, `advice` says what to write instead."""

    place: FileLine
    feature: str
    advice: str

    def __str__(self) -> str:
        return f"{self.place}: {self.feature}: {self.advice}"


class ProjectInvalid(Exception):  # noqa: N818 - a state of the project's files, named as the design does
    """The project's files cannot be run. `problems` holds all faults, ordered by place."""

    def __init__(self, problems: Iterable[ProjectProblem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Problems:
    """Collects faults while a project is read, so that one start shows all of them.

    `warned` holds constructs that run, although the author probably did not intend them.
    """

    def __init__(self) -> None:
        self.found: list[ProjectProblem] = []
        self.warned: list[ProjectProblem] = []

    def add(self, place: FileLine, feature: str, advice: str) -> None:
        """Add one fault."""
        self.found.append(ProjectProblem(place, feature, advice))

    def warn(self, place: FileLine, feature: str, advice: str) -> None:
        """Add one warning; the project still runs."""
        self.warned.append(ProjectProblem(place, feature, advice))

    def raise_if_any(self) -> None:
        """Raise when there is a fault.

        Raises:
            ProjectInvalid: with all faults.
        """
        if self.found:
            raise ProjectInvalid(self.found)
