"""Measure the cost of understanding: milliseconds a message and memory, on one thread."""

import asyncio
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml

from bench.citizens import CONVERSATION
from bench.figures import percentile, table
from bench.frame import ROOT, Bar, Chapter, Run
from bench.nlu.mail import read_mail
from nlu.classify import ModelUnusable
from nlu.serve.understanding import MODEL, MessageUnderstanding

SCRIPTS = ROOT / "tests" / "conversations"
LONG = 500
"""Least number of characters of a long letter."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
MEAN_MS, LETTER_MS, PLAIN_MIB, EMBEDDING_MIB = 3.0, 30.0, 170.0, 300.0


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


def in_a_process(messages: list[str], letters: list[str], *, both: bool) -> Measured:
    """Measure in a process that loads nothing else."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.nlu.speed"],
        input=json.dumps({"messages": messages, "letters": letters, "both": both}),
        env={**os.environ, **ONE_THREAD},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return Measured(**json.loads(done.stdout))


async def measure(run: Run) -> Chapter:
    """Measure the shipped understanding, alone and with an embedder."""
    messages = [text for text in conversations() if not text.startswith("/")]
    mail = read_mail()
    letters = [
        text
        for text, detail in zip(mail.texts(whole=True), mail.details, strict=True)
        if len(detail) >= LONG
    ][: run.size(300, quick=50)]
    understanding = await asyncio.to_thread(MessageUnderstanding.open)
    absent = ""
    try:
        understanding.load_second(MODEL)
    except ModelUnusable as error:
        absent = f" The second stage is not measured: {error}."
    stages = {"first stage": False} if absent else {"first stage": False, "both stages": True}
    measured = {
        name: await asyncio.to_thread(in_a_process, messages, letters, both=stages[name])
        for name in run.track(list(stages), "parsing, one thread")
    }
    texts: dict[str, Callable[[Measured], list[float]]] = {
        f"{len(messages)} messages of conversations": lambda item: item.messages,
        f"{len(letters)} letters": lambda item: item.letters,
    }
    times = [
        (
            f"{what}, {name}",
            f"{statistics.fmean(of(item)):.2f}",
            *(f"{percentile(of(item), share):.2f}" for share in SHARES),
        )
        for what, of in texts.items()
        for name, item in measured.items()
    ]
    return Chapter(
        about=f"""
`parse` of the shipped model in a process of its own that loads nothing else, one thread, after one
pass that is not counted, messages three times each, letters once. Letters are those of the
citizens' mail with {LONG} characters and more. Memory is what the process has in use at the end.
The second stage (ADR 9) runs where embeddings are installed and the first is unsure.{absent}""",
        body="\n\n".join(
            (
                table(("", "mean, ms", *(f"p{100 * share:.0f}" for share in SHARES)), times),
                table(
                    ("process", "memory, MiB"),
                    ((name, f"{item.resident:.0f}") for name, item in measured.items()),
                ),
            )
        ),
        bars=[bar for name, item in measured.items() for bar in _bars(name, item)],
    )


SHARES = (0.5, 0.95, 0.99)


def _bars(name: str, one: Measured) -> list[Bar]:
    mean, late = statistics.fmean(one.messages), percentile(one.letters, 0.95)
    mean_most, late_most = f"≤ {MEAN_MS:g} ms", f"≤ {LETTER_MS:g} ms"
    most = PLAIN_MIB if name == "first stage" else EMBEDDING_MIB
    return [
        Bar(f"mean of conversations, {name}", f"{mean:.2f} ms", mean_most, mean <= MEAN_MS),
        Bar(f"long letters p95, {name}", f"{late:.1f} ms", late_most, late <= LETTER_MS),
        Bar(f"memory, {name}", f"{one.resident:.0f} MiB", f"≤ {most:g} MiB", one.resident <= most),
    ]
