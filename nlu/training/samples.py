"""Sentences and words as the models see them when they are trained."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix  # type: ignore[import-untyped, unused-ignore]

from nlu.examples import TrainingData
from nlu.extract import Extractor
from nlu.features import Features, Floats, Indices, masked, pieces
from nlu.normalise import capitals, read

LEAST_SAMPLES = 2
LEAST_OF_RUNS = {3: 6, 4: 10}
"""In how many samples a run of so many Han characters must stand: with 2 and 4 there are half as
many pieces more, and cross-validation finds categories no better."""

LEAST_OF_NAMES = 6
"""Samples in which a piece must stand that is only ever part of a place: two roads of one name say
nothing of what is the matter, and there is no end of names."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A sentence or a word as the models see it, with its labels.

    `names` are those of its pieces that stand nowhere in it but in a place.
    `certainty` is how sure a category model that has not seen it is of its best guess; `None`
    where that is no sign, as for the category itself.
    """

    text: str
    spans: tuple[tuple[str, int, int], ...]
    pieces: frozenset[str]
    labels: Mapping[str, str]
    is_word: bool
    names: frozenset[str] = frozenset()
    certainty: float | None = None


def prepare(data: TrainingData, extractor: Extractor) -> list[Sample]:
    """Read each sentence and word once: its even text, what was found in it, its pieces."""

    def sample(words: str, labels: Mapping[str, str], *, is_word: bool) -> Sample:
        reading = read(words)
        text = reading.text
        found = extractor.extract(text, None, capitals(words, reading))
        spans = tuple((entity.entity, entity.start, entity.end) for entity in found)
        seen = frozenset(pieces(masked(text, spans)))
        return Sample(text, spans, seen, labels, is_word, seen.difference(_outside(text, spans)))

    samples = []
    for example in data.examples:
        labels = {"intent": example.intent}
        if example.category is not None:
            labels["category"] = example.category
        samples.append(sample(example.text, labels, is_word=False))
    words = [sample(word.text, {word.head: word.label}, is_word=True) for word in data.words]
    # 清明 is nothing but a time: as a word of graves it would make each bare time one of them.
    return samples + [
        word for word in words if "category" not in word.labels or not _wholly_found(word)
    ]


def _outside(text: str, spans: Iterable[tuple[str, int, int]]) -> Iterator[str]:
    """The pieces of a text that touch no place."""
    begin = 0
    for kind, start, end in (*spans, ("place", len(text), len(text))):
        if kind == "place":
            inner = [
                (entity, first - begin, last - begin)
                for entity, first, last in spans
                if begin <= first and last <= start
            ]
            yield from pieces(masked(text[begin:start], inner))
            begin = end


def _wholly_found(sample: Sample) -> bool:
    return sum(end - start for _, start, end in sample.spans) >= len(sample.text)


def _by_text(sample: Sample) -> tuple[str, str]:
    return sample.text, repr(sample.spans)


def reading_hash(samples: Sequence[Sample]) -> str:
    """A hash of what the models see of the sentences: their even text, details found, pieces.

    It changes when the code that reads a message does; a model trained before that would see
    other signs than those that it has learned from.
    """
    digest = hashlib.sha256()
    for sample in sorted((sample for sample in samples if not sample.is_word), key=_by_text):
        seen = repr((sample.text, sample.spans, sorted(sample.pieces)))
        digest.update(seen.encode())
    return digest.hexdigest()


def build_vocabulary(samples: Sequence[Sample]) -> tuple[list[str], npt.NDArray[np.float64]]:
    """The pieces that occur in several samples, sorted, and their inverse frequency."""
    counts = Counter(piece for sample in samples for piece in sample.pieces)
    in_names = Counter(piece for sample in samples for piece in sample.names)

    def least(piece: str) -> int:
        return LEAST_OF_RUNS.get(len(piece), LEAST_SAMPLES) if piece > "z" else LEAST_SAMPLES

    kept = sorted(
        piece
        for piece, count in counts.items()
        if count - in_names[piece] >= least(piece) or count >= max(LEAST_OF_NAMES, least(piece))
    )
    seen = np.array([counts[piece] for piece in kept], dtype=np.float64)
    return kept, np.log((1 + len(samples)) / (1 + seen)) + 1


def matrix(features: Features, samples: Sequence[Sample]) -> csr_matrix:
    """The vectors of samples, exactly as they are made when messages are served."""
    return stack([_vector(features, sample) for sample in samples], features.size)


def stack(vectors: Sequence[tuple[Indices, Floats]], size: int) -> csr_matrix:
    """Vectors of `size` numbers, each as places and values, as rows of one matrix."""
    ends = np.cumsum([0, *(len(places) for places, _ in vectors)])
    places = np.concatenate([places for places, _ in vectors])
    values = np.concatenate([values for _, values in vectors]).astype(np.float64)
    return csr_matrix((values, places, ends), shape=(len(vectors), size))


def _vector(features: Features, sample: Sample) -> tuple[Indices, Floats]:
    vector = features.vector(sample.text, sample.spans)
    if sample.certainty is None:
        return vector
    return features.with_certainty(vector, sample.certainty)
