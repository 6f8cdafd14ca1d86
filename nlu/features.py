"""Compute the features of the linear models: pieces of a message's text, and signs of its entities.

Han text is split into overlapping runs of one to four characters. Latin text is split into words,
pairs of words, and runs of three and four letters with word boundaries. A message has boundary
marks, so that the whole message "好" differs from the same character in a long letter.
"""

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.intp]

_DIGITS = re.compile("[0-9]+")
_PIECE = re.compile("[a-z']+|[^a-z' \t\n!-&(-/:-@\\[-`{-~。，、；：？！“”‘’（）《》【】…·—]+")
_BOUNDARY = "\x02"
LONGEST = 4
_MASKS = {
    "time": "\x04", "phone": "\x05", "plate": "\x06", "amount": "\x07",
    "case_number": "\x0e", "number": "\x0f",
}  # fmt: skip

SIGNS = (
    "place", "time", "phone", "plate", "amount", "case_number", "number", "language",
    "covered:some", "covered:most", "covered:all",
    "length:0", "length:1", "length:2", "length:3", "length:4", "length:5",
    "question",
    "matter:0", "matter:1", "matter:2", "matter:3", "matter:4",
)  # fmt: skip
"""Signs besides the text: the found entities, the share of the message that they cover, its length
class, and whether it is a question. They distinguish a bare answer in a form from a new matter. For
the intent also the category's confidence: a text without a fitting category is seldom a matter."""

_LENGTH_BOUNDS = (0, 2, 6, 14, 40)
_CERTAINTY_BOUNDS = (0.15, 0.3, 0.5, 0.8)


Spans = Iterable[tuple[str, int, int]]
"""Kind, start and end of the entities of a text, in order and without overlap."""


def masked(text: str, spans: Spans) -> str:
    """Replace each entity by one mark, because a number says nothing about the matter.

    Places stay: a school, hospital, estate or road often indicates what the matter is about.
    """
    parts = []
    place = 0
    for kind, start, end in spans:
        mask = _MASKS.get(kind)
        if mask:
            parts += [text[place:start], mask]
            place = end
    return "".join(parts) + text[place:] if parts else text


def pieces(text: str) -> list[str]:
    """Return all pieces of a normalised and masked text, with repetitions."""
    found: list[str] = []
    words: list[str] = []
    runs = _PIECE.findall(_DIGITS.sub(_digits, text))
    last = len(runs) - 1
    for place, run in enumerate(runs):
        if "a" <= run[0] <= "z":
            words.append(run)
            continue
        if place == 0:
            run = _BOUNDARY + run  # noqa: PLW2901 - the mark belongs to the run from here on
        if place == last:
            run += _BOUNDARY  # noqa: PLW2901
        found.extend(run)
        for size in range(2, LONGEST + 1):
            found.extend([run[at : at + size] for at in range(len(run) - size + 1)])
    if words:
        _latin(words, found)
    return found


def _digits(match: re.Match[str]) -> str:
    """Replace digits by their count: a number's length says more about a message than its value."""
    return "0" * min(len(match.group()), 5)


def _latin(words: Sequence[str], found: list[str]) -> None:
    marked = [f" {word} " for word in words]
    found.extend(marked)
    found.extend([first + second for first, second in itertools.pairwise(marked)])
    found.append(_BOUNDARY + marked[0])
    if len(words) <= 3:
        found.append(_BOUNDARY + "".join(marked) + _BOUNDARY)
    for word in marked:
        for size in (3, 4):
            found.extend([word[at : at + size] for at in range(len(word) - size + 1)])


def signs(text: str, spans: Spans) -> list[str]:
    """Return the signs of a normalised text and its entities."""
    found: set[str] = set()
    covered = 0
    for kind, start, end in spans:
        found.add(kind)
        covered += end - start
    length = len(text.strip())
    if covered and length:
        share = covered / length
        found.add(
            "covered:all" if share > 0.85 else "covered:most" if share > 0.5 else "covered:some"
        )
    found.add(f"length:{sum(length > bound for bound in _LENGTH_BOUNDS)}")
    if "?" in text or "吗" in text:
        found.add("question")
    return [sign for sign in SIGNS if sign in found]


class Features:
    """Converts a normalised text to a sparse vector: sublinear tf-idf of known pieces, then signs.

    `vocabulary` lists the known pieces by index, `idf` their weights. The signs follow at the end
    with the fixed weight `sign_weight`. The text part has length 1.
    """

    def __init__(
        self, vocabulary: Sequence[str], idf: npt.NDArray[np.floating], *, sign_weight: float
    ) -> None:
        self._place: Mapping[str, int] = {piece: at for at, piece in enumerate(vocabulary)}
        self._idf = np.asarray(idf, dtype=np.float32)
        self._sign_weight = sign_weight
        self._sign_place = {sign: len(vocabulary) + at for at, sign in enumerate(SIGNS)}
        # Arrays of one number: appending a plain number takes several times as long.
        self._matter = [
            (
                np.array([self._sign_place[f"matter:{grade}"]], dtype=np.intp),
                np.array([sign_weight], dtype=np.float32),
            )
            for grade in range(len(_CERTAINTY_BOUNDS) + 1)
        ]
        self.size = len(vocabulary) + len(SIGNS)
        self.text_size = len(vocabulary)

    def vector(
        self, text: str, spans: Sequence[tuple[str, int, int]] = ()
    ) -> tuple[Indices, Floats]:
        """Return the vector of a normalised text as unique, unsorted indices and values."""
        counts = Counter(map(self._place.get, pieces(masked(text, spans))))
        counts.pop(None, None)
        marks = [self._sign_place[sign] for sign in signs(text, spans)]
        known, times = len(counts), counts.values()
        places = np.array([*counts, *marks], dtype=np.intp)
        values = np.empty(len(places), dtype=np.float32)
        of_text = values[:known]
        of_text[:] = self._idf[places[:known]]
        if known:
            if max(times) > 1:
                of_text *= np.array(
                    [
                        _SUBLINEAR[count] if count < _KNOWN else 1 + math.log(count)
                        for count in times
                    ],
                    dtype=np.float32,
                )
            of_text /= math.sqrt(float(of_text @ of_text)) or 1.0
        values[known:] = self._sign_weight
        return places, values

    def with_certainty(
        self, vector: tuple[Indices, Floats], certainty: float
    ) -> tuple[Indices, Floats]:
        """Add the sign for the best category's confidence, 0 to 1, to a vector."""
        places, values = vector
        sign, weight = self._matter[sum(certainty > bound for bound in _CERTAINTY_BOUNDS)]
        return np.concatenate((places, sign)), np.concatenate((values, weight))


_KNOWN = 32
_SUBLINEAR = (0.0, *(1 + math.log(count) for count in range(1, _KNOWN)))
