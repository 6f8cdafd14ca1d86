"""Measure the cost of understanding: milliseconds a message and memory, on one thread."""

import asyncio
import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import yaml

from bench.citizens import CONVERSATION
from bench.figures import percentile, table
from bench.frame import ROOT, Bar, Chapter, Run
from bench.nlu.mail import read_mail

SCRIPTS = ROOT / "tests" / "conversations"
LONG = 500
"""Least number of characters of a long letter."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
MEAN_MS, LETTER_MS, MOST_MIB = 3.0, 30.0, 170.0


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds of each text, memory in MiB."""

    messages: list[float]
    letters: list[float]
    resident: float


def conversations() -> list[str]:
    """Return citizens' messages of the bench's conversation and of the tests' transcripts."""
    said = list(CONVERSATION)
    for file in sorted(SCRIPTS.glob("*.yml")):
        said += list(_said(yaml.safe_load(file.read_text(encoding="utf-8"))))
    return said


def _said(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["user"]] if isinstance(node.get("user"), str) else []
        return own + [text for value in node.values() for text in _said(value)]
    return [text for value in node for text in _said(value)] if isinstance(node, list) else []


def in_a_process(messages: list[str], letters: list[str]) -> Measured:
    """Measure in a process that loads nothing else."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.nlu.speed"],
        input=json.dumps({"messages": messages, "letters": letters}),
        env={**os.environ, **ONE_THREAD},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return Measured(**json.loads(done.stdout))


async def measure(run: Run) -> Chapter:
    """Measure the shipped understanding."""
    messages = [text for text in conversations() if not text.startswith("/")]
    mail = read_mail()
    letters = [
        text
        for text, detail in zip(mail.texts(whole=True), mail.details, strict=True)
        if len(detail) >= LONG
    ][: run.size(300, quick=50)]
    run.progress.add_task("parsing, one thread", total=None)
    measured = await asyncio.to_thread(in_a_process, messages, letters)
    texts = {
        f"{len(messages)} messages of conversations": measured.messages,
        f"{len(letters)} letters": measured.letters,
    }
    times = [
        (
            what,
            f"{statistics.fmean(each):.2f}",
            *(f"{percentile(each, share):.2f}" for share in SHARES),
        )
        for what, each in texts.items()
    ]
    return Chapter(
        about=f"""
`parse` of the shipped model in a process of its own that loads nothing else, one thread, after one
pass that is not counted, messages three times each, letters once. Letters are those of the
citizens' mail with {LONG} characters and more. At the end the process had
{measured.resident:.0f} MiB in use.""",
        body=table(("", "mean, ms", *(f"p{100 * share:.0f}" for share in SHARES)), times),
        bars=_bars(measured),
    )


SHARES = (0.5, 0.95, 0.99)


def _bars(measured: Measured) -> list[Bar]:
    mean, late = statistics.fmean(measured.messages), percentile(measured.letters, 0.95)
    resident, most = measured.resident, f"≤ {MOST_MIB:g} MiB"
    return [
        Bar("mean of conversations", f"{mean:.2f} ms", f"≤ {MEAN_MS:g} ms", mean <= MEAN_MS),
        Bar("long letters p95", f"{late:.1f} ms", f"≤ {LETTER_MS:g} ms", late <= LETTER_MS),
        Bar("memory", f"{resident:.0f} MiB", most, resident <= MOST_MIB),
    ]
