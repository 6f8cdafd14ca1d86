"""`make mutants`: how many changes of the modules below their tests notice; a report of it.

Each mutant is compiled into a forked process that has the libraries loaded already, and the
module's tests run there until the first failure. A mutant that the quick tests do not notice is
tried with those on PostgreSQL too. One that makes the tests hang is noticed by their time.
"""

import argparse
import ast
import importlib
import importlib.abc
import importlib.util
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

from mutants.operators import Mutant, mutants

ROOT = Path(__file__).parents[3]
KNOWN = Path(__file__).with_name("survivors.yml")
LIBRARIES = (
    "rich.table",
    "typer",
    "structlog",
    "pydantic_settings",
    "cryptography.fernet",
    "hypothesis.stateful",
    "sqlalchemy",
    "psycopg",
    "alembic",
    "fastapi",
)
NOTICED, SURVIVED, HUNG = 1, 0, 2
LEAST = 0.9
FACTOR = 4.0
"""How many times longer than without a change the tests may take before they count as hanging."""
PATIENCE = 20.0
"""Seconds that hanging tests get to stop their servers."""
POLL = 0.02


@dataclass(frozen=True)
class Subject:
    """A module and the tests that are there to notice its changes."""

    module: str
    tests: tuple[str, ...]

    @property
    def path(self) -> Path:
        return ROOT / (self.module.replace(".", "/") + ".py")


SUPERVISOR = tuple(
    f"tests/unit/kernel/test_{name}.py"
    for name in ("backoff", "loops", "supervised_tasks", "supervisor")
)
# Without test_lifecycle_page.py: it compares the table with its own print.
LIFECYCLE = tuple(
    f"tests/unit/api/test_{name}.py" for name in ("lifecycle_rules", "lifecycle", "case", "events")
)
SUBJECTS = (
    Subject("api.domain.lifecycle.table", LIFECYCLE),
    Subject("api.domain.lifecycle.rules", LIFECYCLE),
    Subject("kernel.backoff", SUPERVISOR),
    Subject("kernel.supervisor", SUPERVISOR),
    Subject("kernel.loops", SUPERVISOR),
    Subject(
        "kernel.leases",
        tuple(f"tests/contract/kernel/test_lease{name}.py" for name in ("s", "_queues")),
    ),
)


