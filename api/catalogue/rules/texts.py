"""Define bilingual words of the city."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A text in both languages."""

    zh: str
    en: str

    def get(self, language: str) -> str:
        """Return the words in `language`; Chinese for any language except English."""
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class TextVariants:
    """Several wordings of one text (a prompt and its repetitions), or several words."""

    zh: tuple[str, ...]
    en: tuple[str, ...]

    def get(self, language: str) -> tuple[str, ...]:
        """Return the wordings in `language`; Chinese for any language except English."""
        return self.en if language == "en" else self.zh
