"""Compute the tagger's features: the tokens of a text, and hashed features ("clues") of each.

A token is a Chinese character, a Latin word, a number, or a mark. Four channels describe it: the
token itself, its shape, and two results of the rules (a part of a place or a time word; a whole
place or time). A clue is a combination of channels at fixed distances, hashed to one of `1 << BITS`
values. All clues of a text are computed by one integer matrix product, so that serving builds no
strings.
"""

import re
import zlib
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from nlu.extract.places.englishplaces import is_pinyin

BITS = 21
PAIR_BITS = 20
REACH = 4
"""Most tokens to each side of a clue."""

_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|[0-9]+|\S")
_HAN_DIGITS = frozenset("零〇一二两三四五六七八九十百千万半几")
_MARKS = frozenset(",。!?;:、,.()（）《》“”\"'~-—…/")
_YEAR = re.compile("(?:19|20)[0-9]{2}")

_CHANNELS = 5
Array = npt.NDArray[np.uint64]
Piece = tuple[str, int, int]
"""The rules' name of a piece of the text, its start and end."""


def tokens(text: str) -> list[tuple[int, int]]:
    """Return starts and ends of the tokens of a normalised text."""
    return [match.span() for match in _TOKEN.finditer(text)]


def clues(
    text: str,
    spans: Sequence[tuple[int, int]],
    parts: Iterable[Piece],
    wholes: Iterable[Piece],
    known: Callable[[npt.NDArray[np.intp]], npt.NDArray[np.integer]],
    capitals: Collection[int] = (),
) -> npt.NDArray[np.intp]:
    """Return the clues of each token: a row per template of `_TEMPLATES`, a column per token.

    `known` returns how common hashed pairs of neighbours (`pairs`) are; `capitals` are positions of
    capital letters.
    """
    size = len(spans)
    channels = np.zeros((_CHANNELS, size + 2 * REACH), dtype=np.uint64)
    body = channels[:, REACH : REACH + size]
    words = [text[start:end] for start, end in spans]
    body[0] = list(map(_identity, words))
    body[4, :-1] = known(pairs(body[0]))
    body[1] = list(map(_shape, words))
    if capitals or " " in text or "\n" in text:
        for at, (start, _) in enumerate(spans):
            body[1, at] += np.uint64(
                2 * (start in capitals) + (start > 0 and text[start - 1].isspace())
            )
    places = {start: at for at, (start, _) in enumerate(spans)}
    _overlay(body[2], parts, places, spans)
    _overlay(body[3], wholes, places, spans)
    around = channels[:, _STEPS + np.arange(size)].reshape(-1, size) + np.uint64(1)
    hashed = (around[_ROWS] * _FACTORS).sum(axis=1, dtype=np.uint64) + _SALTS
    found: npt.NDArray[np.intp] = (hashed >> np.uint64(64 - BITS)).astype(np.intp)
    return found


def identities(text: str, spans: Sequence[tuple[int, int]]) -> Array:
    """Return a number for each token, equal for equal tokens."""
    return np.array(list(map(_identity, [text[a:b] for a, b in spans])), dtype=np.uint64)


def pairs(tokens_: Array) -> npt.NDArray[np.intp]:
    """Hash pairs of neighbouring tokens to `1 << PAIR_BITS` values; one less than the tokens."""
    mixed = (tokens_[:-1] * _MIX[0] + tokens_[1:] * _MIX[1]) >> np.uint64(64 - PAIR_BITS)
    found: npt.NDArray[np.intp] = mixed.astype(np.intp)
    return found


@lru_cache(maxsize=1 << 14)
def _identity(token: str) -> int:
    if len(token) == 1:
        return ord(token)
    if token.isdigit():
        if _YEAR.fullmatch(token):
            return zlib.crc32(b"year")
        if len(token) > 2:
            return zlib.crc32(b"0" * min(len(token), 6))
    return zlib.crc32(token.encode())


@lru_cache(maxsize=1 << 14)
def _shape(token: str) -> int:
    """Return a number for a token's shape; two bits are reserved for capitals and spaces."""
    if token.isdigit():
        return 4
    if token in _HAN_DIGITS:
        return 8
    if "a" <= token[0] <= "z":
        return 12 if is_pinyin(token) else 16
    return 20 if token in _MARKS else 0


