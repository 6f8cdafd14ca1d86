"""Query Rasa's own pipeline for sentences."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.frame import ROOT
from solvefirst.rasa.environment import HOME
from solvefirst.rasa.training import environment

DRIVER = "bench.nlu.rasa"


@dataclass(frozen=True, slots=True)
class Answer:
    """The most probable intent of a sentence, and Rasa's time for it."""

    intent: str | None
    milliseconds: float


def answers(
    python: Path, model: Path, sentences: Sequence[str], home: Path = HOME
) -> Iterator[Answer]:
    """Query one Rasa process for each sentence, in order.

    Raises:
        RuntimeError: it ended too early; the message has its last log lines.
    """
    asked = "".join(json.dumps(text) + "\n" for text in sentences)
    log = home / "parse.log"
    with (
        log.open("w") as kept,
        subprocess.Popen(
            [str(python), "-m", DRIVER, str(model.resolve())],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=kept,
            text=True,
        ) as rasa,
    ):
        assert rasa.stdin is not None
        assert rasa.stdout is not None
        # The driver reads all input before its first answer, so there is no deadlock.
        rasa.stdin.write(asked)
        rasa.stdin.close()
        answered = 0
        for line in rasa.stdout:
            yield Answer(**json.loads(line))
            answered += 1
    if answered != len(sentences):
        last = "\n".join(log.read_text().splitlines()[-8:])
        raise RuntimeError(f"Rasa answered {answered} of {len(sentences)}; see {log}:\n{last}")