class Mutated(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a changed tree."""

    def __init__(self, module: str, path: Path, tree: ast.Module) -> None:
        self._module, self._path, self._tree = module, path, tree

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> object:
        if name != self._module:
            return None
        return importlib.util.spec_from_file_location(name, self._path, loader=self)

    def create_module(self, _spec: object) -> None:
        return None

    def exec_module(self, module: object) -> None:
        exec(compile(self._tree, str(self._path), "exec"), vars(module))


def child(subject: Subject, mutant: Mutant | None, which: str) -> int:
    """Run a subject's tests on a mutant; 1 when one of them failed."""
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    if mutant is not None:
        tree = mutant.applied(subject.path.read_text("utf-8"))
        sys.meta_path.insert(0, Mutated(subject.module, subject.path, tree))
    options = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", "-m", which]
    options += ["-p", "no:schemathesis", "--assert", "plain"]  # no words of failures are needed
    passed = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    return SURVIVED if pytest.main([*options, *subject.tests]) in passed else NOTICED


@dataclass
class Trial:
    """One mutant in a forked process; it is in a group of its own with what its tests start."""

    subject: Subject
    mutant: Mutant | None
    which: str
    longest: float = 600.0

    def __post_init__(self) -> None:
        self.begun = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            code = NOTICED
            try:
                os.setpgid(0, 0)
                code = child(self.subject, self.mutant, self.which)
            finally:
                os._exit(code)

    def outcome(self) -> int | None:
        """How it ended; `None` while it runs."""
        done, status = os.waitpid(self.pid, os.WNOHANG)
        if done:
            return NOTICED if os.waitstatus_to_exitcode(status) else SURVIVED
        late = time.monotonic() - self.begun - self.longest
        if late > 0:
            # First an interrupt, so that the tests stop the servers that they have started.
            os.killpg(self.pid, signal.SIGINT if late < PATIENCE else signal.SIGKILL)
            if late >= PATIENCE:
                os.waitpid(self.pid, 0)
                return HUNG
        return None

    def wait(self) -> int:
        """Wait for its end."""
        while (outcome := self.outcome()) is None:
            time.sleep(POLL)
        return outcome


def progress() -> Progress:
    """Give a bar that starts no thread, as a process with threads is not forked."""
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(
        *columns,
        console=Console(stderr=True),
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
        transient=True,
    )


def survivors(subject: Subject, tried: Sequence[Mutant], which: str, at_once: int) -> list[Mutant]:
    """Give those of the mutants that the tests of this kind do not notice."""
    whole = Trial(subject, None, which)
    if whole.wait() is not SURVIVED:
        sys.exit(f"the tests of {subject.module} fail without a change: {which}")
    longest = FACTOR * (time.monotonic() - whole.begun) * at_once + 5
    waiting, running, found = list(reversed(tried)), list[Trial](), list[Mutant]()
    with progress() as bar:
        task = bar.add_task(f"{subject.module} ({which})", total=len(tried))
        while waiting or running:
            while waiting and len(running) < at_once:
                running.append(Trial(subject, waiting.pop(), which, longest))
            time.sleep(POLL)
            for trial in list(running):
                outcome = trial.outcome()
                if outcome is not None:
                    running.remove(trial)
                    bar.advance(task)
                    bar.refresh()
                    if outcome is SURVIVED and trial.mutant is not None:
                        found.append(trial.mutant)
    return sorted(found, key=lambda item: item.index)


def reasons(subject: Subject) -> dict[tuple[str, str], str]:
    """Give why survivors of a module are let live, by source line and change."""
    known = yaml.safe_load(KNOWN.read_text("utf-8")).get(subject.module) or []
    return {(item["line"], item["change"]): item["reason"] for item in known}


def section(subject: Subject, at_once: int) -> tuple[str, bool, list[str]]:
    """Try a module's mutants; its row of the table, whether it is good, and its survivors."""
    source = subject.path.read_text("utf-8")
    lines, known, begun = source.splitlines(), reasons(subject), time.monotonic()
    tried = mutants(source)
    left = survivors(subject, tried, "not postgres", at_once)
    if left:
        left = survivors(subject, left, "postgres", at_once)
    killed, took = len(tried) - len(left), time.monotonic() - begun
    seen = {item: known.get((lines[item.line - 1].strip(), item.what)) for item in left}
    same = sum(reason is not None for reason in seen.values())
    share = killed / len(tried)
    figures = (
        f"{len(tried)} | {killed} | {len(left)} | {same}"
        f" | {share:.1%} | {killed / (len(tried) - same):.1%} | {took:.0f} s"
    )
    row = f"| `{subject.module}` | {figures} |"
    words = [
        f"- `{subject.module}:{item.line}` {item.what} — {reason or '**no reason is given**'}"
        for item, reason in seen.items()
    ]
    print(row, *words, sep="\n", flush=True)  # noqa: T201 - what the command is for
    return row, share >= LEAST, words


def main() -> int:
    """Try the mutants of each module, write the report; 1 when too many survive."""
    known = ", ".join(subject.module for subject in SUBJECTS)
    parser = argparse.ArgumentParser(
        prog="mutants",
        description="Change modules in one place at a time and tell which changes no test notices.",
    )
    parser.add_argument("--only", default="", help=f"some of {known}; separated by commas")
    parser.add_argument("--at-once", type=int, default=2, help="processes beside each other (2)")
    parser.add_argument("--report", type=Path, help="file to write the result to")
    arguments = parser.parse_args()
    only = arguments.only.split(",") if arguments.only else [subject.module for subject in SUBJECTS]
    if unknown := sorted(set(only) - {subject.module for subject in SUBJECTS}):
        parser.error(f"{', '.join(unknown)}: not among {known}")
    os.chdir(ROOT)
    os.environ["HYPOTHESIS_PROFILE"] = "ci"
    for name in LIBRARIES:
        importlib.import_module(name)
    done = [section(subject, arguments.at_once) for subject in SUBJECTS if subject.module in only]
    if arguments.report:
        arguments.report.write_text(report(done), "utf-8")
    return int(not all(good for _, good, _ in done))


def report(done: list[tuple[str, bool, list[str]]]) -> str:
    """Write down what was tried, on which commit and machine."""
    git = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, check=True, capture_output=True, text=True).stdout.strip()
    machine = f"{os.cpu_count()} × {platform.machine()}, Python {platform.python_version()}"
    result = [line for _, _, lines in done for line in lines]
    return "\n".join(
        [
            "# Mutation test",
            "",
            f"`make mutants` on commit {commit}; {machine}.",
            "",
            "Each module is changed in one place at a time: operators, comparisons, constants,",
            "conditions, returned values, members of enumerations, arguments and elements left",
            "out, statements removed. A change is killed when one of the module's own tests fails",
            "(`tests/support/mutants`). At least 90 % of all must be. A survivor with a reason in",
            "`survivors.yml` is equivalent: no test can or need tell it from the original.",
            "",
            "| module | changes | killed | survive | equivalent | of all | of the others | took |",
            "|---|---|---|---|---|---|---|---|",
            *(row for row, _, _ in done),
            "",
            "## Survivors",
            "",
            *(result or ["None."]),
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
