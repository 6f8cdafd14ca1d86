"""Train a classifier of one label. Not loaded in serving.

It uses the features and linear models of the assistant itself (`nlu.training.train`). The
difference is that a file may be long: the vocabulary is counted in bounded memory, and of very many
rows a random sample is used.
"""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix  # type: ignore[import-untyped, unused-ignore]
from sklearn.linear_model import (  # type: ignore[import-untyped, unused-ignore]
    LogisticRegression,
)
from sklearn.model_selection import (  # type: ignore[import-untyped, unused-ignore]
    StratifiedKFold,
)

from nlu.evaluation.evaluate import Guesses, HeadScore, score_guesses
from nlu.evaluation.labelled import LabelledInvalid, LabelledRow
from nlu.features import Features, pieces
from nlu.metrics import Array, Places, shares_of
from nlu.normalise import read
from nlu.serve.labeller import (
    BESIDE,
    FORMAT,
    KIND,
    SIGN_WEIGHT,
    Labeller,
    Rejection,
    known_share,
    signals_of,
)
from nlu.serve.stacked import ExtraFeatures, StackedFeatures, centre_of
from nlu.training.judging import calibrate
from nlu.training.lifting import gain_of, lifted
from nlu.training.samples import LEAST_SAMPLES, stack
from nlu.training.train import FOLDS, balance_of, linear

Progress = Callable[[str, float], None]

MOST_ROWS = 40_000
"""Default number of training rows: more rows need memory and improve little."""
MOST_BESIDE = 20_000
"""Most rows for which other models are used: more rows need no such help, and save an hour."""
MOST_PIECES = 200_000
LONGEST = 3
"""Longest run of Han characters. A city has thousands of rows; only the tens of thousands of
sentences of the assistant's own model are enough to learn longer runs."""
PRUNED = 0.01
"""Weights below this share cannot change a result and become zero, which compresses well."""
_COUNTED = 2_000_000
_WHOLE_FOLDS = 10_000
"""Up to this number all rows are scored by cross-validation; beyond it a fifth of them."""
_LEAST_OUTSIDE = 10
_TOLD = 200


@dataclass(frozen=True, slots=True)
class LabellerReport:
    """Result of a training.

    It used `rows` different rows, drawn from `offered`. `rare` are labels that were left out,
    because they have too few rows. `unseen` are scores on rows that the scoring model was not
    trained on, before a rejection.
    """

    rows: int
    offered: int
    rare: Sequence[str]
    vocabulary: int
    unseen: HeadScore
    threshold: float | None


@dataclass(frozen=True, slots=True)
class _Judged:
    """Rows with the scores of models that had not seen them."""

    truth: Places
    scores: Array
    near: Array
    known: Array


@dataclass(frozen=True, slots=True)
class TrainedLabeller:
    """A classifier, its report, and its description."""

    labeller: Labeller
    report: LabellerReport
    description: dict[str, object]
    arrays: dict[str, npt.NDArray[np.floating]]

    def write(self, folder: Path) -> None:
        """Write `model.json`, `weights.npz` and the model that it was trained with."""
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(folder / "weights.npz", allow_pickle=False, **self.arrays)
        text = json.dumps(self.description, ensure_ascii=False, separators=(",", ":"))
        (folder / "model.json").write_text(text + "\n", encoding="utf-8")
        self.labeller.beside.write(folder / BESIDE)


def draw(rows: Iterable[LabelledRow], most: int, seed: int) -> tuple[list[LabelledRow], int]:
    """Draw `most` random rows from a stream of any length; return them and the total."""
    chosen: list[LabelledRow] = []
    seen = 0
    dice = random.Random(seed)  # noqa: S311 - a sample, not a secret
    for row in rows:
        seen += 1
        if len(chosen) < most:
            chosen.append(row)
        elif (at := dice.randrange(seen)) < most:
            chosen[at] = row
    return chosen, seen


