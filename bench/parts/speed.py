"""What understanding costs: milliseconds a message and memory, on one thread."""

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
from bench.nlu_mail import read_mail
from nlu.embedding import READ, Embedder

SCRIPTS = ROOT / "tests" / "conversations"
LONG = 500
"""Characters from which a letter is long."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
MEAN_MS, LETTER_MS, PLAIN_MIB, EMBEDDING_MIB = 3.0, 30.0, 170.0, 300.0


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds of each text, memory in MiB."""

    messages: list[float]
    letters: list[float]
    resident: float
    embeddings: list[float]


def conversations() -> list[str]:
    """Whatever citizens say in the bench's conversation and in the scripts of the tests."""
    said = list(CONVERSATION)
    for file in sorted(SCRIPTS.glob("*.yml")):
        said += list(_said(yaml.safe_load(file.read_text(encoding="utf-8"))))
    return said


def _said(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["user"]] if isinstance(node.get("user"), str) else []
        return own + [text for value in node.values() for text in _said(value)]
    return [text for value in node for text in _said(value)] if isinstance(node, list) else []


def in_a_process(messages: list[str], letters: list[str], *, embeddings: bool) -> Measured:
    """Measure in a process that has loaded nothing else."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.nlu_speed"],
        input=json.dumps({"messages": messages, "letters": letters, "embeddings": embeddings}),
        env={**os.environ, **ONE_THREAD},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return Measured(**json.loads(done.stdout))


async def measure(run: Run) -> Chapter:
    """Measure the shipped understanding, alone and beside an embedder."""
    messages = [text for text in conversations() if not text.startswith("/")]
    mail = read_mail()
    letters = [
        text
        for text, detail in zip(mail.texts(whole=True), mail.details, strict=True)
        if len(detail) >= LONG
    ][: run.size(300, quick=50)]
    kinds = [False, True] if Embedder.open() else [False]
    alone, *beside = [
        await asyncio.to_thread(in_a_process, messages, letters, embeddings=embeddings)
        for embeddings in run.track(kinds, "parsing, one thread")
    ]
    mean, late = statistics.fmean(alone.messages), percentile(alone.letters, 0.95)
    rows = [
        (name, f"{statistics.fmean(ms):.2f}", *(f"{percentile(ms, share):.2f}" for share in SHARES))
        for name, ms in (
            (f"{len(messages)} messages of conversations", alone.messages),
            (f"{len(letters)} letters", alone.letters),
            *(("the same letters, embedded", one.embeddings) for one in beside),
        )
    ]
    bars = [
        Bar("parse, mean of conversations", f"{mean:.2f} ms", f"≤ {MEAN_MS:g} ms", mean <= MEAN_MS),
        Bar("parse, long letters, p95", f"{late:.1f} ms", f"≤ {LETTER_MS:g} ms", late <= LETTER_MS),
        _weight("memory, parse alone", alone, PLAIN_MIB),
        *(_weight("memory with embeddings", one, EMBEDDING_MIB) for one in beside),
    ]
    absent = "" if beside else " Embeddings are not installed here, so they are not weighed."
    return Chapter(
        about=f"""
`parse` of the shipped model in a process of its own that loads nothing else, one thread, after one
pass that is not counted, messages three times each, letters once. Letters are those of the
citizens' mail with {LONG} characters and more. Memory is what the process has in use at the end;
with embeddings it has also embedded each letter, of which only the first {READ} characters are
read: no message is embedded in a conversation, only what a classifier trained on a city's own rows
labels (`solvefirst nlu train --data`).{absent}""",
        body="\n\n".join(
            (
                table(("", "mean, ms", *(f"p{100 * share:.0f}" for share in SHARES)), rows),
                table(
                    ("process", "memory, MiB"),
                    (
                        (name, f"{one.resident:.0f}")
                        for name, one in zip(
                            ("parse alone", "with embeddings"), (alone, *beside), strict=False
                        )
                    ),
                ),
            )
        ),
        bars=bars,
    )


SHARES = (0.5, 0.95, 0.99)


def _weight(what: str, measured: Measured, most: float) -> Bar:
    return Bar(what, f"{measured.resident:.0f} MiB", f"≤ {most:g} MiB", measured.resident <= most)
