"""How much a message sounds like danger that is there now: a linear model of plain arrays.

What it sees are runs of one to three characters, English words and pairs of them and, so that a
word it has never met counts like its likes, the classes of the words it knows (`nlu/data/words/
danger.yml`: 奶奶 and husband are both a person): which occur, which together, and in what order,
among themselves and among the characters between them. Beside these, what the rules tell of it
(`nlu.danger.emergency.evidence`).
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
    """Words of known class, each with its classes: the first stands for it where order counts."""

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
        """What the model sees of a text that was made even (`nlu.normalise.read`)."""
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
        """The words of a run of Han, at each place the longest; other characters as they are."""
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
    """Two and three tokens in a row, one of them a class; and of classes and marks alone."""
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
    """The model: its words, its known features, and for each the weights of danger and of kinds.

    `weights` has a row a feature: the first column is danger, the others are `kinds` in order. A
    score is the sum of a column over the features of a text, divided by the length of the vector
    of their `squares`, with `bias` added; a text whose score of danger is not below 0 alarms.
    """

    lexicon: Lexicon
    places: Mapping[str, int]
    squares: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    kinds: tuple[str, ...]

    def score(self, seen: Iterable[str]) -> float:
        """How far what is seen of a text is above what alarms."""
        at = self._known(seen)
        total = self.squares[at].sum()
        return float(self.weights[at, 0].sum() / np.sqrt(total or 1.0) + self.bias[0])

    def kind(self, seen: Iterable[str]) -> str:
        """The likeliest kind of danger, if there is any."""
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
