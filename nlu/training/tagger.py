"""Train the tagger of places and times on the marks in the training sentences.

Not loaded in serving.
"""

import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix  # type: ignore[import-untyped, unused-ignore]

from nlu.examples import Example, Marks
from nlu.extract import Extractor
from nlu.extract.places.clues import BITS, PAIR_BITS, TEMPLATES, clues, identities, pairs, tokens
from nlu.extract.places.gazetteer import Gazetteer
from nlu.extract.places.tagger import FILE, FORMAT, KINDS, LABELS, Tagger, allowed, read_tagger
from nlu.normalise import capitals, read
from nlu.training.madeplaces import Places as Made

VARIANTS = 2
TRAININGS = 3
"""Number of trainings whose weights are averaged, each with other place names and another order, so
that effects of chance cancel out."""
MADE = 0.5
EPOCHS = 9
BATCH = 256
RATE = 0.15
DECAY = 1e-4
LEAST_SEEN = 3
FINEST = 127
"""Weights are stored as whole numbers from -127 to 127."""
LEAST_WEIGHT = 2
"""Clues with only smaller weights are left out: a third of them; fewer than one span in 1,000."""

LEVELS = (1, 2, 4, 10, 30)
"""Numbers of sentences with a pair for each level of frequency."""

Array = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]
Levels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Tagged:
    """A sentence as the tagger reads it: clues and true label of each token, and the marks."""

    text: str
    clues: npt.NDArray[np.int32]
    labels: npt.NDArray[np.int8]
    spans: Marks


@dataclass(frozen=True, slots=True)
class TaggedExample:
    """A sentence with its marks: kind, start and end in the original text.

    `sources` are the sentences that its words come from.
    """

    text: str
    marks: Marks
    sources: tuple[str, ...]


def train_tagger(
    examples: Iterable[Example], gazetteer: Gazetteer, folder: Path, *, seed: int
) -> Tagger | None:
    """Train on the marks of sentences, write the tagger to `folder` and open it.

    Without any mark it returns `None` and writes no file.
    """
    (folder / FILE).unlink(missing_ok=True)
    marked = sentences(examples)
    if not any(example.marks for example in marked):
        return None
    common = PairCounts(example.text for example in marked)
    extractor = Extractor(gazetteer)
    own = prepare(marked, extractor, common)
    weights = np.zeros((1 << BITS, len(LABELS)), dtype=np.float32)
    steps = np.zeros((len(LABELS) + 1, len(LABELS)), dtype=np.float32)
    for number in range(seed, seed + TRAININGS):
        tagged = own + prepare(varied(marked, gazetteer, VARIANTS, number), extractor, common)
        kept, some, some_steps = _learn(tagged, number)
        weights[kept] += some / TRAININGS
        steps += some_steps / TRAININGS
    # From the names of the last training: the others drew from the same names.
    _write(folder, weights, steps, _signs(tagged), common)
    return read_tagger(folder)


def sentences(examples: Iterable[Example]) -> list[TaggedExample]:
    """Return each text once, with its marks of places and times."""
    found: dict[str, TaggedExample] = {}
    for example in examples:
        marks = tuple(mark for mark in example.marks if mark[0] in KINDS)
        found.setdefault(example.text, TaggedExample(example.text, marks, (example.text,)))
    return list(found.values())


def varied(
    marked: Sequence[TaggedExample], gazetteer: Gazetteer, times: int, seed: int
) -> Iterator[TaggedExample]:
    """Yield sentences with other places, so that no name is special.

    The places come from other sentences, or are generated.
    """
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    made = Made(gazetteer, chance)
    pool: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
    for example in marked:
        for kind, start, end in example.marks:
            if kind == "place":
                pool[example.text[start:end].isascii()].append(
                    (example.text[start:end], example.text)
                )
    for example in marked:
        if any(kind == "place" for kind, *_ in example.marks):
            for _ in range(times):
                yield _with_others(example, pool, made, chance)


def _with_others(
    example: TaggedExample,
    pool: Mapping[bool, Sequence[tuple[str, str]]],
    made: Made,
    chance: random.Random,
) -> TaggedExample:
    text, last = "", 0
    marks, sources = [], [example.text]
    for kind, start, end in example.marks:
        text += example.text[last:start]
        words = example.text[start:end]
        if kind == "place":
            if chance.random() < MADE:
                words = made.draw_english() if words.isascii() else made.draw()
            else:
                words, source = chance.choice(pool[words.isascii()])
                sources.append(source)
        marks.append((kind, len(text), len(text) + len(words)))
        text += words
        last = end
    return TaggedExample(text + example.text[last:], tuple(marks), tuple(sources))


