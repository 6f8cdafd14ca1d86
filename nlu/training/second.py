"""Train the second stage on the first stage's results for sentences that it had not seen.

Not loaded in serving.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize  # type: ignore[import-untyped, unused-ignore]
from sklearn.model_selection import (  # type: ignore[import-untyped, unused-ignore]
    StratifiedKFold,
)

from nlu.features import Floats
from nlu.metrics import Array, Places, shares_of
from nlu.serve.second import LEAST, SecondStageHead

Calibrate = Callable[[Array, Places], tuple[float, float]]

FOLDS = 3
PENALTY = 1.5
"""Penalty of the regression; with 0.5 categories became worse than before (ADR 9)."""
STEPS = 60


@dataclass(frozen=True, slots=True)
class TrainedHead:
    """One head, and its probabilities of unseen sentences, in their order."""

    moves: SecondStageHead
    unseen: Array


def learn_moves(
    first: Array,
    embeddings: Floats,
    truth: Places,
    balance: Array,
    doubtful: npt.NDArray[np.bool_],
    calibrate: Calibrate,
    seed: int,
) -> TrainedHead:
    """Learn how embeddings change the probabilities of the first stage.

    `first` has a row per sentence and a column per label, from a model that had not seen the
    sentence. `embeddings` are centred (`nlu.serve.second.apart`); `balance` is the weight of each
    row. All rows are used for training. In serving only `doubtful` ones are classified, so
    `calibrate` fits scale and keep on their scores and truth.
    """
    logs = np.log(np.maximum(first, LEAST)).astype(np.float32)
    scores = np.zeros(first.shape)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    # A label with fewer sentences than folds is missing in some folds, which causes a warning.
    labels = np.bincount(truth, minlength=first.shape[1])
    strata = np.where(labels[truth] >= FOLDS, truth, -1)
    for seen, unseen in folds.split(strata, strata):
        own, weights, bias = _fit(logs[seen], embeddings[seen], truth[seen], balance[seen])
        scores[unseen] = own * logs[unseen] + embeddings[unseen] @ weights + bias
    scale, keep = calibrate(scores[doubtful], truth[doubtful])
    own, weights, bias = _fit(logs, embeddings, truth, balance)
    return TrainedHead(
        SecondStageHead(own, weights, bias, scale, keep), shares_of(scores, scale, keep)
    )


def _fit(
    logs: Floats, embeddings: Floats, truth: Places, balance: Array
) -> tuple[float, Floats, Floats]:
    """Fit the weight of the first stage's logarithms, the weights of the embeddings, and the bias.

    It is multinomial logistic regression with a penalty on deviations from the first stage.
    """
    rows, labels = logs.shape
    size = embeddings.shape[1]
    place = np.arange(rows)
    weigh = (balance / balance.mean()).astype(np.float32)

    def parts(point: Array) -> tuple[np.float32, Floats, Floats]:
        flat = point.astype(np.float32)
        return flat[0], flat[1 : 1 + labels], flat[1 + labels :].reshape(size, labels)

    def loss(point: Array) -> tuple[float, Array]:
        own, bias, weights = parts(point)
        scores = own * logs + embeddings @ weights + bias
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        shares /= shares.sum(axis=1, keepdims=True)
        surprise = -weigh @ np.log(shares[place, truth] + np.float32(1e-12))
        off = shares
        off[place, truth] -= 1
        off *= weigh[:, None]
        slope = embeddings.T @ off + PENALTY * weights
        every = (np.array([np.vdot(off, logs)]), off.sum(axis=0), slope.ravel())
        penalty = PENALTY / 2 * float(np.vdot(weights, weights))
        return float(surprise) + penalty, np.concatenate(every).astype(np.float64)

    start = np.zeros(1 + labels + size * labels)
    start[0] = 1.0
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    own, bias, weights = parts(found.x)
    return float(own), weights, bias
