"""Classify texts by one label, with a model trained on a city's own rows, by numpy.

`SolveFirstNLU` finds intent and category. This classifier predicts the labels of any file, and can
predict that a text has none of them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nlu.classify import BROKEN, ModelUnusable
from nlu.features import Features, Floats, Indices, pieces
from nlu.metrics import Array, shares_of
from nlu.normalise import read
from nlu.serve.stacked import ExtraFeatures, StackedFeatures

FORMAT = 2
BESIDE = "beside"
"""Subfolder of a classifier: the assistant's model that it was trained with."""
SIGN_WEIGHT = 0.0
"""Weight of entity signs. They distinguish a case from an answer, but say nothing of a label."""
KIND = "labels"


class LabelGuess(NamedTuple):
    """A label, `None` for a text without content, and its probability, 0 to 1."""

    label: str | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Rejection:
    """Detects by several signals that a text is out of scope.

    `weights` apply to `signals_of`, normalised to mean 0 and spread 1 by `mean` and `spread`. If
    the probability is above `threshold`, the text gets the label `name`.
    """

    name: str
    mean: Array
    spread: Array
    weights: Array
    bias: float
    threshold: float

    def probabilities(self, signals: Array) -> Array:
        """Return the probability that each row of signals is out of scope."""
        score = ((signals - self.mean) / self.spread) @ self.weights + self.bias
        likely: Array = 1 / (1 + np.exp(-np.clip(score, -50, 50)))
        return likely


class Labeller:
    """Labels texts. It is stateless."""

    def __init__(
        self,
        labels: Sequence[str],
        features: StackedFeatures,
        weights: npt.NDArray[np.floating],
        bias: npt.NDArray[np.floating],
        centres: npt.NDArray[np.floating],
        *,
        scale: float,
        keep: float,
        rejection: Rejection | None = None,
    ) -> None:
        size = (features.size, len(labels))
        if weights.shape != size or centres.shape != size or bias.shape != (len(labels),):
            raise ModelUnusable("weights and labels of the model do not fit together")
        if not (np.isfinite(weights).all() and np.isfinite(bias).all()):
            raise ModelUnusable("weights of the model are no numbers")
        self.labels = tuple(labels)
        self.rejection = rejection
        self.beside = features.beside
        self._features = features
        self._weights = np.ascontiguousarray(weights, dtype=np.float32)
        self._bias = bias.astype(np.float32)
        self._centres = np.ascontiguousarray(centres, dtype=np.float32)
        self._scale = scale
        self._keep = keep
        taught = rejection is not None and rejection.name in labels
        self._outside = labels.index(rejection.name) if rejection and taught else None

    def __call__(self, text: str) -> LabelGuess:
        """Label one text."""
        even = read(text).text
        if not any(map(str.isalnum, even)):
            return LabelGuess(None, 0.0)
        places, values = self._features.vector(even)
        scores = values @ self._weights[places] + self._bias
        shares = shares_of(scores[None].astype(np.float64), self._scale, self._keep)
        sure = 1.0
        if self.rejection is not None:
            near = values @ self._centres[places]
            known = known_share(even, (places, values), self._features)
            signals = signals_of(scores[None], shares, near[None], np.array([known]), self._outside)
            outside = float(self.rejection.probabilities(signals)[0])
            if outside > self.rejection.threshold:
                return LabelGuess(self.rejection.name, outside)
            sure = 1 - outside
            if self._outside is not None:
                shares[:, self._outside] = 0.0
                shares /= shares.sum()
        best = int(shares[0].argmax())
        return LabelGuess(self.labels[best], float(shares[0, best]) * sure)


def known_share(even: str, vector: tuple[Indices, Floats], features: StackedFeatures) -> float:
    """Return the share of a text's distinct pieces that are in the vocabulary."""
    known = int((vector[0] < features.text_size).sum())
    return known / max(1, len(set(pieces(even))))


def signals_of(
    scores: npt.NDArray[np.floating],
    shares: Array,
    near: npt.NDArray[np.floating],
    known: Array,
    outside: int | None,
) -> Array:
    """Return the signals for "out of scope", one row per text.

    They are: the best score, its lead, the best label's probability, the entropy of the
    probabilities, the similarity to the nearest label's mean text, the share of known pieces, and
    the probability of the label "out of scope", if it was trained.
    """
    inside = np.array(scores, dtype=np.float64)
    taught = np.zeros(len(shares))
    if outside is not None:
        taught = shares[:, outside]
        inside[:, outside] = -np.inf
    two = np.sort(inside, axis=1)[:, -2:]
    lead = two[:, 1] - two[:, 0] if two.shape[1] > 1 else two[:, 0]
    lead = np.where(np.isfinite(lead), lead, 0.0)
    best = shares.max(axis=1)
    spread = -(shares * np.log(np.maximum(shares, 1e-12))).sum(axis=1)
    columns = (two[:, -1], lead, best, spread, near.max(axis=1), known, taught)
    return np.stack(columns, axis=1).astype(np.float64)


def load(folder: Path) -> Labeller:
    """Read a classifier from its folder.

    Raises:
        nlu.classify.ModelUnusable: the files are missing, damaged or something else.
    """
    try:
        return _load(folder)
    except ModelUnusable:
        raise
    except BROKEN as error:
        raise ModelUnusable(
            f"cannot read the classifier in {folder}: {type(error).__name__}: {error}; make one "
            "with `solvefirst nlu train --data`"
        ) from error


def _load(folder: Path) -> Labeller:
    description: Mapping[str, Any] = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    if description.get("kind") != KIND or description.get("format") != FORMAT:
        raise ModelUnusable(f"{folder} holds no classifier that this version reads")
    arrays = _arrays(folder)
    features = Features(description["vocabulary"], arrays["idf"], sign_weight=SIGN_WEIGHT)
    if len(arrays["idf"]) != features.text_size:
        raise ModelUnusable(f"vocabulary and weights in {folder} do not fit together")
    beside = ExtraFeatures.read(folder / BESIDE, description["beside"])
    values = description["rejection"]
    rejection = values and Rejection(
        name=values["name"],
        mean=np.array(values["mean"], dtype=float),
        spread=np.array(values["spread"], dtype=float),
        weights=np.array(values["weights"], dtype=float),
        bias=float(values["bias"]),
        threshold=float(values["threshold"]),
    )
    return Labeller(
        description["labels"],
        StackedFeatures(features, beside, arrays["centre"]),
        arrays["weights"],
        arrays["bias"],
        arrays["centres"],
        scale=float(description["scale"]),
        keep=float(description["keep"]),
        rejection=rejection,
    )


def _arrays(folder: Path) -> dict[str, npt.NDArray[np.floating]]:
    """Read the arrays of a classifier.

    The file is opened here, because numpy does not close a file that is not an archive.
    """
    with (
        (folder / "weights.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as archive,
    ):
        return {name: archive[name] for name in archive.files}


def is_labeller(folder: Path) -> bool:
    """Return whether a folder's description says that it holds such a classifier."""
    try:
        description = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(description, dict) and description.get("kind") == KIND
