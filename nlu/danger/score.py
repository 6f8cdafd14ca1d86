"""Score how much a message sounds like present danger: a linear model of plain arrays.

Its features are runs of one to three characters, and English words and pairs of them. To generalise
to unseen words it also uses classes of known words (`nlu/data/words/danger.yml`: 奶奶 and husband
are both a person): which classes occur, which occur together, and in what order, also among the
characters between them. Further features come from the rules (`nlu.danger.emergency.evidence`).
"""

import itertools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

FILE = "danger.npz"
FORMAT = 2
_RUN = re.compile(r"([a-z']+)|([0-9]+)|([,、。!?;\n])|[^\W\da-z_]+")
_LATIN, _NUMBER, _MARK = 1, 2, 3
_START, _END, _STOP = "^", "$", "|"


class Lexicon:
    """Words with their classes; the first class represents the word in sequences."""

    def __init__(self, words: Mapping[str, Sequence[str]]) -> None:
        self.words = {word: tuple(classes) for word, classes in words.items()}
        self._signs = {
            word: (f"<{classes[0]}>", tuple(f"#{class_}" for class_ in classes))
            for word, classes in self.words.items()
        }
        self._longest: dict[str, int] = {}
        for word in words:
            self._longest[word[0]] = max(len(word), self._longest.get(word[0], 0))

    def features(self, text: str) -> set[str]:
        """Return the features of a normalised text (`nlu.normalise.read`)."""
        found: set[str] = set()
        tokens = [_START]
        before = _START
        for run in _RUN.finditer(text):
            kind, part = run.lastindex, run.group()
            if kind == _LATIN:
                found.update((f" {part}", f"{before} {part}"))
                before = part
                self._add(part, part, tokens, found)
            elif kind == _NUMBER:
                self._add(part, "0", tokens, found)
            elif kind == _MARK:
                tokens.append(_STOP)
            else:
                found.update(part)
                found.update(map("".join, itertools.pairwise(part)))
                found.update(map("".join, zip(part, part[1:], part[2:], strict=False)))
                self._read(part, tokens, found)
        tokens.append(_END)
        _sequences(tokens, found)
        classes = sorted(feature for feature in found if feature[0] == "#")
        found.update(map("".join, itertools.combinations(classes, 2)))
        return found

    def _add(self, word: str, otherwise: str, tokens: list[str], found: set[str]) -> None:
        sign = self._signs.get(word)
        if sign is None:
            tokens.append(otherwise)
        else:
            tokens.append(sign[0])
            found.update(sign[1])

    def _read(self, run: str, tokens: list[str], found: set[str]) -> None:
        """Split a run of Han into known words, the longest at each place, and single characters."""
        signs, longest = self._signs, self._longest
        at, end = 0, len(run)
        while at < end:
            for size in range(min(longest.get(run[at], 0), end - at), 0, -1):
                sign = signs.get(run[at : at + size])
                if sign is not None:
                    tokens.append(sign[0])
                    found.update(sign[1])
                    at += size
                    break
            else:
                tokens.append(run[at])
                at += 1


def _sequences(tokens: Sequence[str], found: set[str]) -> None:
    """Add sequences of two and three tokens with a class, and sequences of classes and marks."""
    known = [token[0] == "<" for token in tokens]
    for at in range(len(tokens) - 1):
        if known[at] or known[at + 1]:
            found.add(f"{tokens[at]} {tokens[at + 1]}")
    for at in range(len(tokens) - 2):
        if known[at] or known[at + 1] or known[at + 2]:
            found.add(f"{tokens[at]} {tokens[at + 1]} {tokens[at + 2]}")
    row = [
        token for token, is_known in zip(tokens, known, strict=True) if is_known or token == _STOP
    ]
    found.update(map("".join, itertools.pairwise(row)))
    found.update(map("".join, zip(row, row[1:], row[2:], strict=False)))


@dataclass(frozen=True, slots=True)
class Alarm:
    """Alarm model: its lexicon, its features, and their weights for danger and kinds.

    `weights` has a row per feature: the first column is danger, the others are `kinds` in order. A
    score is the sum of a column over the features of a text, divided by the length of the vector
    of their `squares`, plus `bias`. A text with a danger score of 0 or more raises the alarm.
    """

    lexicon: Lexicon
    places: Mapping[str, int]
    squares: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    kinds: tuple[str, ...]

    def score(self, seen: Iterable[str]) -> float:
        """Return the danger score of features; from 0 on it raises the alarm."""
        at = self._known(seen)
        total = self.squares[at].sum()
        return float(self.weights[at, 0].sum() / np.sqrt(total or 1.0) + self.bias[0])

    def kind(self, seen: Iterable[str]) -> str:
        """Return the most likely kind of danger, if it is danger at all."""
        at = self._known(seen)
        scores = self.weights[at, 1:].sum(axis=0) / np.sqrt(self.squares[at].sum() or 1.0)
        return self.kinds[int((scores + self.bias[1:]).argmax())]

    def _known(self, seen: Iterable[str]) -> list[int]:
        return [at for at in map(self.places.get, seen) if at is not None]


def load(folder: Path) -> Alarm:
    """Read the model of `folder`.

    Raises:
        One of nlu.classify.BROKEN: the file is missing, damaged or of another format.
    """
    with (folder / FILE).open("rb") as file, np.load(file, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    about = json.loads(arrays["about"].tobytes())
    vocabulary = arrays["vocabulary"].tobytes().decode().split("\n")
    weights = arrays["weights"].astype(np.float32)
    squares = arrays["idf"].astype(np.float32) ** 2
    bias = arrays["bias"].astype(np.float32)
    kinds = tuple(about["kinds"])
    size = len(vocabulary), 1 + len(kinds)
    if about["format"] != FORMAT or (squares.shape, weights.shape, bias.shape) != (
        size[:1], size, size[1:]
    ):  # fmt: skip
        raise ValueError(f"{folder / FILE} is damaged or of another format")
    places = {feature: at for at, feature in enumerate(vocabulary)}
    return Alarm(Lexicon(about["words"]), places, squares, weights, bias, kinds)
