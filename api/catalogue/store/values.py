"""Values that several files of a catalogue hold: words in both languages, keys, limits, hours."""

import re
from datetime import time
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
)

from api.catalogue.rules.limits import LimitUnit, TimeLimit
from api.catalogue.rules.texts import Text, TextVariants
from api.catalogue.store.part import FilePart, problem

_LIMIT = re.compile(r"(\d{1,4}) (minute|hour|day|working hour|working day)s?")


def _limit(value: object) -> object:
    if isinstance(value, str):
        found = _LIMIT.fullmatch(value.strip())
        if found and int(found[1]) > 0:
            return TimeLimit(int(found[1]), LimitUnit(found[2].replace(" ", "_") + "s"))
    raise problem(
        f"'{value}' is not a limit",
        "a number and minutes, hours, days, working hours or working days: '5 working days'",
    )


def _hours(value: object) -> object:
    if isinstance(value, str):
        found = re.fullmatch(r"(\d{2}:\d{2})-(\d{2}:\d{2})", value)
        try:
            start, end = (time.fromisoformat(part) for part in found.groups()) if found else (0, 0)
        except ValueError:
            start, end = 0, 0
        if isinstance(start, time) and isinstance(end, time) and start < end:
            return (start, end)
    raise problem(f"'{value}' is not a span of hours", "opening and closing: '09:00-12:00'")


def distinct(words: list[str]) -> list[str]:
    """Refuse words of which one stands twice."""
    if twice := sorted({word for word in words if words.count(word) > 1}):
        raise problem(f"'{twice[0]}' stands twice", "say it once, or in other words")
    return words


Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


Keys = Annotated[list[Key], AfterValidator(distinct)]


Span = Annotated[TimeLimit, BeforeValidator(_limit)]


Wordings = Annotated[list[Word], Field(min_length=2), AfterValidator(distinct)]


Hours = Annotated[tuple[time, time], BeforeValidator(_hours)]


WordList = Annotated[list[Word], Field(min_length=1), AfterValidator(distinct)]


CategoryCode = Annotated[str, StringConstraints(pattern=r"^\d{4}$")]


UnitCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]*$")]


Phone = Annotated[str, StringConstraints(pattern=r"^\+?\d[\d -]{2,18}$")]


class Bilingual(FilePart):
    """`zh:` and `en:`, both required."""

    zh: Word
    en: Word

    def text(self) -> Text:
        """As the domain holds it."""
        return Text(self.zh, self.en)


class Prompts(FilePart):
    """At least two wordings in each language, so that a repeated question has new words."""

    zh: Wordings
    en: Wordings


class Words(FilePart):
    """Words that citizens use for a thing."""

    zh: WordList
    en: WordList

    def texts(self) -> TextVariants:
        """As the domain holds them."""
        return TextVariants(tuple(self.zh), tuple(self.en))
