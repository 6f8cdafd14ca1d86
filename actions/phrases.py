"""Match phrases in messages; the phrases are in `phrases.yml`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Self

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FILE = Path(__file__).with_name("phrases.yml")
_LETTER = re.compile(r"[^\W_]")
_EDGES = " \t\r\n,.;:!?'\"，。；：！？、“”‘’（）()"
_WORD = re.compile(r"[A-Za-z0-9'-]{2,}|[^\W_A-Za-z0-9]")
_CLAUSES = re.compile(r"[\s,，;；。、]+")
_SUBSTANCE = 3
"""Fewest characters of a message that describes a matter; a Latin word counts as two."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """The compiled phrases. Matching ignores case."""

    openers: tuple[str, ...]
    fillers: tuple[str, ...]
    wrong: frozenset[str]
    none: frozenset[str]
    quantity: re.Pattern[str]
    becomes: re.Pattern[str]
    trailing: re.Pattern[str]
    aliases: dict[str, tuple[str, ...]]
    kinds: dict[str, tuple[str, ...]]
    modes: dict[str, tuple[str, ...]]
    names: tuple[re.Pattern[str], ...]
    institutions: dict[str, tuple[str, ...]]

    @classmethod
    def load(cls, file: Path = _FILE) -> Self:
        """Read a file of phrases."""
        raw = yaml.load(file.read_text(encoding="utf-8"), _LOADER)  # noqa: S506 - a safe loader
        return cls(
            openers=tuple(sorted(raw["openers"], key=len, reverse=True)),
            fillers=tuple(sorted(raw["fillers"], key=len, reverse=True)),
            wrong=frozenset(map(str.lower, raw["wrong"])),
            none=frozenset(map(str.lower, raw["none"])),
            quantity=re.compile("|".join(raw["quantity"]), re.IGNORECASE),
            becomes=re.compile("|".join(raw["becomes"]), re.IGNORECASE),
            trailing=re.compile(raw["trailing"], re.IGNORECASE),
            aliases={key: tuple(words) for key, words in raw["aliases"].items()},
            kinds={key: tuple(words) for key, words in raw["kinds"].items()},
            modes={key: tuple(words) for key, words in raw["modes"].items()},
            names=tuple(re.compile(pattern, re.IGNORECASE) for pattern in raw["names"]),
            institutions={key: tuple(words) for key, words in raw["institutions"].items()},
        )

    def rejects(self, text: str) -> bool:
        """Return whether `text` says that something is wrong, but not what."""
        return text.strip(_EDGES).lower() in self.wrong

    def has_none(self, text: str) -> bool:
        """Return whether `text` means "no" by saying that there is none."""
        return text.strip(_EDGES).lower() in self.none

    def quantities(self, text: str) -> int:
        """How many clauses of `text` tell how much or how many."""
        return sum(self.quantity.search(clause) is not None for clause in _CLAUSES.split(text))

    def substance(self, text: str) -> str:
        """Return `text` without opening words and filler words."""
        rest = text
        for phrase in (*self.openers, *self.fillers):
            rest = _pattern(phrase).sub(" ", rest)
        return rest.strip(_EDGES)

    def substantial(self, text: str, names: Iterable[str]) -> bool:
        """Return whether `text` describes the matter, besides one of its `names`."""
        rest = self.substance(text)
        if rest.lower() in {name.lower() for name in names}:
            return False
        return sum(2 if word.isascii() else 1 for word in _WORD.findall(rest)) >= _SUBSTANCE

    def corrected(self, text: str) -> str | None:
        """Return the new value of a correction: the words after "it should be" and similar."""
        marks = list(self.becomes.finditer(text))
        if not marks:
            return None
        value = text[marks[-1].end() :]
        while (shorter := self.trailing.sub("", value)) != value:
            value = shorter
        return value.strip(_EDGES) or None

    def kind(self, text: str) -> str | None:
        """Return the kind of request that `text` names last."""
        return _last_named(text, self.kinds)

    def mode(self, text: str) -> str | None:
        """Return how the citizen wants to be known, by `text`."""
        return _last_named(text, self.modes)

    def name(self, text: str) -> str | None:
        """Return the name that `text` introduces."""
        for pattern in self.names:
            if found := pattern.search(text):
                return found.group(1).strip()
        return None

    def institution(self, name: str) -> str | None:
        """Return the kind of institution by the ending of `name`, if the list has it."""
        name = name.lower()
        return next((sort for sort, ends in self.institutions.items() if name.endswith(ends)), None)


def has_letters(text: str) -> bool:
    """Return whether `text` has letters or digits, and not only emoji and punctuation."""
    return _LETTER.search(text) is not None


def has_digits(text: str) -> bool:
    """Return whether `text` may contain a number, even an unreadable one."""
    return any(character.isdecimal() for character in text)


def names_one(text: str, words: Iterable[str]) -> bool:
    """Return whether one of `words` occurs in `text`; a Latin word only as a whole word."""
    return _any_of(tuple(words)).search(text) is not None


@cache
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(_expression, words)) or "(?!)", re.IGNORECASE)


def _last_named(text: str, groups: dict[str, tuple[str, ...]]) -> str | None:
    if not names_one(text, chain.from_iterable(groups.values())):
        return None  # the usual case: one search instead of one per word
    found = {
        key: max((_position(text, word) for word in words), default=-1)
        for key, words in groups.items()
    }
    return max(found, key=lambda key: found[key])


def _position(text: str, word: str) -> int:
    return max((match.start() for match in _pattern(word).finditer(text)), default=-1)


@cache
def _pattern(phrase: str) -> re.Pattern[str]:
    return re.compile(_expression(phrase), re.IGNORECASE)


def _expression(phrase: str) -> str:
    """Make the pattern of a phrase; a Latin one matches a whole, perhaps inflected, word."""
    literal = re.escape(phrase)
    return rf"\b{literal}(?:s|ed|ing)?\b" if phrase.isascii() else literal


phrases = Phrases.load()
