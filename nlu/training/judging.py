"""Calibrate a trained head, and score it on unseen sentences.

Not loaded in serving.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar  # type: ignore[import-untyped, unused-ignore]
from sklearn.metrics import f1_score  # type: ignore[import-untyped, unused-ignore]

from nlu.kinds import Decision, act
from nlu.metrics import Array, Places, calibration_error, softmax, threshold_for, top_accuracy


@dataclass(frozen=True, slots=True)
class HeadReport:
    """Scores of one head on sentences that it was not trained on.

    `accuracy_of_two` counts the true label among the two best guesses. `accuracy_of_acts` treats
    kinds of request that open the same form as one, as the confidence does. Calibration error,
    `threshold` (at least 95 % are right above it) and `covered` (the share of sentences above it)
    use the same rule. For the category the two accuracies are equal.
    """

    examples: int
    words: int
    labels: int
    accuracy: float
    accuracy_of_two: float
    accuracy_of_acts: float
    macro_f1: float
    calibration_error: float
    threshold: float | None
    covered: float | None


def calibrate(scores: Array, truth: Places) -> tuple[float, float]:
    """Return the scale of scores and the share to keep with the least log loss.

    Scale alone leaves the highest confidences too high, because some sentences are unusual at any
    score.
    """
    rows = np.arange(len(truth))
    keeps = np.arange(0.80, 1.0, 0.01)

    def surprises(logarithm: float) -> Array:
        shares = softmax(scores * np.exp(logarithm))[rows, truth]
        mixed = np.outer(keeps, shares) + (1 - keeps)[:, None] / scores.shape[1]
        surprise: Array = -np.log(mixed).mean(axis=1)
        return surprise

    best = minimize_scalar(
        lambda logarithm: surprises(logarithm).min(), bounds=(-2.0, 5.0), method="bounded"
    )
    return float(np.exp(best.x)), float(keeps[surprises(best.x).argmin()])


def report_of(shares: Array, truth: Places, labels: Sequence[str], words: int) -> HeadReport:
    """Score a head's probabilities of sentences; `words` is the number of its training words."""
    decision = Decision(labels)
    decided = [decision.of(row) for row in shares]
    guess = np.array([place for place, _ in decided])
    confidence = np.array([sure for _, sure in decided])
    acts = np.array([act(label) for label in labels])
    right = acts[guess] == acts[truth]
    threshold = threshold_for(confidence, right, 0.95)
    return HeadReport(
        examples=len(truth),
        words=words,
        labels=len(labels),
        accuracy=float((guess == truth).mean()),
        accuracy_of_two=top_accuracy(shares, truth, 2),
        accuracy_of_acts=float(right.mean()),
        macro_f1=float(f1_score(truth, guess, average="macro")),
        calibration_error=calibration_error(confidence, right),
        threshold=threshold,
        covered=None if threshold is None else float((confidence >= threshold).mean()),
    )
