"""Compute working time: pure arithmetic over the working days and hours of a city's offices.

The input is the official calendar of holidays and make-up working days (调休), and the city's
overrides. Input times may be in any zone; results are in UTC. Days and hours are those of
Asia/Shanghai, which has no summer time.

Everything is based on one number: the working time from the beginning of the calendar to a time.
Days are counted by week and corrected by the earlier exceptions, so a limit of years costs as much
as one of a day.
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
    """The national announcement: the years that it covers, and their exceptions.

    `days_off` are holidays, `working_days` the weekend days that are worked in exchange. For a year
    that is not in `years` there is no announcement; its weekdays count as working days.
    """

    years: frozenset[int] = frozenset()
    days_off: frozenset[date] = frozenset()
    working_days: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class CalendarOverrides:
    """The city's changes of the official calendar: days off, working days, hours of work."""

    days_off: Mapping[date, str] = field(default_factory=dict)
    working_days: Mapping[date, str] = field(default_factory=dict)
    hours: tuple[tuple[time, time], ...] = ()


_HOURS = ((time(9), time(12)), (time(13, 30), time(17, 30)))
_WEEKDAYS, _WEEK = 5, 7


@dataclass(frozen=True)
class WorkingCalendar:
    """Working days and hours; the city's overrides have priority over the official days."""

    overrides: CalendarOverrides = field(default_factory=CalendarOverrides)
    official: Callable[[], OfficialDays] = OfficialDays
    """Called once, at the first query: reading the official days would slow the start."""
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
            # The same few days are queried all day long.
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
        """Hours of a working day, in order."""
        return self.overrides.hours or _HOURS

    @property
    def day(self) -> timedelta:
        """Working time of a working day."""
        return self._length

    def is_working(self, day: date) -> bool:
        """Return whether offices work on `day`; a make-up working day counts on any weekday."""
        return self._works(day.toordinal())

    def working_day_after(self, day: date, days: int) -> date:
        """Return the `days`-th working day after `day`; `day` itself for 0."""
        if days <= 0:
            return day
        return date.fromordinal(self._nth(self._before(day.toordinal() + 1) + days - 1))

    def add(self, start: datetime, span: timedelta) -> datetime:
        """Return the first time at which `span` of working time has passed since `start`.

        It is the end of a working day rather than the start of the next; `start` for a zero span.
        """
        if span <= timedelta():
            return start.astimezone(UTC)
        target = self._passed(start) + span
        days, left = divmod(target, self._length)
        if not left:
            days, left = days - 1, self._length
        return self._moment(self._nth(days), left)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time from `start` to `end`; negative when `end` is earlier."""
        return self._passed(end) - self._passed(start)

    def in_days(self, start: datetime, end: datetime) -> float:
        """Return the working time from `start` to `end` in full working days."""
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

        A step of the difference never goes too far, because a day counts at most once.
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
        """Return the time on a working day after `left` of its working time."""
        for opens, closes in self._shifts:
            if left <= (length := closes - opens):
                at = datetime.combine(date.fromordinal(day), time(), SHANGHAI) + opens + left
                return at.astimezone(UTC)
            left -= length
        raise AssertionError("a day has no more work than its hours")


def midnight(day: date) -> datetime:
    """Return the time, in UTC, at which a day begins in Asia/Shanghai."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def day_of(moment: datetime) -> date:
    """Return the day of a time in Asia/Shanghai."""
    return moment.astimezone(SHANGHAI).date()


def due(start: datetime, limit: TimeLimit, calendar: WorkingCalendar) -> datetime:
    """Return the time, in UTC, at which `limit`, started at `start`, ends.

    Working days are counted by articles 201 and 203 of the Civil Code (民法典): the day of the
    start is not counted, and the last day ends when work ends on it. Working hours are counted only
    within the hours of work. All other units are counted around the clock.
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
