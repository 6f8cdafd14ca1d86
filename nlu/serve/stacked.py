"""Add the outputs of the assistant's own model to a text's features, for a city's own labels.

Fifty letters per label do not show which words have the same meaning. The assistant's own model,
trained on thousands of sentences, knows more. Its outputs are appended to the vector of pieces as
further features of one linear model.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nlu.classify import ModelUnusable
from nlu.features import Features, Floats, Indices
from nlu.serve.understanding import MODEL, MessageUnderstanding

CATEGORIES_WEIGHT = 0.3
"""Length of the model's output, relative to length 1 of the pieces. A much larger one would
outweigh the file's own words, a much smaller one would have no effect."""
READ = 128
"""Characters of a text from which on the output shrinks: a longer text has more own words."""
_LEAST_SHARE = 1e-4


@dataclass(frozen=True, slots=True)
class ExtraFeatures:
    """Computes extra features of a text: its category probabilities by the assistant's model.

    Without a model (`understanding` is `None`) there are no extra features. `folder` has the
    model's files. `known` caches the features during a training; `None` means no cache.
    """

    understanding: MessageUnderstanding | None = None
    folder: Path | None = None
    known: dict[str, Floats] | None = field(default=None, repr=False)

    @classmethod
    def open(cls, folder: Path = MODEL) -> "ExtraFeatures":
        """Open the model of `folder`.

        Raises:
            nlu.classify.ModelUnusable: the files of the model are missing or damaged.
        """
        return cls(MessageUnderstanding.open(folder), folder)

    @classmethod
    def read(cls, folder: Path, described: Mapping[str, bool]) -> "ExtraFeatures":
        """Read the model that a classifier was trained with, as stored by `describe` and `write`.

        Raises:
            nlu.classify.ModelUnusable: files are missing or damaged, or an earlier version trained
                the classifier with sentence embeddings.
        """
        if described.get("embedding"):
            raise ModelUnusable(
                "the classifier was trained with sentence embeddings, which this version no longer "
                "uses: train it anew with `solvefirst nlu train --data`"
            )
        return cls.open(folder) if described["categories"] else cls()

    def describe(self) -> dict[str, bool]:
        """Return whether there is a model."""
        return {"categories": self.understanding is not None}

    def write(self, folder: Path) -> None:
        """Copy the understanding's files: a later version would have other outputs."""
        if self.folder is not None and self.folder != folder:
            shutil.copytree(self.folder, folder, dirs_exist_ok=True)

    def keeping(self) -> "ExtraFeatures":
        """Return the same with a cache; an existing cache is reused."""
        return self if self.known is not None else replace(self, known={})

    @property
    def size(self) -> int:
        """Length of the output for a text."""
        return len(self._codes)

    @property
    def _codes(self) -> Sequence[str]:
        return self.understanding.model.heads["category"].labels if self.understanding else ()

    def __call__(self, text: str) -> Floats:
        """Return the output for a text: how likely each category is."""
        if self.known is not None and text in self.known:
            return self.known[text]
        vector = np.zeros(self.size, dtype=np.float32)
        if self.understanding and (shares := self.understanding.categories(text)):
            likely = np.log(np.fromiter(shares.values(), dtype=np.float32) + _LEAST_SHARE)
            likely -= likely.mean()
            vector = likely * np.float32(
                CATEGORIES_WEIGHT / max(float(np.linalg.norm(likely)), 1e-9)
            )
        if self.known is not None:
            self.known[text] = vector
        return vector


class StackedFeatures:
    """Vectors of `Features`, with the outputs of `beside` at the end.

    `centre` is the mean output for the training texts. It is subtracted, because only the
    difference distinguishes texts.
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
        other *= np.float32(min(1.0, READ / max(1, len(text))))
        return np.concatenate((places, self._places)), np.concatenate((values, other))


def centre_of(texts: Sequence[str], beside: ExtraFeatures) -> Floats:
    """Return the mean of the extra features of normalised texts, for `StackedFeatures`."""
    total = np.zeros(beside.size)
    for text in texts:
        total += beside(text)
    return (total / max(1, len(texts))).astype(np.float32)
