"""Rasa's own pipeline, trained once for the same sentences of ours, and asked about others."""

import hashlib
import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.frame import ROOT
from nlu.examples import yaml_files
from solvefirst.project import TRAINING_DATA
from solvefirst.rasa.environment import HOME, digest
from solvefirst.rasa.training import environment

CONFIG = ROOT / "bench" / "rasa" / "config.diet.yml"
DRIVER = "bench.nlu_rasa"


@dataclass(frozen=True, slots=True)
class Answer:
    """The most probable intent of a sentence, and how long Rasa took for it."""

    intent: str | None
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Diet:
    """A trained model; `seconds` is what its training took, whenever that was."""

    model: Path
    seconds: float


def model_of(home: Path = HOME) -> Path:
    """Name the model that sentences, config and environment come to; it may not be trained yet."""
    hashed = hashlib.sha256(digest().encode() + CONFIG.read_bytes())
    for file in yaml_files([TRAINING_DATA]):
        hashed.update(f"\0{file.relative_to(TRAINING_DATA)}\0".encode() + file.read_bytes())
    return home / "models" / f"diet-{hashed.hexdigest()[:16]}.tar.gz"


def train(python: Path, home: Path = HOME) -> Diet:
    """Train understanding alone, unless it is trained already.

    Raises:
        RuntimeError: Rasa would not; its last words.
    """
    model = model_of(home)
    took = model.with_suffix(".seconds")
    if model.is_file() and took.is_file():
        return Diet(model, float(took.read_text()))
    model.parent.mkdir(parents=True, exist_ok=True)
    log = home / "train-diet.log"
    command = [
        str(python), "-m", "rasa", "train", "nlu",
        "--config", str(CONFIG),
        "--nlu", str(TRAINING_DATA),
        "--out", str(model.parent),
        "--fixed-model-name", model.name.removesuffix(".tar.gz"),
    ]  # fmt: skip
    began = time.perf_counter()
    with log.open("w") as kept:
        done = subprocess.run(
            command, cwd=ROOT, env=environment(), stdout=kept, stderr=kept, check=False
        )
    if done.returncode or not model.is_file():
        last = "\n".join(log.read_text().splitlines()[-8:])
        raise RuntimeError(f"Rasa did not train; all of it is in {log}:\n{last}")
    seconds = time.perf_counter() - began
    took.write_text(f"{seconds:.0f}")
    return Diet(model, seconds)


def answers(
    python: Path, model: Path, sentences: Sequence[str], home: Path = HOME
) -> Iterator[Answer]:
    """Ask one Rasa about each sentence, in its order.

    Raises:
        RuntimeError: it ended before the last; its last words.
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
        # The driver reads all of it before its first answer, so neither waits for the other.
        rasa.stdin.write(asked)
        rasa.stdin.close()
        told = 0
        for line in rasa.stdout:
            yield Answer(**json.loads(line))
            told += 1
    if told != len(sentences):
        last = "\n".join(log.read_text().splitlines()[-8:])
        raise RuntimeError(f"Rasa answered {told} of {len(sentences)}; see {log}:\n{last}")
