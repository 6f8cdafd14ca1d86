"""Score a model on the labels of a file. Never loaded in serving.

Texts are read one at a time, and only 24 bytes of numbers are stored per row. A file of any length
can therefore be scored in little memory.
"""

import time
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nlu.evaluation.evaluate import COVERED, NONE, Guesses, HeadScore, score_guesses
from nlu.evaluation.labelled import MOST_LABELS, Labelled, LabelledInvalid, Progress
from nlu.metrics import coverage, reliability
from nlu.normalise import HEAD, TAIL
from nlu.serve.labeller import LabelGuess

Predict = Callable[[str], LabelGuess]

_EARLY = 1_000
"""Rows after which scoring stops if the model knows no label of the file."""
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class LabelledReport:
    """All figures of one model on one file.

    `empty` rows had no text or no label and are not counted. `cut` texts were longer than the part
    that is read. `unmapped` counts guesses of codes without an entry in the map, which are wrong.
    `unreachable` are labels of the file that the model does not have, with their rows, also wrong.
    `unanswered` rows got no label. `milliseconds` are of one text. For `reliability` and `coverage`
    see `nlu.metrics`.
    """

    file: str
    encoding: str
    score: HeadScore
    empty: int
    cut: int
    unanswered: int
    unmapped: Mapping[str, int]
    unreachable: Mapping[str, int]
    milliseconds: Mapping[str, float]
    reliability: list[tuple[float, float, int]]
    coverage: list[float]

    def as_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return asdict(self)

    def as_text(self) -> str:
        """A table for people."""
        lines = [*self.score.as_lines(self.file)]
        lines.append(
            f"read as {self.encoding}; {self.empty} rows without text or label skipped, {self.cut} "
            f"texts longer than {HEAD + TAIL} characters read in part, {self.unanswered} without "
            "a guess"
        )
        if self.unmapped:
            lines.append(f"guessed, with no entry in the map, so wrong: {_most(self.unmapped)}")
        if self.unreachable:
            lines.append(f"labels that the model cannot tell, so wrong: {_most(self.unreachable)}")
        parts = ", ".join(f"{name} {value:.2f}" for name, value in self.milliseconds.items())
        return "\n".join([*lines, f"milliseconds a text: {parts}"])

    def figures(self) -> list[tuple[str, float]]:
        """The main figures, each 0 to 1."""
        return [
            ("accuracy", self.score.accuracy),
            ("macro-F1", self.score.macro_f1),
            (f"most confident {COVERED:.0%} right", self.score.selective),
            ("calibration error", self.score.calibration_error),
        ]


def _most(counts: Mapping[str, int]) -> str:
    shown = [f"{name} ({count})" for name, count in Counter(counts).most_common(_SHOWN)]
    more = len(counts) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def score_labelled(
    labelled: Labelled,
    predict: Predict,
    labels: Collection[str],
    lead: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> LabelledReport:
    """Score `predict`, which predicts `labels`, on a file.

    `lead` maps each label of the model to one of the file; without it they are the same.

    Raises:
        LabelledInvalid: the file cannot be read, has no row, or no label of the model.
    """
    reachable = set(labels if lead is None else lead.values())
    names: dict[str, int] = {}
    truth, guess = array("i"), array("i")
    confidence, seconds = array("d"), array("d")
    unmapped: Counter[str] = Counter()
    cut = unanswered = 0
    for row in labelled.rows(progress):
        begin = time.perf_counter()
        predicted = predict(row.text)
        seconds.append(time.perf_counter() - begin)
        label = (
            predicted.label
            if lead is None or predicted.label is None
            else lead.get(predicted.label)
        )
        if predicted.label is None:
            unanswered += 1
        elif label is None:
            unmapped[predicted.label] += 1
        truth.append(names.setdefault(row.label, len(names)))
        guess.append(NONE if label is None else names.setdefault(label, len(names)))
        confidence.append(predicted.confidence)
        cut += len(row.text) > HEAD + TAIL
        if len(truth) == _EARLY:
            _some_reachable(labelled, names, reachable, truth)
        if len(names) > MOST_LABELS:
            raise LabelledInvalid(
                f"{labelled.path}: more than {MOST_LABELS} labels: is {labelled.label} the label?"
            )
    if not truth:
        raise LabelledInvalid(
            f"{labelled.path}: no row has both text and label; {labelled.empty} lack one"
        )
    _some_reachable(labelled, names, reachable, truth)
    guesses = _in_order(names, truth, guess, confidence)
    right = guesses.right()
    score = score_guesses(guesses)
    times = np.array(seconds) * 1_000
    return LabelledReport(
        file=str(labelled.path),
        encoding=labelled.encoding.removesuffix("-sig"),
        score=score,
        empty=labelled.empty,
        cut=cut,
        unanswered=unanswered,
        unmapped=dict(unmapped),
        unreachable={
            each.label: each.sentences for each in score.labels if each.label not in reachable
        },
        milliseconds={
            "mean": float(times.mean()),
            **{f"p{share}": float(np.percentile(times, share)) for share in (50, 95, 99)},
        },
        reliability=reliability(guesses.confidence, right),
        coverage=coverage(guesses.confidence, right),
    )


def _some_reachable(
    labelled: Labelled, names: Mapping[str, int], reachable: Collection[str], truth: "array[int]"
) -> None:
    carried = set(truth)
    found = [name for name, place in names.items() if place in carried]
    if not any(name in reachable for name in found):
        raise LabelledInvalid(
            f"{labelled.path}: the model tells none of the labels ({', '.join(found[:5])} …), but "
            f"{', '.join(sorted(reachable)[:5])} …; say with --map MAP.yml which is which"
        )


def _in_order(
    names: Mapping[str, int], truth: "array[int]", guess: "array[int]", confidence: "array[float]"
) -> Guesses:
    """Sort the names of guesses for a table."""
    ordered = sorted(names)
    place = np.empty(len(names) + 1, dtype=np.int32)
    place[[names[name] for name in ordered]] = np.arange(len(ordered))
    place[NONE] = NONE
    return Guesses(
        ordered,
        place[np.frombuffer(truth, dtype=np.int32)],
        place[np.frombuffer(guess, dtype=np.int32)],
        np.frombuffer(confidence, dtype=np.float64),
    )
