"""Describe the machine and commit of a report."""

import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil


def commit() -> str:
    """Return the measured short commit, marked when the tree differs from it."""
    changed = " with uncommitted changes" if _git("status", "--porcelain") else ""
    return _git("rev-parse", "--short", "HEAD") + changed


def _git(*words: str) -> str:
    command = ["git", "-C", str(Path(__file__).parent), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def processor() -> str:
    """Return the processor's name from the kernel."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def describe(*packages: str) -> str:
    """Return the first lines of a report: day, commit, machine, versions."""
    memory = psutil.virtual_memory().total / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return "\n".join(
        (
            f"- measured {datetime.now(UTC):%Y-%m-%d}, commit {commit()}",
            f"- {processor()}, {psutil.cpu_count()} cores, {memory:.0f} GiB, {platform.platform()}",
            f"- Python {sys.version.split()[0]}, {versions}",
        )
    )