class PairCounts:
    """Number of sentences with each pair of neighbouring tokens."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._counts = np.zeros(1 << PAIR_BITS, dtype=np.int32)
        for text in set(texts):
            self._counts[_pairs(text)] += 1

    def levels(self) -> npt.NDArray[np.uint8]:
        """Return the frequency level of each hashed pair."""
        return _levels(self._counts)

    def without(self, texts: Iterable[str]) -> Callable[[Places], Levels]:
        """Return the frequency levels of pairs without counting `texts`."""
        own = Counter[int]()
        for text in texts:
            own.update(_pairs(text).tolist())

        def known(pairs_: Places) -> Levels:
            return _levels(
                self._counts[pairs_] - np.array([own[pair] for pair in pairs_.tolist()], int)
            )

        return known


def _pairs(text: str) -> Places:
    even = read(text).text
    return np.unique(pairs(identities(even, tokens(even))))


def _levels(counts: npt.NDArray[np.integer]) -> Levels:
    return np.searchsorted(LEVELS, counts, side="right").astype(np.uint8)


def prepare(
    marked: Iterable[TaggedExample], extractor: Extractor, common: PairCounts
) -> list[Tagged]:
    """Prepare sentences with their marks for training."""
    return [_tagged(example, extractor, common) for example in marked]


def _tagged(marked: TaggedExample, extractor: Extractor, common: PairCounts) -> Tagged:
    reading = read(marked.text)
    text = reading.text
    marks = marked.marks
    if reading.origin is None:
        spans = marks
    else:
        origin = reading.origin
        spans = tuple(
            (kind, bisect_left(origin, start), bisect_left(origin, end))
            for kind, start, end in marks
        )
    bounds = tokens(text)
    labels = np.zeros(len(bounds), dtype=np.int8)
    for kind, start, end in spans:
        inside = [at for at, (begin, stop) in enumerate(bounds) if begin < end and stop > start]
        labels[inside] = LABELS.index(f"I-{kind}")
        labels[inside[:1]] = LABELS.index(f"B-{kind}")
    known = common.without(marked.sources)
    hashed = clues(
        text, bounds, *extractor.read(text).clues(), known, capitals(marked.text, reading)
    ).T.astype(np.int32)
    return Tagged(text, hashed, labels, spans)


def _write(folder: Path, weights: Array, steps: Array, signs: str, common: PairCounts) -> None:
    """Write the tagger with these weights, a row per hashed clue, to `folder`."""
    scale = float(np.abs(weights).max()) / FINEST or 1.0
    rounded = np.rint(weights / scale).astype(np.int8)
    kept = np.flatnonzero((np.abs(rounded) >= LEAST_WEIGHT).any(axis=1))
    gaps = np.diff(kept, prepend=0)
    np.savez_compressed(
        folder / FILE,
        allow_pickle=False,
        format=np.array([FORMAT, BITS, TEMPLATES]),
        gaps=gaps.astype(np.min_scalar_type(gaps.max(initial=0))),
        weights=rounded[kept],
        scale=np.float32(scale),
        steps=steps.astype(np.float32),
        signs=np.array(signs),
        levels=common.levels(),
    )


def _learn(sentences: Sequence[Tagged], seed: int) -> tuple[npt.NDArray[np.int64], Array, Array]:
    """Fit the clues' weights and the transition weights by maximum likelihood (AdaGrad, small
    batches); return the kept clues and both."""
    sentences = [sentence for sentence in sentences if len(sentence.labels)]
    seen = np.bincount(np.concatenate([sentence.clues.ravel() for sentence in sentences]))
    kept = np.flatnonzero(seen >= LEAST_SEEN)
    row = np.zeros(1 << BITS, dtype=np.int32)
    row[kept] = np.arange(1, len(kept) + 1)
    batches = _batches(sentences, row)
    weights = np.zeros((len(kept) + 1, len(LABELS)), dtype=np.float32)
    steps = np.zeros((len(LABELS) + 1, len(LABELS)), dtype=np.float32)
    squares = [np.full_like(weights, 1e-2), np.full_like(steps, 1e-2)]
    mean = [np.zeros_like(weights), np.zeros_like(steps)]
    order = np.random.Generator(np.random.PCG64(seed))
    half = EPOCHS // 2
    for epoch in range(EPOCHS):
        for at in order.permutation(len(batches)):
            slopes = batches[at].slopes(weights, steps)
            for values, slope, square in zip((weights, steps), slopes, squares, strict=True):
                _step(values, slope + DECAY * len(batches[at].lengths) * values, square)
            weights[0] = 0
        if epoch >= half:
            mean[0] += weights / (EPOCHS - half)
            mean[1] += steps / (EPOCHS - half)
    return kept, mean[0][1:], mean[1]


def _step(values: Array, slope: Array, square: Array) -> None:
    square += slope * slope
    values -= RATE * slope / np.sqrt(square)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Sentences of similar length, padded: clues per token as a matrix, labels, lengths."""

    clues: csr_matrix
    labels: npt.NDArray[np.int8]
    lengths: npt.NDArray[np.intp]

    def slopes(self, weights: Array, steps: Array) -> tuple[Array, Array]:
        """Return the gradient of the negative log likelihood by each weight."""
        count, longest = self.labels.shape
        size = len(LABELS)
        rows = np.arange(count)
        inside = np.arange(longest) < self.lengths[:, None]
        scores = np.zeros((count, longest, size), dtype=np.float32)
        scores[inside] = self.clues @ weights
        scores -= scores.max(axis=2, keepdims=True)
        emit = np.exp(scores)
        may = allowed()
        moves = np.where(may, np.exp(steps), 0).astype(np.float32)
        move, first = moves[:-1], moves[-1]

        ahead = np.zeros_like(emit)
        now = emit[:, 0] * first
        ahead[:, 0] = now / now.sum(axis=1, keepdims=True)
        for at in range(1, longest):
            now = (ahead[:, at - 1] @ move) * emit[:, at]
            ahead[:, at] = now / now.sum(axis=1, keepdims=True)
        behind = np.ones_like(emit)
        for at in range(longest - 2, -1, -1):
            now = (emit[:, at + 1] * behind[:, at + 1]) @ move.T
            now /= now.sum(axis=1, keepdims=True)
            behind[:, at] = np.where(inside[:, at + 1, None], now, 1.0)
        shares = ahead * behind
        shares /= shares.sum(axis=2, keepdims=True)

        step_slope = np.zeros_like(steps)
        step_slope[-1] = shares[:, 0].sum(axis=0)
        np.subtract.at(step_slope[-1], self.labels[:, 0], 1)
        for at in range(1, longest):
            on = inside[:, at]
            if not on.any():
                break
            pair = ahead[on, at - 1, :, None] * move * (emit[on, at] * behind[on, at])[:, None, :]
            pair /= pair.sum(axis=(1, 2), keepdims=True)
            step_slope[:-1] += pair.sum(axis=0)
            np.subtract.at(step_slope, (self.labels[on, at - 1], self.labels[on, at]), 1)
        true = np.zeros_like(shares)
        true[rows[:, None], np.arange(longest), self.labels] = 1
        slope = self.clues.T @ (shares - true)[inside]
        return slope.astype(np.float32), step_slope


