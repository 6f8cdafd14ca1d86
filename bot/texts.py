"""Look up the words that the citizen's side sends without the dialogue engine, by key.

The dialogue's words are in `domain/`, those of categories in the catalogue. Here are only the words
that must be available without both, and those of the web page and the terminal.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Any, Self

import yaml

LANGUAGES = ("zh", "en")
"""The first is used when the reader's language is unknown."""

# The parser in C, which is in every wheel of PyYAML, is thirty times faster.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FOLDER = Path(__file__).with_name("texts")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")


class UnknownWords(LookupError):  # noqa: N818 - named for what is missing
    """A key that no language has, or a missing parameter of the words."""


class CitizenTexts:
    """All words in all languages, filled with the city's own values.

    `common` are parameters that every key may use (`city`, `hotline`), each by language.
    """

    def __init__(
        self,
        words: Mapping[str, Mapping[str, str]],
        common: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._words = words
        self._common = common or {}

    @classmethod
    def load(
        cls, *, common: Mapping[str, Mapping[str, str]] | None = None, folder: Path = _FOLDER
    ) -> Self:
        """Read `<language>.yml` of each language, and `pushes.yml`: words of both by their key."""
        read = {
            path.stem: yaml.load(path.read_text("utf-8"), _LOADER)  # noqa: S506 - a safe one
            for path in folder.glob("*.yml")
        }
        pushes = read.pop("pushes")
        return cls(
            {
                language: words | {key: both[language] for key, both in pushes.items()}
                for language, words in read.items()
            },
            common,
        )

    def words(self, key: str, language: str | None, /, **parameters: object) -> str:
        """Return the words of `key` in `language`; for an unsupported language in the first one.

        Raises:
            UnknownWords: there is no such key, or a parameter is missing.
        """
        spoken = language if language is not None and language in self._words else LANGUAGES[0]
        try:
            return self._words[spoken][key].format_map(
                {**self._common.get(spoken, {}), **parameters}
            )
        except KeyError as missing:
            raise UnknownWords(f"{spoken}: {key}: {missing}") from missing

    def has(self, key: str) -> bool:
        """Return whether there are words for `key`."""
        return key in self._words[LANGUAGES[0]]

    def starting_with(self, prefix: str) -> Iterator[str]:
        """Yield each key that starts with `prefix`, in the order of the file."""
        return (key for key in self._words[LANGUAGES[0]] if key.startswith(prefix))

    def parameters(self, key: str, language: str) -> set[str]:
        """Return the parameters that the words of `key` use in `language`."""
        fields = Formatter().parse(self._words[language][key])
        return {name for _, name, _, _ in fields if name}

    def keys(self, language: str) -> set[str]:
        """Return all keys of `language`."""
        return set(self._words[language])


def language_of(text: str) -> str | None:
    """Guess the language of words by their script; `None` when there are no letters."""
    if _HAN.search(text):
        return "zh"
    return "en" if _LATIN.search(text) else None
