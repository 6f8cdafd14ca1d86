"""Find times: dates, times of day, spans and repetitions, in Chinese and English.

Time words are found one by one (`timewords.py`: a date, a part of the day, a clock, a repetition, a
bound), and neighbours are joined to one expression: 昨天 + 晚上 + 八点 + 以后. An ambiguous
expression means a time in the past, because people report past events.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from nlu.extract.entity import FoundEntity
from nlu.extract.times.calendar import SHANGHAI, Expression
from nlu.extract.times.timewords import TimeWord, words

__all__ = ["SHANGHAI", "moments"]

_GLUE = frozenset(
    ("", " ", "的", ",", ", ", "、", "and", " and ", "和", " on ", " in the ", " at ")
)


def moments(text: str, now: datetime | None) -> Iterator[FoundEntity]:
    """Yield times in a normalised text, with `start`, `end` and `recurrence` as far as known.

    `start` and `end` are ISO 8601 with Shanghai's offset, `recurrence` an RFC 5545 rule such as
    `FREQ=DAILY`. With a repetition, start and end are those of its last occurrence before `now`.
    """
    local = local_time(now)
    for group in groups(text, words(text)):
        yield moment(group, (group[0].start, group[-1].end), local)


def local_time(now: datetime | None) -> datetime | None:
    """Convert `now` to Shanghai time, in which all times of messages are meant."""
    return now.astimezone(SHANGHAI) if now is not None else None


def groups(text: str, found: Iterable[TimeWord]) -> Iterator[list[TimeWord]]:
    """Yield groups of words that form one time, by rules alone."""
    group: list[TimeWord] = []
    for word in found:
        if group and not _joins(group, word, text[group[-1].end : word.start]):
            if time := _trimmed(group):
                yield time
            group = []
        group.append(word)
    if time := _trimmed(group):
        yield time


def moment(
    group: Sequence[TimeWord],
    span: tuple[int, int],
    local: datetime | None,
    confidence: float | None = None,
) -> FoundEntity:
    """Make the time at `span`, its value from the words in it; `local` is Shanghai time."""
    expression = Expression(group)
    known = local is not None or expression.absolute
    start, end = expression.resolve(local) if known else (None, None)
    value = {
        "start": start.isoformat() if start else None,
        "end": end.isoformat() if end else None,
        "recurrence": expression.recurrence,
    }
    return FoundEntity(
        "time", value, *span, expression.confidence if confidence is None else confidence
    )


def _joins(group: list[TimeWord], word: TimeWord, between: str) -> bool:
    if between not in _GLUE:
        return False
    kinds = {other.kind for other in group}
    if word.kind == "bound":
        return between in ("", " ") and group[-1].kind != "bound"
    if word.kind == "range":
        return (
            between in ("", " ")
            and bool(kinds & {"clock", "part", "date"})
            and "range" not in kinds
        )
    if group[-1].kind == "range":
        return word.kind in ("clock", "part", "date", "span")
    if group[-1].kind == "bound":
        # A bound is first in "after 8 pm" and last in "八点以后": a first one waits for its time.
        return len(group) == 1 or (word.kind != "date" and group[-1].leads)
    if word.kind in kinds and "range" not in kinds:
        return False
    return "span" not in kinds and word.kind != "span"


def _without_bare(group: list[TimeWord]) -> list[TimeWord]:
    """Remove bare numbers of an English text, unless a part of the day is named with them.

    "at 12 Hunan Road" is a house; "every evening after 10" is an hour.
    """
    if not any(word.name == "bare" for word in group) or any(
        word.kind == "part"
        or word.name.startswith("daypart:")
        or "|" in word.name
        or (word.kind == "clock" and word.name != "bare")
        for word in group
    ):
        return group
    return group[: next(at for at, word in enumerate(group) if word.name == "bare")]


def _trimmed(group: list[TimeWord]) -> list[TimeWord]:
    """Return the words of a group that form a time; none when they are only a bound."""
    group = _without_bare(group)
    while group and group[-1].kind == "range":
        group = group[:-1]
    if group and group[-1].kind == "bound" and group[-1].leads:
        group = group[:-1]
    if all(word.kind in ("bound", "range") for word in group):
        return []
    return group
