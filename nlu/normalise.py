"""One reading of a text for everything that understands it, with the way back to what was written.

Full-width and half-width forms, letter case, invisible characters and lone surrogates are evened
out; traditional characters stay as they are. Each position of the reading leads back to a position
of the original, so that an extracted span is a span of what the citizen sent.
"""

import unicodedata
from dataclasses import dataclass

HEAD = 3_000
TAIL = 1_000

_INVISIBLE = "\ue000"
_EXPANDS = "\ue001"


@dataclass(frozen=True, slots=True)
class NormalisedText:
    """A text made even.

    `text` is what rules and features look at. `origin` maps each of its positions, and its end,
    to a position of the original; `None` when the two are of one length and the map is identity.
    """

    text: str
    origin: tuple[int, ...] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Lead a span of the reading back to the original, end exclusive."""
        if self.origin is None or end <= start:
            return (start, end) if self.origin is None else (self.origin[start],) * 2
        return self.origin[start], self.origin[end - 1] + 1


class _Table(dict[int, str]):
    """What each character becomes, worked out when it is first met; bounded by Unicode itself."""

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
    # "㎡" and its like; "…" and "¨" only decompose into marks that nothing here reads.
    return _EXPANDS if any(part.isalnum() for part in plain) else character


_TABLE = _Table()


def read(text: str) -> NormalisedText:
    """Make `text` even.

    A text longer than `HEAD + TAIL` characters is read by its first `HEAD` and its last `TAIL`,
    joined by a line break: who writes at that length says what it is about at the start and what
    they ask for at the end, and the time for one message stays bounded.
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
    """Places in the reading's text where the original has a capital letter."""
    if original == reading.text:
        return frozenset()
    if reading.origin is None:
        return frozenset(at for at, character in enumerate(original) if character.isupper())
    return frozenset(
        at for at, place in enumerate(reading.origin[:-1]) if original[place].isupper()
    )
