"""Resolve expressions of time to dates and times in Shanghai."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, timezone

from nlu.extract.times.festivals import festival
from nlu.extract.times.timewords import TimeWord

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""Fixed offset without summer time: it needs no tz database, which Rasa's image may lack."""

_HOURS = {
    "small_hours": (0, 6), "early": (5, 8), "morning": (6, 12), "rush": (7, 9),
    "forenoon": (8, 12), "noon": (11, 14), "afternoon": (12, 18), "dusk": (17, 19),
    "evening_rush": (17, 19), "evening": (18, 24), "night": (22, 30), "daytime": (8, 18),
}  # fmt: skip
_LATE = 4  # an hour up to which "at night" means the next day's small hours
_DAY = 86_400
_FIRST_YEAR = 1_000  # smaller "years" are offsets from this one
_WEEK = timedelta(days=7)
_ONE = timedelta(days=1)

Span = tuple[datetime | None, datetime | None]


class Expression:
    """Adjacent time words, read as one expression."""

    def __init__(self, words: Sequence[TimeWord]) -> None:
        cut = next((at for at, word in enumerate(words) if word.kind == "range"), len(words))
        self._left = _Side(words[:cut])
        self._right = _Side(words[cut + 1 :]) if cut + 1 < len(words) else None

    @property
    def recurrence(self) -> str | None:
        """The repetition as an RFC 5545 rule, or `None`."""
        return self._left.rule

    @property
    def absolute(self) -> bool:
        """Whether the expression names its year."""
        return self._left.absolute and (self._right is None or self._right.absolute)

    @property
    def confidence(self) -> float:
        """Confidence that these words mean this time, 0 to 1."""
        side = self._left
        if side.date and side.clock:
            return 0.95
        return 0.9 if side.date or side.rule else 0.85 if side.clock or side.span else 0.7

    def resolve(self, now: datetime | None) -> Span:
        """Return start and end; an open or unknown side is `None`."""
        try:
            start, end = self._left.resolve(now, None)
            if self._right is None:
                return start, end
            base = self._left.base(now)
            right_start, right_end = self._right.resolve(now, base)
            until = right_start if self._right.clock else right_end or right_start
            if start and until and until <= start:
                until += _ONE
        except (ValueError, OverflowError):  # such as 二月三十号
            return None, None
        return start, until


class _Side:
    """One side of "from … to …", or a whole expression without it."""

    def __init__(self, words: Sequence[TimeWord]) -> None:
        by_kind = {word.kind: word for word in reversed(words)}
        self.date = by_kind.get("date")
        self.clock = by_kind.get("clock")
        self.span = by_kind.get("span")
        repeat = by_kind.get("repeat")
        part = by_kind.get("part")
        self.bound = next((word.name for word in words if word.kind == "bound"), None)
        rule, _, repeated_part = repeat.name.partition("|") if repeat else ("", "", "")
        self.rule: str | None = rule or None
        self._days = repeat.numbers if repeat else ()
        self.part = part.name if part else repeated_part or None
        if self.date and self.date.name.startswith("daypart:"):
            self.part = self.part or self.date.name.removeprefix("daypart:")
        dated = self.date is not None and self.date.name.startswith(("ymd", "festival:"))
        self._year = (self.date.numbers[0] or 0) if self.date and dated else 0

    @property
    def absolute(self) -> bool:
        return self._year >= _FIRST_YEAR

    def resolve(self, now: datetime | None, base: date | None) -> Span:
        if self.span:
            return self._from_span(now)
        days = self._days_of(now, base)
        if days is None:
            return None, None
        first, last = days
        if self.clock:
            start, end = _at(first, *self._hour()), None
        elif self.part:
            opens, closes = _HOURS[self.part]
            start, end = _at(first, opens, 0), _at(first, closes, 0)
        else:
            start, end = _at(first, 0, 0), _at(last, 0, 0)
        if self.bound == "before":
            return None, start
        return start, (None if self.bound == "after" else end)

    def base(self, now: datetime | None) -> date | None:
        days = self._days_of(now, None)
        return days[0] if days else None

    def _from_span(self, now: datetime | None) -> Span:
        count, unit = self.span.numbers if self.span else (None, None)
        if count is None or unit is None or now is None:
            return None, None
        moment = now.replace(microsecond=0) - timedelta(seconds=count * unit)
        if unit < _DAY:
            return moment, None
        start = _at(moment.date(), 0, 0)
        ago = self.span is not None and self.span.name == "ago"
        return start, start + _ONE if ago and unit == _DAY else None

    def _hour(self) -> tuple[int, int]:
        hour, minute = (int(number or 0) for number in self.clock.numbers) if self.clock else (0, 0)
        if self.clock and self.clock.name == "exact" and hour > 12:
            return hour, minute
        if self.part in ("evening", "night"):
            hour += 24 if hour <= _LATE else 12 if hour <= 12 else 0
        elif (self.part in ("afternoon", "dusk", "evening_rush") and hour < 12) or (
            self.part == "noon" and hour < _LATE
        ):
            hour += 12
        elif self.part == "small_hours" and hour == 12:
            hour = 0
        return hour, minute

    def _days_of(self, now: datetime | None, base: date | None) -> tuple[date, date] | None:
        """Return the first day, and the day after the last."""
        if self.date:
            return _dates(self.date, now.date() if now else None)
        if base is not None:
            return base, base + _ONE
        if now is None or (self.rule and not self._days and "DAILY" not in self.rule):
            return None
        today = now.date()
        if self._days:
            back = min((today.weekday() - int(day or 0)) % 7 for day in self._days)
            day = today - timedelta(days=back)
            return day, day + _ONE
        opens = self._hour() if self.clock else (_HOURS[self.part][0], 0) if self.part else (0, 0)
        if not self.clock and not self.part:
            return None
        # The latest one that has begun.
        day = today if _at(today, *opens) <= now else today - _ONE
        return day, day + _ONE


