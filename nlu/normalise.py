"""Normalise a text for all parts of the understanding, with a map back to the original.

Full-width and half-width forms, letter case, invisible characters and lone surrogates are
normalised; traditional characters stay. Each position of the normalised text maps to a position of
the original, so that an extracted span is a span of the citizen's text.
"""

import unicodedata
from dataclasses import dataclass

HEAD = 3_000
TAIL = 1_000

_INVISIBLE = "\ue000"
_EXPANDS = "\ue001"


@dataclass(frozen=True, slots=True)
class NormalisedText:
    """A normalised text.

    Rules and features use `text`. `origin` maps each of its positions, and its end, to a position
    of the original; it is `None` when both have the same length and the map is the identity.
    """

    text: str
    origin: tuple[int, ...] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Map a span of the normalised text to the original, end exclusive."""
        if self.origin is None or end <= start:
            return (start, end) if self.origin is None else (self.origin[start],) * 2
        return self.origin[start], self.origin[end - 1] + 1


class _Table(dict[int, str]):
    """Cache of the normalised form of each character; its size is bounded by Unicode."""

    def __missing__(self, code: int) -> str:
        value = self[code] = _even(chr(code))
        return value


def _even(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs":
        return "�"
    if category == "Cf" or 0xFE00 <= ord(character) <= 0xFE0F:
        return _INVISIBLE
    if category in ("Cc", "Zl", "Zp"):
        return "\n" if character in "\n\r\x0b\x0c\x85\u2028\u2029" else " "
    if category == "Co":
        return "�"
    plain = unicodedata.normalize("NFKC", character).lower()
    if len(plain) == 1:
        return plain
    # Such as "㎡"; "…" and "¨" only decompose into marks that no rule uses.
    return _EXPANDS if any(part.isalnum() for part in plain) else character


_TABLE = _Table()


def read(text: str) -> NormalisedText:
    """Normalise `text`.

    Of a text longer than `HEAD + TAIL` characters only the first `HEAD` and the last `TAIL` are
    read, joined by a line break. Such a text says at the start what it is about and at the end what
    it asks for, and the time for one message stays bounded.
    """
    if len(text) > HEAD + TAIL:
        return _cut(text)
    even = text.translate(_TABLE)
    if _INVISIBLE in even or _EXPANDS in even:
        characters, origin = _expand(text, even, 0)
        return NormalisedText("".join(characters), (*origin, len(text)))
    return NormalisedText(even)


def _cut(text: str) -> NormalisedText:
    start_of_tail = len(text) - TAIL
    head, tail = text[:HEAD], text[start_of_tail:]
    characters, origin = _expand(head, head.translate(_TABLE), 0)
    characters.append("\n")
    origin.append(HEAD)
    more, places = _expand(tail, tail.translate(_TABLE), start_of_tail)
    return NormalisedText("".join(characters + more), (*origin, *places, len(text)))


def _expand(text: str, even: str, offset: int) -> tuple[list[str], list[int]]:
    characters: list[str] = []
    origin: list[int] = []
    for place, character in enumerate(even, offset):
        if character == _INVISIBLE:
            continue
        if character == _EXPANDS:
            parts = unicodedata.normalize("NFKC", text[place - offset]).lower()
            characters.extend(parts)
            origin.extend([place] * len(parts))
        else:
            characters.append(character)
            origin.append(place)
    return characters, origin


def capitals(original: str, reading: NormalisedText) -> frozenset[int]:
    """Return positions of the normalised text where the original has a capital letter."""
    if original == reading.text:
        return frozenset()
    if reading.origin is None:
        return frozenset(at for at, character in enumerate(original) if character.isupper())
    return frozenset(
        at for at, place in enumerate(reading.origin[:-1]) if original[place].isupper()
    )
