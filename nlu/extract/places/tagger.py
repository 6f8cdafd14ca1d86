"""Tag places and times in a text with a linear-chain conditional random field.

Each token gets one of five labels: begin or inside of a place or time, or none. The weights of its
clues (`nlu.extract.places.clues`) and of each pair of neighbouring labels are trained on the marks
in the training sentences. The results of the rules are among the clues.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import exp
from operator import add
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nlu.extract.places.clues import BITS, TEMPLATES, Piece, clues, tokens

FILE = "spans.npz"
KINDS = ("place", "time")
LABELS = ("O", "B-place", "I-place", "B-time", "I-time")
FORMAT = 1

_SURE = 9.0
"""If labels are this many nats behind "none", the search stops until a span may begin."""

_MARGIN = 3.0
"""A margin in nats that is larger than any gain of label transitions."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Span:
    """A place or time at characters `start` to `end`, and its confidence, 0 to 1.

    `confidence` is the minimum over its tokens and the next one, each given its neighbours.
    """

    kind: str
    start: int
    end: int
    confidence: float


def allowed() -> npt.NDArray[np.bool_]:
    """Return which label may follow which: "inside" only after a begin. Last row: the start."""
    return np.array(
        [
            [after[0] != "I" or before[2:] == after[2:] for after in LABELS]
            for before in (*LABELS, "O")
        ]
    )


class Tagger:
    """Finds places and times by trained weights.

    `kept` are the hashed clues with weights, ascending. `weights` has a row for each of them and a
    column per label, in units of `scale`. `steps` has the weight of each label after each other
    one, and in its last row of each label at the start. Every span contains one of the characters
    `signs`. `levels` is how common each hashed pair of neighbours is in citizens' texts.
    """

    def __init__(
        self,
        kept: npt.NDArray[np.integer],
        weights: npt.NDArray[np.floating] | npt.NDArray[np.int8],
        steps: npt.NDArray[np.floating],
        signs: str,
        levels: npt.NDArray[np.integer],
        *,
        scale: float = 1.0,
    ) -> None:
        self._row = np.zeros(1 << BITS, dtype=np.int32)
        self._row[kept] = np.arange(1, len(kept) + 1)
        # Stored as bytes: a quarter of the memory.
        self._weights = np.concatenate((np.zeros_like(weights, shape=(1, len(LABELS))), weights))
        self._scale = np.float32(scale)
        steps = np.where(allowed(), steps, -1e4).astype(np.float32)
        self._moves: list[list[float]] = steps.tolist()
        into = list(zip(*self._moves[:-1], strict=True))
        self._into = (into[0], into[1], into[2][1:3], into[3], into[4][3:])
        self._signs = frozenset(signs)
        self._levels = levels

    def may_hold(self, text: str) -> bool:
        """Return whether a text has a character that every place or time needs."""
        return not self._signs.isdisjoint(text)

    def tag(
        self,
        text: str,
        parts: Iterable[Piece],
        wholes: Iterable[Piece],
        capitals: Collection[int] = (),
    ) -> list[Span]:
        """Return places and times of a normalised text; `parts` and `wholes` are the rules'."""
        spans = tokens(text)
        if not spans:
            return []
        scores = self.scores(clues(text, spans, parts, wholes, self._levels.take, capitals))
        rows = scores.tolist()
        found: list[Span] = []
        free = 0
        for begin in self._begins(rows):
            if begin >= free:
                labels = self._best(rows, begin)
                free = begin + len(labels)
                found += self._spans(rows[begin:free], labels, spans[begin:free])
        return found

    def _begins(self, rows: Sequence[Sequence[float]]) -> list[int]:
        """Return where a span may begin: later tokens compensate for its first token's score.

        It runs from the end, so that the best continuation of each token is known.
        """
        more_place, more_time = self._moves[2][2], self._moves[4][4]
        place_behind = time_behind = 0.0
        found = []
        for at in range(len(rows) - 1, -1, -1):
            none, place, in_place, time, in_time = rows[at]
            least = none - _MARGIN
            if place + place_behind > least or time + time_behind > least:
                found.append(at)
            place_behind = max(0.0, in_place + more_place - none + place_behind)
            time_behind = max(0.0, in_time + more_time - none + time_behind)
        return found[::-1]

    def scores(self, hashed: npt.NDArray[np.intp]) -> Floats:
        """Return the score of each label (columns) for each token (rows), by its clues alone."""
        rows = self._weights.take(self._row.take(hashed), axis=0)
        scores: Floats = np.add.reduce(rows, axis=0, dtype=np.float32) * self._scale
        return scores

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
            # The next token decides whether the span ends here.
            tokens_ = range(at, min(end + 1, len(labels)))
            confidence = min([self._sure(rows[token], labels, token) for token in tokens_])
            yield Span(LABELS[label][2:], spans[at][0], spans[end - 1][1], round(confidence, 2))

    def _best(self, rows: Sequence[Sequence[float]], begin: int = 0) -> list[int]:
        """Return the most likely labels from `begin` on (Viterbi), up to where all are "none".

        `rows` has the scores of each token; the label before `begin` is "none".
        """
        moves = self._moves
        none, place, more_place, time, more_time = map(add, rows[begin], moves[-1])
        best = [(none, place, more_place, time, more_time)]
        into_none, into_place, inside_place, into_time, inside_time = self._into
        for row in rows[begin + 1 :]:
            if max(place, more_place, time, more_time) < none - _SURE:
                break
            before = best[-1]
            none = row[0] + max(map(add, before, into_none))
            place = row[1] + max(map(add, before, into_place))
            more_place = row[2] + max(map(add, before[1:3], inside_place))
            time = row[3] + max(map(add, before, into_time))
            more_time = row[4] + max(map(add, before[3:], inside_time))
            best.append((none, place, more_place, time, more_time))
        label = best[-1].index(max(best[-1]))
        labels = [label]
        for scores in best[-2::-1]:
            ways = [score + move[label] for score, move in zip(scores, moves, strict=False)]
            label = ways.index(max(ways))
            labels.append(label)
        return labels[::-1]

    def _sure(self, row: Sequence[float], labels: Sequence[int], at: int) -> float:
        """Return the probability of a token's label, given its scores `row` and its neighbours."""
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
    """Read the tagger of a model's folder; `None` when the folder has no usable one."""
    file = folder / FILE
    if not file.exists():
        return None
    # Opened here, because numpy does not close a damaged file.
    with file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
        if arrays["format"].tolist() != [FORMAT, BITS, TEMPLATES]:
            return None
        return Tagger(
            np.cumsum(arrays["gaps"], dtype=np.int64),
            arrays["weights"],
            arrays["steps"],
            str(arrays["signs"]),
            arrays["levels"],
            scale=float(arrays["scale"]),
        )
