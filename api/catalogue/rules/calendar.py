"""Working time: pure arithmetic over the days and hours on which a city's offices work.

Days come in as data: the official calendar of holidays and make-up working days (调休), and where
the city departs from it. Moments may be in any zone and go out in UTC; days and hours are those of
Asia/Shanghai, which has no summer time.

All of it stands on one number, the working time that has passed from the beginning of the calendar
to a moment. Days are counted by the week, corrected by the exceptions that lie before: a limit of
years costs as much as one of a day.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, cached_property

from api.catalogue.rules.limits import LimitUnit, TimeLimit
from kernel.clock import SHANGHAI


@dataclass(frozen=True, slots=True)
class OfficialDays:
    """What the nation has announced: the years that it covers, and their exceptions.

    `days_off` are holidays, `working_days` the weekend days that are worked in exchange. Of a year
    that is not in `years` nothing is known; its weekdays are worked.
    """

    years: frozenset[int] = frozenset()
    days_off: frozenset[date] = frozenset()
    working_days: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class CalendarOverrides:
    """Where the city departs from the official calendar: days off, days worked, hours of work."""

    days_off: Mapping[date, str] = field(default_factory=dict)
    working_days: Mapping[date, str] = field(default_factory=dict)
    hours: tuple[tuple[time, time], ...] = ()


_HOURS = ((time(9), time(12)), (time(13, 30), time(17, 30)))
_WEEKDAYS, _WEEK = 5, 7


@dataclass(frozen=True)
class WorkingCalendar:
    """Which days and hours are worked; the city's overrides go before the official days."""

    overrides: CalendarOverrides = field(default_factory=CalendarOverrides)
    official: Callable[[], OfficialDays] = OfficialDays
    """Asked once, when a day is asked about: reading the nation's takes a part of a start."""
    _length: timedelta = field(init=False, repr=False, compare=False)
    _shifts: tuple[tuple[timedelta, timedelta], ...] = field(init=False, repr=False, compare=False)
    _works: Callable[[int], bool] = field(init=False, repr=False, compare=False)
    _before: Callable[[int], int] = field(init=False, repr=False, compare=False)
    _nth: Callable[[int], int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        shifts = tuple(
            (_since_midnight(opens), _since_midnight(closes)) for opens, closes in self.hours
        )
        length = sum((closes - opens for opens, closes in shifts), timedelta())
        for name, value in (
            ("_length", length),
            ("_shifts", shifts),
            # A city asks about the same few days all day long.
            ("_works", cache(self._is_worked)),
            ("_before", cache(self._worked_before)),
            ("_nth", cache(self._find_nth)),
        ):
            object.__setattr__(self, name, value)

    @cached_property
    def _off(self) -> tuple[int, ...]:
        days = (self.official().days_off | self.overrides.days_off.keys()) - self._made_up
        return _ordinals(days, weekend=False)

    @cached_property
    def _worked(self) -> tuple[int, ...]:
        return _ordinals(self._made_up, weekend=True)

    @cached_property
    def _made_up(self) -> frozenset[date]:
        ours = self.overrides
        return (self.official().working_days - ours.days_off.keys()) | ours.working_days.keys()

    @property
    def hours(self) -> tuple[tuple[time, time], ...]:
        """The hours of a working day, in order."""
        return self.overrides.hours or _HOURS

    @property
    def day(self) -> timedelta:
        """How much is worked on a working day."""
        return self._length

    def is_working(self, day: date) -> bool:
        """Tell whether offices work on `day`; a make-up working day counts on any weekday."""
        return self._works(day.toordinal())

    def working_day_after(self, day: date, days: int) -> date:
        """Give the working day that comes as the `days`-th one after `day`; `day` itself for 0."""
        if days <= 0:
            return day
        return date.fromordinal(self._nth(self._before(day.toordinal() + 1) + days - 1))

    def add(self, start: datetime, span: timedelta) -> datetime:
        """Give the first moment at which `span` of working time has passed since `start`.

        It is the end of a day's work rather than the beginning of the next; `start` for no span.
        """
        if span <= timedelta():
            return start.astimezone(UTC)
        target = self._passed(start) + span
        days, left = divmod(target, self._length)
        if not left:
            days, left = days - 1, self._length
        return self._moment(self._nth(days), left)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Measure the working time from `start` to `end`; negative when they lie the other way."""
        return self._passed(end) - self._passed(start)

    def in_days(self, start: datetime, end: datetime) -> float:
        """Measure the working time from `start` to `end` in working days of full length."""
        return self.between(start, end) / self._length

    def _is_worked(self, day: int) -> bool:
        weekday = (day - 1) % _WEEK < _WEEKDAYS
        exceptions = self._off if weekday else self._worked
        at = bisect_left(exceptions, day)
        excepted = at < len(exceptions) and exceptions[at] == day
        return weekday is not excepted

    def _worked_before(self, day: int) -> int:
        """Count the working days before the day of this ordinal; the first day was a Monday."""
        weeks, rest = divmod(day - 1, _WEEK)
        weekdays = weeks * _WEEKDAYS + min(rest, _WEEKDAYS)
        return weekdays - bisect_left(self._off, day) + bisect_left(self._worked, day)

    def _find_nth(self, index: int) -> int:
        """Find the working day that has `index` working days before it.

        A step of the difference never goes too far, as no day counts for more than one.
        """
        weeks, rest = divmod(index, _WEEKDAYS)
        day = weeks * _WEEK + rest + 1
        while True:
            if missing := index - self._before(day):
                day += missing
            elif self._works(day):
                return day
            else:
                day += 1

    def _passed(self, moment: datetime) -> timedelta:
        local = moment.astimezone(SHANGHAI)
        day = local.toordinal()
        passed = self._before(day) * self._length
        if self._works(day):
            at = _since_midnight(local)
            for opens, closes in self._shifts:
                if at > opens:
                    passed += min(at, closes) - opens
        return passed

    def _moment(self, day: int, left: timedelta) -> datetime:
        """Give the moment on a working day at which `left` of its work is done."""
        for opens, closes in self._shifts:
            if left <= (length := closes - opens):
                at = datetime.combine(date.fromordinal(day), time(), SHANGHAI) + opens + left
                return at.astimezone(UTC)
            left -= length
        raise AssertionError("a day has no more work than its hours")


def midnight(day: date) -> datetime:
    """The moment, in UTC, at which a day begins in Asia/Shanghai."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def day_of(moment: datetime) -> date:
    """The day that a moment lies on in Asia/Shanghai."""
    return moment.astimezone(SHANGHAI).date()


def due(start: datetime, limit: TimeLimit, calendar: WorkingCalendar) -> datetime:
    """The moment, in UTC, at which `limit`, started at `start`, is over.

    Days of work are counted as 民法典 . 201 and 203 count days: the day of the start is not
    counted, and the last day ends when work ends on it. Working hours run through the hours of work
    alone. All else runs around the clock.
    """
    match limit.unit:
        case LimitUnit.MINUTES:
            end = start + timedelta(minutes=limit.amount)
        case LimitUnit.HOURS:
            end = start + timedelta(hours=limit.amount)
        case LimitUnit.DAYS:
            end = start + timedelta(days=limit.amount)
        case LimitUnit.WORKING_HOURS:
            end = calendar.add(start, timedelta(hours=limit.amount))
        case LimitUnit.WORKING_DAYS:
            day = calendar.working_day_after(day_of(start), limit.amount)
            end = datetime.combine(day, calendar.hours[-1][1], SHANGHAI)
    return end.astimezone(UTC)


def _since_midnight(at: time | datetime) -> timedelta:
    return timedelta(
        hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond
    )


def _ordinals(days: Iterable[date], *, weekend: bool) -> tuple[int, ...]:
    return tuple(sorted(day.toordinal() for day in days if (day.weekday() >= _WEEKDAYS) is weekend))
