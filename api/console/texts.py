"""Look up the console's words by key and parameters, in the reader's language."""

from collections.abc import Mapping
from pathlib import Path
from string import Formatter
from typing import Self

import yaml

LANGUAGES = ("zh", "en")
"""The first is used when the reader's language is unknown."""

_FOLDER = Path(__file__).with_name("texts")


class ConsoleTexts:
    """All words in all languages."""

    def __init__(self, words: Mapping[str, Mapping[str, str]]) -> None:
        self._words = words

    @classmethod
    def load(cls, folder: Path = _FOLDER) -> Self:
        """Read `<language>.yml` of each language, and `moves.yml`: words of both by their key."""
        read = {
            path.stem: yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
            for path in folder.glob("*.yml")
        }
        moves = read.pop("moves")
        return cls(
            {
                language: words | {key: both[language] for key, both in moves.items()}
                for language, words in read.items()
            }
        )

    def words(self, key: str, language: str, /, **parameters: object) -> str:
        """Return the words of `key`. KeyError for an unknown key or a missing parameter."""
        return self._words[language][key].format_map(parameters)

    def has(self, key: str) -> bool:
        """Return whether there are words for `key`."""
        return key in self._words[LANGUAGES[0]]

    def keys(self, language: str) -> set[str]:
        """Return all keys of a language."""
        return set(self._words[language])

    def parameters(self, key: str, language: str) -> set[str]:
        """Return the parameters that the words of `key` use."""
        return {name for _, name, _, _ in Formatter().parse(self._words[language][key]) if name}