def train_labeller(
    rows: Iterable[LabelledRow],
    beside: ExtraFeatures,
    *,
    validation: Sequence[LabelledRow] | None = None,
    out_of_scope: str | None = None,
    most_lost: float | None = None,
    most: int = MOST_ROWS,
    seed: int = 7,
    progress: Progress | None = None,
) -> TrainedLabeller:
    """Train a classifier on rows of text and label, and on the outputs of the models `beside`.

    Confidence is fitted on `validation`, or without it by cross-validation on the training rows.
    `out_of_scope` names a label for "none of the others". It is then detected by several signals
    together, with a threshold that is chosen on the same rows: it maximises the share found minus
    the share of other rows lost, and loses at most `most_lost` of the others, if that is given.

    Raises:
        LabelledInvalid: there are not two labels with enough rows, or too few rows out of scope.
    """
    tell = progress or (lambda _step, _share: None)
    drawn, offered = draw(rows, most, seed)
    chosen, labels, rare = _learnable(drawn)
    if len(chosen) > MOST_BESIDE:
        beside = ExtraFeatures()
    keeping = beside.keeping()
    texts, vocabulary, idf = _prepare(chosen, keeping, tell)
    centre = centre_of(texts, keeping)
    plain = StackedFeatures(Features(vocabulary, idf, sign_weight=SIGN_WEIGHT), keeping, centre)
    vectors, known = _seen(texts, plain)
    place = {label: at for at, label in enumerate(labels)}
    truth = np.array([place[row.label] for row in chosen], dtype=np.intp)

    tell("training", 0.3)
    gain = gain_of(vectors, truth, plain.text_size)
    weights, bias, centres = _fit(lifted(vectors, gain), truth, seed)
    idf *= gain
    features = StackedFeatures(Features(vocabulary, idf, sign_weight=SIGN_WEIGHT), keeping, centre)
    if validation is None:
        judged = _cross_judged(vectors, truth, known, plain.text_size, seed, tell)
    else:
        judgeable = [row for row in validation if row.label in place or row.label == out_of_scope]
        judged = _judged(judgeable, place, features, (weights, bias, centres))
    inside = judged.truth >= 0
    tell("calibrating", 0.9)
    scale, keep = calibrate(judged.scores[inside], judged.truth[inside])
    shares = shares_of(judged.scores, scale, keep)
    rejection = (
        None
        if out_of_scope is None
        else _rejection(out_of_scope, judged, shares, place.get(out_of_scope), most_lost, seed)
    )
    arrays: dict[str, npt.NDArray[np.floating]] = {
        "idf": idf,
        "weights": np.where(np.abs(weights) < PRUNED, 0.0, weights).astype(np.float16),
        "bias": bias.astype(np.float32),
        "centre": centre,
        "centres": centres.astype(np.float16),
    }
    report = LabellerReport(
        rows=len(chosen),
        offered=offered,
        rare=rare,
        vocabulary=features.text_size,
        unseen=_unseen(labels, judged.truth[inside], shares[inside]),
        threshold=rejection.threshold if rejection else None,
    )
    labeller = Labeller(
        labels,
        StackedFeatures(features.pieces, beside, centre),
        arrays["weights"],
        arrays["bias"],
        arrays["centres"],
        scale=scale,
        keep=keep,
        rejection=rejection,
    )
    tell("done", 1.0)
    calibration = {"scale": round(scale, 4), "keep": round(keep, 2)}
    description = _description(labeller, calibration, report.unseen, vocabulary)
    return TrainedLabeller(labeller, report, description, arrays)


def _learnable(
    drawn: Sequence[LabelledRow],
) -> tuple[list[LabelledRow], list[str], list[str]]:
    """Return the different rows of labels with enough rows, these labels, and the rare ones."""
    # A repeated row would be scored by a model that has seen it.
    rows = list(dict.fromkeys(drawn))
    counts = Counter(row.label for row in rows)
    rare = sorted(label for label, count in counts.items() if count < FOLDS)
    rows = [row for row in rows if counts[row.label] >= FOLDS]
    labels = sorted({row.label for row in rows})
    if len(labels) < 2:
        raise LabelledInvalid(f"two labels with at least {FOLDS} rows each are needed: {labels}")
    return rows, labels, rare


def _unseen(labels: list[str], truth: Places, shares: Array) -> HeadScore:
    """Score the most probable labels of rows that the scoring model had not seen."""
    return score_guesses(Guesses(labels, truth, shares.argmax(axis=1), shares.max(axis=1)))


def _description(
    labeller: Labeller, calibration: dict[str, float], unseen: HeadScore, vocabulary: list[str]
) -> dict[str, object]:
    """Describe a model in `model.json`, besides its arrays."""
    rejection = labeller.rejection
    return {
        "kind": KIND,
        "format": FORMAT,
        "labels": list(labeller.labels),
        **calibration,
        "beside": labeller.beside.describe(),
        "rejection": rejection
        and {
            **asdict(rejection),
            **{name: getattr(rejection, name).tolist() for name in ("mean", "spread", "weights")},
        },
        "unseen": {
            "accuracy": round(unseen.accuracy, 4),
            "macro_f1": round(unseen.macro_f1, 4),
            "calibration_error": round(unseen.calibration_error, 4),
        },
        "vocabulary": vocabulary,
    }


