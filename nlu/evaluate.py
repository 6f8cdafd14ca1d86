"""How well a model does on labelled sentences. Never loaded when messages are served."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import (  # type: ignore[import-untyped, unused-ignore]
    accuracy_score,
    precision_recall_fscore_support,
)

from nlu.examples import Example, read_data
from nlu.kinds import act
from nlu.metrics import calibration_error, selective_accuracy, threshold_for
from nlu.understanding import MODEL, Understanding

Progress = Callable[[float], None]

PRECISION = 0.95
COVERED = 0.8
_TOLD = 100


@dataclass(frozen=True, slots=True)
class LabelScore:
    """One label: how many sentences carry it, and how well they are told."""

    label: str
    sentences: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often `truth` was taken for `guess`."""

    truth: str
    guess: str
    times: int


@dataclass(frozen=True, slots=True)
class HeadScore:
    """One head on all sentences that have its label.

    `accuracy_of_acts` takes kinds of request that open the same form for one, as the confidence
    does; calibration error, threshold and `selective`, the share right of the most confident 80 %,
    are about that. `threshold` is the least confidence above
    which at least 95 % are right, and `covered` the share of sentences above it; both `None` when
    there is no such confidence.
    """

    sentences: int
    accuracy: float
    accuracy_of_acts: float
    macro_f1: float
    calibration_error: float
    selective: float
    threshold: float | None
    covered: float | None
    labels: tuple[LabelScore, ...]
    confusions: tuple[Confusion, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Scores of both heads by name, and the time of one `parse` in milliseconds."""

    heads: Mapping[str, HeadScore]
    milliseconds: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return asdict(self)

    def as_text(self) -> str:
        """A table for people."""
        lines = []
        for name, head in self.heads.items():
            lines += [
                (
                    f"{name}: {head.sentences} sentences, accuracy {head.accuracy:.3f} "
                    f"({head.accuracy_of_acts:.3f} of what follows), "
                    f"macro-F1 {head.macro_f1:.3f}, "
                    f"calibration error {head.calibration_error:.3f}, most confident "
                    f"{COVERED:.0%} right in {head.selective:.3f}"
                ),
                f"  {PRECISION:.0%} right above confidence {head.threshold:.2f}, "
                f"which {head.covered:.0%} reach"
                if head.threshold is not None and head.covered is not None
                else f"  no confidence above which {PRECISION:.0%} are right",
                "  label              n  precision  recall     f1",
            ]
            lines += [
                f"  {one.label:<16}{one.sentences:>4}{one.precision:>11.2f}{one.recall:>8.2f}"
                f"{one.f1:>7.2f}"
                for one in head.labels
            ]
            lines += [
                f"  {one.truth} taken for {one.guess}: {one.times}" for one in head.confusions
            ]
        parts = ", ".join(f"{name} {value:.2f}" for name, value in self.milliseconds.items())
        return "\n".join([*lines, f"milliseconds a message: {parts}"])


def evaluate_yaml(
    paths: Sequence[Path], model_dir: Path = MODEL, progress: Progress | None = None
) -> Report:
    """Score the model in `model_dir` on the labelled sentences of files and folders.

    On the data that the model was trained from, this says how well it has learned, not how well
    it understands: for that see the training report's cross-validation. `progress` is told the
    share of the sentences done.

    Raises:
        nlu.examples.TrainingDataInvalid: the data cannot be read.
        nlu.classify.ModelUnusable: the model cannot be loaded.
    """
    return evaluate(read_data(paths).examples, Understanding.open(model_dir), progress)


def evaluate(
    examples: Sequence[Example],
    understanding: Understanding,
    progress: Progress | None = None,
) -> Report:
    """Score `understanding` on labelled sentences."""
    guesses = []
    seconds = []
    for done, example in enumerate(examples):
        if progress and done % _TOLD == 0:
            progress(done / len(examples))
        begin = time.perf_counter()
        guesses.append(understanding.parse(example.text))
        seconds.append(time.perf_counter() - begin)
    intents = [
        (example.intent, guess["intent"]["name"], guess["intent"]["confidence"])
        for example, guess in zip(examples, guesses, strict=True)
    ]
    categories = [
        (example.category, guess["category"]["code"], guess["category"]["confidence"])
        for example, guess in zip(examples, guesses, strict=True)
        if example.category is not None
    ]
    heads = {"intent": score(intents)}
    if categories:
        heads["category"] = score(categories)
    times = np.percentile(np.array(seconds) * 1_000, (50, 99))
    return Report(heads, {"p50": float(times[0]), "p99": float(times[1])})


def score(rows: Sequence[tuple[str, str | None, float]], confusions: int = 20) -> HeadScore:
    """Score rows of true label, guessed label (`None` for none) and confidence."""
    truth = [row[0] for row in rows]
    guess = [row[1] or "" for row in rows]
    confidence = np.array([row[2] for row in rows])
    right = np.array([act(one) == act(other) for one, other in zip(truth, guess, strict=True)])
    labels = sorted(set(truth))
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, guess, labels=labels, zero_division=0.0
    )
    wrong = Counter(
        (one, other) for one, other in zip(truth, guess, strict=True) if one != other
    ).most_common(confusions)
    threshold = threshold_for(confidence, right, PRECISION)
    return HeadScore(
        sentences=len(rows),
        accuracy=float(accuracy_score(truth, guess)),
        accuracy_of_acts=float(right.mean()),
        macro_f1=float(np.mean(f1)),
        calibration_error=calibration_error(confidence, right),
        selective=selective_accuracy(confidence, right, COVERED),
        threshold=threshold,
        covered=None if threshold is None else float((confidence >= threshold).mean()),
        labels=tuple(
            LabelScore(label, int(count), float(one), float(two), float(three))
            for label, count, one, two, three in zip(
                labels, support, precision, recall, f1, strict=True
            )
        ),
        confusions=tuple(Confusion(one, other, times) for (one, other), times in wrong),
    )
