"""Words in both languages of the city."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """One thing said in both languages."""

    zh: str
    en: str

    def get(self, language: str) -> str:
        """The words in `language`; Chinese, the city's own, for any language but English."""
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class TextVariants:
    """Several ways to say one thing (prompts: the first ask, then re-asks), or several words."""

    zh: tuple[str, ...]
    en: tuple[str, ...]

    def get(self, language: str) -> tuple[str, ...]:
        """The words in `language`; Chinese for any language but English."""
        return self.en if language == "en" else self.zh