def _prepare(
    rows: Sequence[LabelledRow], beside: ExtraFeatures, tell: Progress
) -> tuple[list[str], list[str], npt.NDArray[np.float32]]:
    """Read each row once: normalised texts, the vocabulary, inverse frequencies.

    Pieces are counted but not stored per text, because those of long texts would fill the memory.
    """
    texts = []
    counts: Counter[str] = Counter()
    for done, row in enumerate(rows):
        if done % _TOLD == 0:
            tell("reading", 0.3 * done / len(rows))
        even = read(row.text).text
        counts.update(set(pieces(even)))
        texts.append(even)
        beside(even)
        if len(counts) > _COUNTED:
            counts = Counter({piece: count for piece, count in counts.items() if count > 1})
    frequent = [
        piece
        for piece, count in counts.most_common()
        if count >= LEAST_SAMPLES and not (len(piece) > LONGEST and piece > "z")
    ]
    kept = sorted(frequent[:MOST_PIECES])
    seen = np.array([counts[piece] for piece in kept], dtype=np.float64)
    idf = np.log((1 + len(rows)) / (1 + seen)) + 1
    return texts, kept, idf.astype(np.float32)


def _fit(vectors: csr_matrix, truth: Places, seed: int) -> tuple[Array, Array, Array]:
    """Fit weights and bias of the labels, and the mean vector of each, of length 1."""
    weights, bias = linear(vectors, truth, balance_of(truth), seed)
    which = csr_matrix((np.ones(len(truth)), (truth, np.arange(len(truth)))))
    centres = (which @ vectors).toarray().T
    length = np.sqrt((centres**2).sum(axis=0))
    return weights, bias, centres / np.maximum(length, 1e-9)


def _seen(texts: Sequence[str], features: StackedFeatures) -> tuple[csr_matrix, Array]:
    """Return the vectors of normalised texts, and the share of known pieces of each."""
    vectors = [features.vector(text) for text in texts]
    known = [
        known_share(text, vector, features) for text, vector in zip(texts, vectors, strict=True)
    ]
    return stack(vectors, features.size), np.array(known)


def _cross_judged(
    vectors: csr_matrix, truth: Places, known: Array, text_size: int, seed: int, tell: Progress
) -> _Judged:
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(truth, truth)
    parts = []
    for fold, (seen, unseen) in enumerate(folds):
        tell("cross-validating", 0.4 + 0.5 * fold / FOLDS)
        gain = gain_of(vectors[seen], truth[seen], text_size)
        weights, bias, centres = _fit(lifted(vectors[seen], gain), truth[seen], seed)
        judged = lifted(vectors[unseen], gain)
        parts.append((unseen, judged @ weights + bias, judged @ centres))
        if len(truth) > _WHOLE_FOLDS:
            break
    rows = np.concatenate([rows_ for rows_, _, _ in parts])
    return _Judged(
        truth[rows],
        np.concatenate([scores for _, scores, _ in parts]),
        np.concatenate([near for _, _, near in parts]),
        known[rows],
    )


def _judged(
    rows: Sequence[LabelledRow],
    place: dict[str, int],
    features: StackedFeatures,
    fitted: tuple[Array, Array, Array],
) -> _Judged:
    if not any(row.label in place for row in rows):
        raise LabelledInvalid("no row for validation has a label of the training")
    vectors, known = _seen([read(row.text).text for row in rows], features)
    weights, bias, centres = fitted
    return _Judged(
        np.array([place.get(row.label, -1) for row in rows], dtype=np.intp),
        vectors @ weights + bias,
        vectors @ centres,
        known,
    )


def _rejection(
    name: str,
    judged: _Judged,
    shares: Array,
    taught: int | None,
    most_lost: float | None,
    seed: int,
) -> Rejection:
    outside = judged.truth == (-1 if taught is None else taught)
    if outside.sum() < _LEAST_OUTSIDE or (~outside).sum() < _LEAST_OUTSIDE:
        raise LabelledInvalid(
            f"at least {_LEAST_OUTSIDE} rows labelled {name!r}, and as many others, are needed to "
            "learn what is out of scope"
        )
    signals = signals_of(judged.scores, shares, judged.near, judged.known, taught)
    mean, spread = signals.mean(axis=0), np.maximum(signals.std(axis=0), 1e-6)
    model = LogisticRegression(random_state=seed, max_iter=1_000)
    model.fit((signals - mean) / spread, outside)
    rejection = Rejection(name, mean, spread, model.coef_[0], float(model.intercept_[0]), 0.5)
    likely = rejection.probabilities(signals)
    inside = shares.copy()
    if taught is not None:
        inside[:, taught] = -1.0
    right = inside.argmax(axis=1) == judged.truth
    # Gain of a threshold: rows out of scope that are found, other rows that stay right.
    order = np.argsort(-likely, kind="stable")
    found = np.cumsum(outside[order]) / outside.sum()
    lost = np.cumsum((~outside & right)[order]) / (~outside).sum()
    gain = found - lost if most_lost is None else np.where(lost <= most_lost, found - lost, -1.0)
    best = int(gain.argmax())
    below = likely[order[best + 1]] if best + 1 < len(order) else 0.0
    threshold = float(likely[order[best]] + below) / 2
    return Rejection(name, mean, spread, rejection.weights, rejection.bias, threshold)