def _batches(sentences: Sequence[Tagged], row: npt.NDArray[np.int32]) -> list[_Batch]:
    ordered = sorted(sentences, key=lambda sentence: (len(sentence.labels), sentence.text))
    found = []
    for begin in range(0, len(ordered), BATCH):
        some = ordered[begin : begin + BATCH]
        lengths = np.array([len(sentence.labels) for sentence in some])
        labels = np.zeros((len(some), lengths.max()), dtype=np.int8)
        for at, sentence in enumerate(some):
            labels[at, : len(sentence.labels)] = sentence.labels
        places = row[np.concatenate([sentence.clues for sentence in some])]
        matrix = csr_matrix(
            (
                np.ones(places.size, dtype=np.float32),
                places.ravel(),
                np.arange(0, places.size + 1, TEMPLATES),
            ),
            shape=(len(places), int(row.max()) + 1),
        )
        found.append(_Batch(matrix, labels, lengths))
    return found


def _signs(sentences: Sequence[Tagged]) -> str:
    """Choose characters of which every span has at least one, the most distinctive first."""
    inside, all_ = Counter[str](), Counter[str]()
    spans = []
    for sentence in sentences:
        all_.update(set(sentence.text))
        words = [sentence.text[start:end] for _, start, end in sentence.spans]
        inside.update({character for some in words for character in some})
        spans += words
    share = {character: inside[character] / all_[character] for character in inside}
    needed = {max(set(words), key=lambda word: (share[word], word)) for words in spans}
    return "".join(sorted(needed))
