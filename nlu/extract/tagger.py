"""Which words of a text are places and times: a linear-chain conditional random field.

Each token gets one of five labels, begin or inside of a place or time, or none. The weights of its
clues (`nlu.extract.clues`) and of each pair of neighbouring labels are learned from the marks in
the training sentences; what the rules say is among the clues.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nlu.extract.clues import BITS, TEMPLATES, Piece, clues, tokens

FILE = "spans.npz"
KINDS = ("place", "time")
LABELS = ("O", "B-place", "I-place", "B-time", "I-time")
FORMAT = 1

_SURE = 9.0
"""Where no label comes within this many nats of "none", a token ends the search on both sides."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Span:
    """A place or time at characters `start` to `end`, and the probability that it is just that."""

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
        rest = scores[:, 1:].max(axis=1)
        found: list[Span] = []
        open_ = np.flatnonzero(rest > scores[:, 0] - _SURE)
        if not len(open_):
            return []
        # Islands of tokens that may be something; between them all is "none".
        breaks = np.flatnonzero(np.diff(open_) > 1) + 1
        for island in np.split(open_, breaks):
            begin = int(island[0])
            found += self._island(scores[begin : int(island[-1]) + 1], spans[begin:])
        return found

    def scores(self, hashed: npt.NDArray[np.intp]) -> Floats:
        """The score of each label (columns) for each token (rows), by its clues alone."""
        summed: Floats = self._weights[self._row[hashed]].sum(axis=1)
        return summed

    def _island(self, scores: Floats, spans: Sequence[tuple[int, int]]) -> Iterable[Span]:
        labels = self._best(scores)
        if not any(labels):
            return
        shares = None
        at = 0
        while at < len(labels):
            if labels[at] in (1, 3):
                end = at + 1
                while end < len(labels) and labels[end] == labels[at] + 1:
                    end += 1
                if shares is None:
                    shares = self._shares(scores)
                sure = float(shares[np.arange(at, end), labels[at:end]].min())
                yield Span(LABELS[labels[at]][2:], spans[at][0], spans[end - 1][1], round(sure, 2))
                at = end
            else:
                at += 1

    def _best(self, scores: Floats) -> list[int]:
        """The likeliest labels by Viterbi's algorithm; before an island stands "none"."""
        best = scores[0] + self._first
        ways = []
        columns = np.arange(len(LABELS))
        for row in scores[1:]:
            table = best[:, None] + self._steps
            way = table.argmax(axis=0)
            best = table[way, columns] + row
            ways.append(way)
        label = int(best.argmax())
        labels = [label]
        for way in reversed(ways):
            label = int(way[label])
            labels.append(label)
        return labels[::-1]

    def _shares(self, scores: Floats) -> Floats:
        """The probability of each label for each token, by the forward-backward algorithm."""
        steps = np.exp(self._steps)
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        size = len(scores)
        ahead, behind = np.empty_like(weights), np.ones_like(weights)
        now = weights[0] * np.exp(self._first)
        ahead[0] = now / now.sum()
        for at in range(1, size):
            now = (ahead[at - 1] @ steps) * weights[at]
            ahead[at] = now / now.sum()
        for at in range(size - 2, -1, -1):
            now = steps @ (weights[at + 1] * behind[at + 1])
            behind[at] = now / now.sum()
        shares = ahead * behind
        total: Floats = shares / shares.sum(axis=1, keepdims=True)
        return total


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
