"""Score a model on labelled sentences. Never loaded in serving."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nlu.examples import Example, read_data
from nlu.kinds import act
from nlu.metrics import calibration_error, selective_accuracy, threshold_for
from nlu.serve.understanding import MODEL, MessageUnderstanding

Progress = Callable[[float], None]

PRECISION = 0.95
COVERED = 0.8
NONE = -1
"""The index of a guess that is none of the names."""
_TOLD = 100


@dataclass(frozen=True, slots=True)
class Guesses:
    """True and guessed labels as indices of `names`, one per row, with confidences."""

    names: Sequence[str]
    truth: npt.NDArray[np.integer]
    guess: npt.NDArray[np.integer]
    confidence: npt.NDArray[np.float64]

    def right(self, acts: Sequence[str] | None = None) -> npt.NDArray[np.bool_]:
        """Return which rows are right; with `acts`, whether the act of the label is right."""
        follows = np.array([*(self.names if acts is None else acts), ""])  # NONE reads the last
        right: npt.NDArray[np.bool_] = np.equal(follows[self.truth], follows[self.guess])
        return right


@dataclass(frozen=True, slots=True)
class LabelScore:
    """Scores of one label, and its number of sentences."""

    label: str
    sentences: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """Number of sentences of label `truth` that were classified as `guess`."""

    truth: str
    guess: str
    times: int


@dataclass(frozen=True, slots=True)
class HeadScore:
    """Scores of one head on all sentences that have its label.

    `accuracy_of_acts` treats kinds of request that open the same form as one, as the confidence
    does. Calibration error, threshold and `selective` (the share right of the most confident 80 %)
    use the same rule. `threshold` is the least confidence above which at least 95 % are right, and
    `covered` the share of sentences above it; both are `None` when there is no such confidence.
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

    def as_lines(self, name: str) -> list[str]:
        """Return a readable table under a `name`."""
        follows = (
            ""
            if self.accuracy_of_acts == self.accuracy
            else f" ({self.accuracy_of_acts:.3f} of what follows)"
        )
        return [
            (
                f"{name}: {self.sentences} sentences, accuracy {self.accuracy:.3f}{follows}, "
                f"macro-F1 {self.macro_f1:.3f}, calibration error {self.calibration_error:.3f}, "
                f"most confident {COVERED:.0%} right in {self.selective:.3f}"
            ),
            f"  {PRECISION:.0%} right above confidence {self.threshold:.2f}, "
            f"which {self.covered:.0%} reach"
            if self.threshold is not None and self.covered is not None
            else f"  no confidence above which {PRECISION:.0%} are right",
            "  label                   n  precision  recall     f1",
            *(
                f"  {each.label:<16}{each.sentences:>9}{each.precision:>11.2f}{each.recall:>8.2f}"
                f"{each.f1:>7.2f}"
                for each in self.labels
            ),
            *(
                f"  {confusion.truth} taken for {confusion.guess or 'nothing'}: {confusion.times}"
                for confusion in self.confusions
            ),
        ]


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """Scores of both heads by name, milliseconds of one `parse`."""

    heads: Mapping[str, HeadScore]
    milliseconds: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return asdict(self)

    def as_text(self) -> str:
        """Return a readable table."""
        lines = [line for name, head in self.heads.items() for line in head.as_lines(name)]
        parts = ", ".join(f"{name} {value:.2f}" for name, value in self.milliseconds.items())
        return "\n".join([*lines, f"milliseconds a message: {parts}"])


def evaluate_yaml(
    paths: Sequence[Path],
    model_dir: Path = MODEL,
    progress: Progress | None = None,
) -> EvaluationReport:
    """Score the model in `model_dir` on the labelled sentences of files and folders.

    On the model's own training data the scores show how well it has learned, not how well it
    understands new sentences; for that see the cross-validation of the training report. `progress`
    receives the finished share of the sentences.

    Raises:
        nlu.examples.TrainingDataInvalid: the data cannot be read.
        nlu.classify.ModelUnusable: the model cannot be loaded.
    """
    understanding = MessageUnderstanding.open(model_dir)
    return evaluate(read_data(paths).examples, understanding, progress)


def evaluate(
    examples: Sequence[Example],
    understanding: MessageUnderstanding,
    progress: Progress | None = None,
) -> EvaluationReport:
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
    return EvaluationReport(heads, {"p50": float(times[0]), "p99": float(times[1])})


def score(rows: Sequence[tuple[str, str | None, float]], confusions: int = 20) -> HeadScore:
    """Score rows of true label, guessed label (`None` for none) and confidence."""
    names = sorted({label for row in rows for label in row[:2] if label is not None})
    places = {label: at for at, label in enumerate(names)}
    return score_guesses(
        Guesses(
            names,
            np.array([places[row[0]] for row in rows]),
            np.array([NONE if row[1] is None else places[row[1]] for row in rows]),
            np.array([row[2] for row in rows]),
        ),
        acts=[act(name) for name in names],
        confusions=confusions,
    )


def score_guesses(
    guesses: Guesses, acts: Sequence[str] | None = None, confusions: int = 20
) -> HeadScore:
    """Score guesses; `acts` maps each name to its act, by default the name itself."""
    truth, guess, confidence = guesses.truth, guesses.guess, guesses.confidence
    right = guesses.right(acts)
    size = len(guesses.names)
    support = np.bincount(truth, minlength=size)
    guessed = np.bincount(guess[guess != NONE], minlength=size)
    hits = np.bincount(truth[truth == guess], minlength=size)
    f1 = 2 * hits / np.maximum(1, support + guessed)
    threshold = threshold_for(confidence, right, PRECISION)
    return HeadScore(
        sentences=len(truth),
        accuracy=float((truth == guess).mean()),
        accuracy_of_acts=float(right.mean()),
        macro_f1=float(f1[support > 0].mean()),
        calibration_error=calibration_error(confidence, right),
        selective=selective_accuracy(confidence, right, COVERED),
        threshold=threshold,
        covered=None if threshold is None else float((confidence >= threshold).mean()),
        labels=tuple(
            LabelScore(
                guesses.names[at],
                int(support[at]),
                float(hits[at] / max(1, guessed[at])),
                float(hits[at] / support[at]),
                float(f1[at]),
            )
            for at in np.flatnonzero(support).tolist()
        ),
        confusions=_confusions(guesses, confusions),
    )


def _confusions(guesses: Guesses, most: int) -> tuple[Confusion, ...]:
    wrong = guesses.truth != guesses.guess
    # NONE is -1: shifted by one, a pair becomes one number.
    size = len(guesses.names) + 1
    pairs, times = np.unique(
        guesses.truth[wrong].astype(np.int64) * size + guesses.guess[wrong] + 1, return_counts=True
    )
    order = np.argsort(-times, kind="stable")[:most]
    return tuple(
        Confusion(
            guesses.names[pair // size],
            guesses.names[pair % size - 1] if pair % size else "",
            count,
        )
        for pair, count in zip(pairs[order].tolist(), times[order].tolist(), strict=True)
    )
