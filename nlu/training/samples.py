"""Prepare sentences and words for training, as the models read them."""

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
"""Fewest samples with a run of so many Han characters. With 2 and 4 there are 50 % more pieces, but
the cross-validation of categories is not better."""

LEAST_OF_NAMES = 6
"""Fewest samples with a piece that only occurs in places: names of roads say nothing about the
matter, and their number has no limit."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A sentence or a word as the models read it, with its labels.

    `names` are its pieces that occur only in a place. `certainty` is the best confidence of a
    category model that has not seen it; `None` where it is not a feature, as for the category.
    """

    text: str
    spans: tuple[tuple[str, int, int], ...]
    pieces: frozenset[str]
    labels: Mapping[str, str]
    is_word: bool
    names: frozenset[str] = frozenset()
    certainty: float | None = None


def prepare(data: TrainingData, extractor: Extractor) -> list[Sample]:
    """Read each sentence and word once: normalised text, entities, pieces."""

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
    # 清明 is only a time: as a word about graves it would pull every bare time to that category.
    return samples + [
        word for word in words if "category" not in word.labels or not _wholly_found(word)
    ]


def _outside(text: str, spans: Iterable[tuple[str, int, int]]) -> Iterator[str]:
    """Yield the pieces of a text outside places."""
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
    """Hash what the models read of the sentences: normalised text, entities, pieces.

    It changes when the code that reads messages changes. A model that was trained before would then
    get other features than in training.
    """
    digest = hashlib.sha256()
    for sample in sorted((sample for sample in samples if not sample.is_word), key=_by_text):
        seen = repr((sample.text, sample.spans, sorted(sample.pieces)))
        digest.update(seen.encode())
    return digest.hexdigest()


def build_vocabulary(samples: Sequence[Sample]) -> tuple[list[str], npt.NDArray[np.float64]]:
    """Return the pieces that occur in several samples, sorted, and their inverse frequency."""
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
    """Return the vectors of samples, made exactly as in serving."""
    return stack([_vector(features, sample) for sample in samples], features.size)


def stack(vectors: Sequence[tuple[Indices, Floats]], size: int) -> csr_matrix:
    """Join sparse vectors of `size` numbers as the rows of one matrix."""
    ends = np.cumsum([0, *(len(places) for places, _ in vectors)])
    places = np.concatenate([places for places, _ in vectors])
    values = np.concatenate([values for _, values in vectors]).astype(np.float64)
    return csr_matrix((values, places, ends), shape=(len(vectors), size))


def _vector(features: Features, sample: Sample) -> tuple[Indices, Floats]:
    vector = features.vector(sample.text, sample.spans)
    if sample.certainty is None:
        return vector
    return features.with_certainty(vector, sample.certainty)