def _at(day: date, hour: int, minute: int) -> datetime:
    if hour > 30 or minute > 59:
        raise ValueError(f"no such time: {hour}:{minute}")
    return datetime.combine(day, time(), SHANGHAI) + timedelta(hours=hour, minutes=minute)


def _dates(word: TimeWord, today: date | None) -> tuple[date, date] | None:
    numbers = [None if number is None else int(number) for number in word.numbers]
    if word.name == "ymd" and (numbers[0] or 0) >= _FIRST_YEAR:
        year, month, day, third = numbers
        return _in_year(int(year or 0), month, day, third)
    if word.name.startswith("festival:"):
        return _festival(word.name.removeprefix("festival:"), numbers[0], today)
    if today is None:
        return None
    monday = today - timedelta(days=today.weekday())
    if word.name == "day" or word.name.startswith("daypart:"):
        first = today + timedelta(days=numbers[0] or 0)
        return first, first + _ONE
    if word.name in ("weekday", "weekend"):
        lead, day = numbers[0], numbers[1] or 0
        first = monday + timedelta(days=day) + _WEEK * (lead or 0)
        if lead is None and first > today:
            first -= _WEEK
        return first, first + timedelta(days=2 if word.name == "weekend" else 1)
    if word.name == "week":
        first = monday + _WEEK * (numbers[0] or 0)
        return first, first + _WEEK
    if word.name == "relmonth":
        return _in_month(today, *numbers)
    year, month, day, third = numbers
    first, last = _in_year(today.year + (year or 0), month, day, third)
    if year is None and first > today:
        first, last = _in_year(today.year - 1, month, day, third)
    return first, last


def _festival(name: str, year: int | None, today: date | None) -> tuple[date, date] | None:
    """Return the festival in the named year; without a year the latest that has begun."""
    if year is not None and year >= _FIRST_YEAR:
        return festival(name, year)
    if today is None:
        return None
    found = festival(name, today.year + (year or 0))
    if found and year is None and found[0] > today:
        return festival(name, today.year - 1)
    return found


def _in_month(
    today: date, lead: int | None, day: int | None, third: int | None
) -> tuple[date, date]:
    months = today.year * 12 + today.month - 1 + (lead or 0)
    if lead is None and day is not None and day > today.day:
        months -= 1
    return _in_year(months // 12, months % 12 + 1, day, third)


def _in_year(year: int, month: int | None, day: int | None, third: int | None) -> tuple[date, date]:
    if month is None:
        return date(year, 1, 1), date(year + 1, 1, 1)
    if day is not None:
        first = date(year, month, day)
        return first, first + _ONE
    first = date(year, month, 1)
    after = date(year + month // 12, month % 12 + 1, 1)
    if third is None:
        return first, after
    starts = (first, first.replace(day=11), first.replace(day=21), after)
    return starts[third], starts[third + 1]