def _overlay(
    channel: Array,
    pieces: Iterable[Piece],
    places: dict[int, int],
    spans: Sequence[tuple[int, int]],
) -> None:
    """Write each piece's kind to its tokens, with their positions in the piece."""
    for kind, start, end in pieces:
        at = places.get(start)
        if at is None:
            continue
        code = zlib.crc32(kind.encode()) * 4
        first = at
        while at < len(spans) and spans[at][1] <= end:
            channel[at] = code + (at == first)
            at += 1
        if at > first:
            channel[at - 1] += np.uint64(2)


def _templates() -> list[tuple[tuple[int, int], ...]]:
    word, shape, part, whole, pair = range(_CHANNELS)
    runs = [(word, far, size) for size in (2, 3) for far in range(-3, 4 - size)]
    runs += [(word, -3, 4), (word, 0, 4)]
    return [
        (),
        *(((word, far),) for far in range(-REACH, REACH + 1)),
        *(tuple((word, far + step) for step in range(size)) for word, far, size in runs),
        *(((part, far),) for far in range(-2, 3)),
        *(((whole, far),) for far in range(-2, 3)),
        ((part, -1), (part, 0)), ((part, 0), (part, 1)), ((part, -1), (part, 0), (part, 1)),
        ((whole, -1), (whole, 0)), ((whole, 0), (whole, 1)),
        ((whole, -1), (whole, 0), (whole, 1)),
        ((part, 0), (whole, 0)), ((part, 0), (word, 0)), ((whole, 0), (word, 0)),
        ((whole, 0), (word, -1)), ((whole, -1), (word, 0)), ((whole, 1), (word, 0)),
        ((part, -1), (word, 0), (word, 1)), ((part, 1), (word, 0)), ((part, 1), (word, -1)),
        ((whole, 0), (whole, 1), (word, 1)), ((whole, -1), (word, 0), (word, 1)),
        ((shape, 0),), ((shape, -1), (shape, 0)), ((shape, 0), (shape, 1)),
        ((shape, 0), (word, 0)), ((shape, 0), (word, -1)), ((shape, 1), (word, 0)),
        ((shape, -1), (shape, 0), (shape, 1)), ((shape, 0), (word, 1)), ((shape, -1), (word, 0)),
        ((shape, -2), (shape, -1), (shape, 0), (shape, 1), (shape, 2)),
        ((shape, 0), (part, -1), (part, 1)),
        ((pair, -1),), ((pair, 0),), ((pair, 1),), ((pair, -1), (pair, 0)), ((pair, 0), (pair, 1)),
        ((pair, -2), (pair, -1), (pair, 0), (pair, 1)), ((pair, -1), (pair, 0), (word, 0)),
        ((pair, -1), (word, -1)), ((pair, 0), (word, 1)), ((pair, -1), (pair, 0), (word, 1)),
        ((pair, -1), (pair, 0), (part, 0)), ((pair, -1), (pair, 0), (word, -1)),
    ]  # fmt: skip


_TEMPLATES = _templates()
_LONGEST = max(map(len, _TEMPLATES))
_STEPS = np.arange(2 * REACH + 1)[:, None]


def _hashing() -> tuple[npt.NDArray[np.intp], Array, Array]:
    """Return the rows of each template, a random odd factor for each, and a salt per template.

    All are fixed by a seed; shorter templates have the factor 0 for the rest.
    """
    rng = np.random.Generator(np.random.PCG64(20_261_126))
    shape = (len(_TEMPLATES), _LONGEST)
    factors = rng.integers(0, 1 << 63, shape, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    salts = rng.integers(0, 1 << 63, (len(_TEMPLATES), 1), dtype=np.uint64) * np.uint64(2)
    rows = np.zeros(shape, dtype=np.intp)
    for at, template in enumerate(_TEMPLATES):
        places = [channel * (2 * REACH + 1) + REACH + far for channel, far in template]
        rows[at, : len(places)] = places
        factors[at, len(places) :] = 0
    return rows, factors[:, :, None], salts


_ROWS, _FACTORS, _SALTS = _hashing()
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], dtype=np.uint64)
TEMPLATES = len(_TEMPLATES)
