"""Make the Python 3.10 environment in which Rasa runs, once, from a hashed lock.

Rasa 3.6 is the last open release. It supports no Python later than 3.10 and needs much older
libraries than ours. It therefore gets its own environment under `.rasa/`, from which we never
import.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from solvefirst.project import ROOT

HOME = ROOT / ".rasa"
"""Folder of all Rasa files that can be made again: environment, models, its own cache."""

LOCK = ROOT / "requirements-rasa.lock"
BUILDER = "setuptools"
MARK = "solvefirst.lock"
"""File in the environment with the digest of its lock, written last."""

WANTED = (3, 10)
_ASK = "import ensurepip, sys, venv; print(*sys.version_info[:2])"


class NotBuilt(Exception):  # noqa: N818 - a state of the machine
    """The environment is missing or cannot be made; the message says what to do."""


def python(home: Path = HOME) -> Path:
    """Return the environment's Python.

    Raises:
        NotBuilt: there is no environment, or it was made from another lock.
    """
    mark = home / "venv" / MARK
    if not mark.is_file() or mark.read_text() != digest():
        raise NotBuilt(f"Rasa's environment under {home} is missing or out of date: `make rasa`.")
    return home / "venv" / "bin" / "python"


def digest() -> str:
    """Return the digest of the lock."""
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def prepare(console: Console, home: Path = HOME) -> Path:
    """Make the environment if it is missing; return its Python.

    Raises:
        NotBuilt: no Python 3.10 was found, or the lock could not be installed.
    """
    try:
        return python(home)
    except NotBuilt:
        base = find_python(os.environ)
    folder = home / "venv"
    console.print(
        f"Rasa's environment is made under {folder} with {base}: 2.7 GB, about 2 minutes."
    )
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(
        [base, "-m", "venv", str(folder)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise NotBuilt(f"{base} -m venv failed: {(made.stderr or made.stdout).strip()}")
    _install(folder / "bin" / "python", console, home / "install.log")
    (folder / MARK).write_text(digest())
    return folder / "bin" / "python"


def find_python(environ: Mapping[str, str]) -> str:
    """Find a Python 3.10 that can make environments; if one is named, only that is tried.

    Raises:
        NotBuilt: there is none.
    """
    named = environ.get("RASA_PYTHON")
    if named:
        if _fits(named):
            return named
        raise NotBuilt(f"RASA_PYTHON names {named}, which is no Python 3.10 with the module venv.")
    for candidate in _candidates(environ):
        if _fits(candidate):
            return candidate
    raise NotBuilt(
        "Rasa 3.6 needs Python 3.10, and none was found: not as `python3.10`, not with pyenv, not"
        " with uv. Install one (`uv python install 3.10`, `pyenv install 3.10`, or your system's"
        " package), or name it: RASA_PYTHON=/path/to/python3.10 make rasa. Everything else of"
        " SolveFirst runs without: `make run`."
    )


def _candidates(environ: Mapping[str, str]) -> Iterator[str]:
    path = environ.get("PATH")
    if found := shutil.which("python3.10", path=path):
        yield found
    home = Path(environ.get("HOME") or Path.home())
    versions = Path(environ.get("PYENV_ROOT") or home / ".pyenv") / "versions"
    yield from (
        str(version / "bin" / "python3.10") for version in sorted(versions.glob("3.10*"))[::-1]
    )
    beside = Path(sys.executable).with_name("uv")
    uv = shutil.which("uv", path=path) or (str(beside) if beside.exists() else None)
    if uv is not None:
        done = subprocess.run(
            [uv, "python", "find", "--no-project", "--no-python-downloads", "3.10"],
            capture_output=True, text=True, check=False, env=dict(environ),
        )  # fmt: skip
        if done.returncode == 0:
            yield done.stdout.strip()


def _fits(candidate: str) -> bool:
    """Run a candidate to test it: pyenv's shim may have no Python, Debian's may lack venv."""
    try:
        done = subprocess.run(
            [candidate, "-c", _ASK], capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and done.stdout.split() == [str(part) for part in WANTED]


def _install(venv_python: Path, console: Console, log: Path) -> None:
    """Install exactly the lock, and check that nothing is missing.

    Some packages are built here. Their build tool is installed first, from the lock; in isolation
    pip would use the newest one.
    """
    pip = [str(venv_python), "-m", "pip", "--disable-pip-version-check", "--no-color"]
    install = [*pip, "install", "--no-deps", "--no-build-isolation", "--require-hashes"]
    first = log.with_name("builder.lock")
    first.write_text(_pinned(BUILDER))
    with log.open("w") as kept:
        _run([*install, "--requirement", str(first)], kept)
        _follow([*install, "--requirement", str(LOCK)], kept, console)
        _run([*pip, "check"], kept)


def _pinned(package: str) -> str:
    """Return the lines of the lock that pin one package; none if it is not pinned."""
    found = re.search(rf"^{package}==.*\n(?: .*\n)*", LOCK.read_text(), re.MULTILINE)
    return found[0] if found is not None else ""


def _run(command: list[str], kept: TextIO) -> None:
    done = subprocess.run(command, stdout=kept, stderr=subprocess.STDOUT, check=False)
    _settle(done.returncode, kept)


def _follow(command: list[str], kept: TextIO, console: Console) -> None:
    """Show pip's progress by the package names in its output."""
    total = sum("==" in line for line in LOCK.read_text().splitlines())
    bar = Progress(
        TextColumn("{task.description:30}"), BarColumn(), TimeElapsedColumn(), console=console
    )
    with bar:
        step = bar.add_task("packages", total=total)
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as pip:
            for line in pip.stdout or ():
                kept.write(line)
                if line.startswith("Collecting "):
                    bar.update(step, advance=1, description=line.split()[1].split("==")[0])
                elif line.startswith("Installing collected"):
                    bar.update(step, description="unpacked and installed ...")
    _settle(pip.returncode, kept)


def _settle(failed: int, kept: TextIO) -> None:
    kept.flush()
    if failed:
        last = "\n".join(Path(kept.name).read_text().splitlines()[-5:])
        raise NotBuilt(f"Installing failed; all of it is in {kept.name}:\n{last}")
