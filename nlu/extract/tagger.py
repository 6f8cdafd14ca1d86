"""Which words of a text are places and times: a linear-chain conditional random field.

Each token gets one of five labels, begin or inside of a place or time, or none. The weights of its
clues (`nlu.extract.clues`) and of each pair of neighbouring labels are learned from the marks in
the training sentences; what the rules say is among the clues.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import exp
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nlu.extract.clues import BITS, TEMPLATES, Piece, clues, tokens

FILE = "spans.npz"
KINDS = ("place", "time")
LABELS = ("O", "B-place", "I-place", "B-time", "I-time")
FORMAT = 1

_SURE = 9.0
"""A label this many nats behind "none" is out of the search."""

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
        self._moves: list[list[float]] = steps.tolist()
        self._befores = [
            [(before, self._moves[before][label]) for before in np.flatnonzero(may).tolist()]
            for label, may in enumerate(allowed()[:-1].T)
        ]
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
        capitals: Collection[int] = (),
    ) -> list[Span]:
        """Places and times of a normalised text, in order; `parts` and `wholes` are the rules'."""
        spans = tokens(text)
        if not spans:
            return []
        scores = self.scores(clues(text, spans, parts, wholes, self._levels.take, capitals))
        may_begin = scores[:, 1::2].max(axis=1) > scores[:, 0] - _SURE
        if not may_begin.any():
            return []
        rows = scores.tolist()
        found: list[Span] = []
        free = 0
        for begin in may_begin.nonzero()[0].tolist():
            if begin >= free:
                labels = self._best(rows, begin)
                free = begin + len(labels)
                found += self._spans(rows[begin:free], labels, spans[begin:free])
        return found

    def scores(self, hashed: npt.NDArray[np.intp]) -> Floats:
        """The score of each label (columns) for each token (rows), by its clues alone."""
        summed: Floats = self._weights.take(self._row.take(hashed), axis=0).sum(axis=0)
        return summed

    def _spans(
        self,
        rows: Sequence[Sequence[float]],
        labels: Sequence[int],
        spans: Sequence[tuple[int, int]],
    ) -> Iterator[Span]:
        for at, label in enumerate(labels):
            if label not in (1, 3):
                continue
            end = at + 1
            while end < len(labels) and labels[end] == label + 1:
                end += 1
            # The token behind says whether the span ends where it does.
            tokens_ = range(at, min(end + 1, len(labels)))
            confidence = min([self._sure(rows[one], labels, one) for one in tokens_])
            yield Span(LABELS[label][2:], spans[at][0], spans[end - 1][1], round(confidence, 2))

    def _best(self, rows: Sequence[Sequence[float]], begin: int = 0) -> list[int]:
        """The likeliest labels from `begin` on, by Viterbi's algorithm, to where all is "none".

        `rows` has the scores of each token; before `begin` stands "none".
        """
        best = [score + step for score, step in zip(rows[begin], self._moves[-1], strict=True)]
        ways = []
        for row in rows[begin + 1 :]:
            if max(best[1:]) < best[0] - _SURE:
                break
            way, now = [], []
            for score, befores in zip(row, self._befores, strict=True):
                most, label = max([(best[before] + step, before) for before, step in befores])
                way.append(label)
                now.append(most + score)
            ways.append(way)
            best = now
        label = best.index(max(best))
        labels = [label]
        for way in reversed(ways):
            label = way[label]
            labels.append(label)
        return labels[::-1]

    def _sure(self, row: Sequence[float], labels: Sequence[int], at: int) -> float:
        """The probability of the label at a token with the scores `row`, given its neighbours."""
        before = self._moves[labels[at - 1] if at else -1]
        scores = [score + step for score, step in zip(row, before, strict=True)]
        if at + 1 < len(labels):
            after = labels[at + 1]
            scores = [
                score + moves[after] for score, moves in zip(scores, self._moves, strict=False)
            ]
        chosen = scores[labels[at]]
        return 1 / sum([exp(min(score - chosen, 80)) for score in scores])


def read_tagger(folder: Path) -> Tagger | None:
    """The tagger in a model's folder; `None` when the folder has none that this code can use."""
    file = folder / FILE
    if not file.exists():
        return None
    # Opened here, for numpy leaves a damaged file open.
    with file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
        if arrays["format"].tolist() != [FORMAT, BITS, TEMPLATES]:
            return None
        return Tagger(
            np.cumsum(arrays["gaps"], dtype=np.int64),
            arrays["weights"] * arrays["scale"],
            arrays["steps"],
            str(arrays["signs"]),
            arrays["levels"],
        )
