"""Which words of a text are places and times: a linear-chain conditional random field.

Each token gets one of five labels, begin or inside of a place or time, or none. The weights of its
clues (`nlu.extract.clues`) and of each pair of neighbouring labels are learned from the marks in
the training sentences; what the rules say is among the clues.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nlu.extract.clues import BITS, TEMPLATES, Piece, clues, tokens

FILE = "spans.npz"
KINDS = ("place", "time")
LABELS = ("O", "B-place", "I-place", "B-time", "I-time")
FORMAT = 1

_SURE = 5.0
"""Where no label comes within this many nats of "none", a token ends the search on both sides."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Span:
    """A place or time at characters `start` to `end`, and how sure that is, 0 to 1.

    `confidence` is the least of its tokens and of the one behind it, each given its neighbours.
    """

    kind: str
    start: int
    end: int
    confidence: float


def allowed() -> npt.NDArray[np.bool_]:
    """Which label may follow which: inside only what has begun. The last row is the start."""
    return np.array(
        [
            [after[0] != "I" or before[2:] == after[2:] for after in LABELS]
            for before in (*LABELS, "O")
        ]
    )


class Tagger:
    """Finds places and times by learned weights.

    `kept` are the hashed clues that have weights, ascending; `weights` has a row for each of them
    and a column a label; `steps` has the weight of each label after each, and of each at the start
    in its last row. `signs` are the characters of which a span has at least one.
    `levels` says of each hashed pair of neighbours how common it is in what citizens write.
    """

    def __init__(
        self,
        kept: npt.NDArray[np.integer],
        weights: npt.NDArray[np.floating],
        steps: npt.NDArray[np.floating],
        signs: str,
        levels: npt.NDArray[np.integer],
    ) -> None:
        self._row = np.zeros(1 << BITS, dtype=np.int32)
        self._row[kept] = np.arange(1, len(kept) + 1)
        self._weights = np.zeros((len(kept) + 1, len(LABELS)), dtype=np.float32)
        self._weights[1:] = weights
        steps = np.where(allowed(), steps, -1e4).astype(np.float32)
        self._steps, self._first = steps[:-1], steps[-1]
        self._into = np.ascontiguousarray(self._steps.T)
        self._signs = frozenset(signs)
        self._levels = levels

    def may_hold(self, text: str) -> bool:
        """Whether a text has any character without which no place or time is said."""
        return not self._signs.isdisjoint(text)

    def tag(
        self,
        text: str,
        parts: Iterable[Piece],
        wholes: Iterable[Piece],
        capitals: Container[int] = (),
    ) -> list[Span]:
        """Places and times of a normalised text, in order; `parts` and `wholes` are the rules'."""
        spans = tokens(text)
        if not spans:
            return []
        scores = self.scores(clues(text, spans, parts, wholes, self._levels.take, capitals))
        maybe = (scores[:, 1:].max(axis=1) > scores[:, 0] - _SURE).tolist()
        found: list[Span] = []
        begin = 0
        # Islands of tokens that may be something; between them all is "none".
        for maybe_something, run in groupby(maybe):
            end = begin + len(list(run))
            if maybe_something:
                found += self._island(scores[begin:end], spans[begin:])
            begin = end
        return found

    def scores(self, hashed: npt.NDArray[np.intp]) -> Floats:
        """The score of each label (columns) for each token (rows), by its clues alone."""
        summed: Floats = self._weights.take(self._row.take(hashed), axis=0).sum(axis=0)
        return summed

    def _island(self, scores: Floats, spans: Sequence[tuple[int, int]]) -> Iterable[Span]:
        labels = self._best(scores)
        begins = [at for at, label in enumerate(labels) if label in (1, 3)]
        if not begins:
            return
        sure = self._sure(scores, labels)
        for at in begins:
            end = at + 1
            while end < len(labels) and labels[end] == labels[at] + 1:
                end += 1
            # The token behind says whether the span ends where it does.
            confidence = round(min(sure[at : end + 1]), 2)
            yield Span(LABELS[labels[at]][2:], spans[at][0], spans[end - 1][1], confidence)

    def _best(self, scores: Floats) -> list[int]:
        """The likeliest labels by Viterbi's algorithm; before an island stands "none"."""
        best = scores[0] + self._first
        ways = []
        for row in scores[1:]:
            table = best + self._into
            ways.append(table.argmax(axis=1))
            best = table.max(axis=1) + row
        label = int(best.argmax())
        labels = [label]
        for way in reversed(ways):
            label = int(way[label])
            labels.append(label)
        return labels[::-1]

    def _sure(self, scores: Floats, labels: Sequence[int]) -> list[float]:
        """The probability of each token's label, given those of its neighbours."""
        before = np.concatenate((self._first[None], self._steps[labels[:-1]]))
        scores = scores + before
        scores[:-1] += self._steps[:, labels[1:]].T
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        chosen = shares[np.arange(len(labels)), labels] / shares.sum(axis=1)
        sure: list[float] = chosen.tolist()
        return sure


def read_tagger(folder: Path) -> Tagger | None:
    """The tagger in a model's folder; `None` when the folder has none that this code can use."""
    file = folder / FILE
    if not file.exists():
        return None
    with np.load(file, allow_pickle=False) as arrays:
        if arrays["format"].tolist() != [FORMAT, BITS, TEMPLATES]:
            return None
        return Tagger(
            np.cumsum(arrays["gaps"], dtype=np.int64),
            arrays["weights"] * arrays["scale"],
            arrays["steps"],
            str(arrays["signs"]),
            arrays["levels"],
        )
