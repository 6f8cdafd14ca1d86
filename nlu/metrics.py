"""Compute measures of a classifier from its probabilities."""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


def softmax(scores: Array) -> Array:
    """Convert rows of scores to rows of probabilities."""
    shares: Array = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def shares_of(scores: Array, scale: float, keep: float) -> Array:
    """Convert rows of scores to calibrated probabilities.

    They are `keep` x softmax(`scale` x score), with the rest shared evenly.
    """
    shares: Array = keep * softmax(scores * scale) + (1 - keep) / scores.shape[1]
    return shares


def calibration_error(confidence: Array, right: npt.NDArray[Any], bins: int = 10) -> float:
    """Return the expected calibration error: the distance of confidence and accuracy, 0 to 1."""
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    error = 0.0
    for bin_ in range(bins):
        members = which == bin_
        if members.any():
            error += members.mean() * abs(confidence[members].mean() - right[members].mean())
    return float(error)


def selective_accuracy(confidence: Array, right: npt.NDArray[Any], covered: float) -> float:
    """Return the accuracy of the most confident share `covered` of guesses."""
    order = np.argsort(-confidence, kind="stable")
    return float(right[order[: max(1, round(covered * len(order)))]].mean())


def top_accuracy(shares: Array, truth: npt.NDArray[Any], top: int) -> float:
    """Return the share of rows whose true column is among the `top` largest."""
    best = np.argsort(-shares, axis=1, kind="stable")[:, :top]
    return float((best == truth[:, None]).any(axis=1).mean())


def threshold_for(confidence: Array, right: npt.NDArray[Any], precision: float) -> float | None:
    """Return the least confidence at or above which the share `precision` of guesses is right.

    `None` when even the most confident guesses do not reach it.
    """
    order = np.argsort(-confidence, kind="stable")
    sorted_confidence = confidence[order]
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    # Guesses of equal confidence belong together: only the last of each may end the list.
    last = np.append(sorted_confidence[1:] != sorted_confidence[:-1], [True])
    good = np.flatnonzero((share >= precision) & last)
    return float(sorted_confidence[good[-1]]) if len(good) else None


def reliability(
    confidence: Array, right: npt.NDArray[Any], bins: int = 10
) -> list[tuple[float, float, int]]:
    """Return, for each tenth of confidence that occurs, its mean, the share right, the count."""
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        (float(confidence[which == bin_].mean()), float(right[which == bin_].mean()), int(count))
        for bin_, count in enumerate(np.bincount(which, minlength=bins))
        if count
    ]


def coverage(confidence: Array, right: npt.NDArray[Any], steps: int = 20) -> list[float]:
    """Return the accuracy of the most confident 5 %, 10 %, … 100 % of guesses."""
    return [selective_accuracy(confidence, right, step / steps) for step in range(1, steps + 1)]
