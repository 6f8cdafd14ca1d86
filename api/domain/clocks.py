"""Until when something is due: pure arithmetic on a limit, a start and the working calendar.

Left out here: pauses and extensions, and the official holidays of a year. The calendar knows the
city's overrides and, where they say nothing, Monday to Friday.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from api.domain.catalogue import CalendarOverrides, Limit, LimitUnit
from kernel.clock import SHANGHAI

_HOURS = ((time(9), time(12)), (time(13, 30), time(17, 30)))
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days and hours are worked, in Asia/Shanghai."""

    overrides: CalendarOverrides

    def is_working(self, day: date) -> bool:
        """Tell whether offices work on `day`; a make-up working day counts on any weekday."""
        if day in self.overrides.working_days:
            return True
        return day not in self.overrides.days_off and day.weekday() < _SATURDAY

    @property
    def hours(self) -> tuple[tuple[time, time], ...]:
        """The hours of a working day, in order."""
        return self.overrides.hours or _HOURS

    def spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The spans of working time from `start` on, endless and in order."""
        local = start.astimezone(SHANGHAI)
        day = local.date()
        while True:
            if self.is_working(day):
                for opens, closes in self.hours:
                    begin = max(datetime.combine(day, opens, SHANGHAI), local)
                    end = datetime.combine(day, closes, SHANGHAI)
                    if begin < end:
                        yield begin, end
            day += timedelta(days=1)


def due(start: datetime, limit: Limit, calendar: WorkingCalendar) -> datetime:
    """The moment, in UTC, at which `limit`, started at `start`, is over.

    Days of work are counted as 民法典 §§ 201 and 203 count days: the day of the start is not
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
            end = _after_working_time(start, timedelta(hours=limit.amount), calendar)
        case LimitUnit.WORKING_DAYS:
            end = _after_working_days(start, limit.amount, calendar)
    return end.astimezone(UTC)


def _after_working_time(start: datetime, span: timedelta, calendar: WorkingCalendar) -> datetime:
    left = span
    for begin, end in calendar.spans(start):
        if left <= end - begin:
            return begin + left
        left -= end - begin
    raise AssertionError("the spans of a calendar do not end")


def working_day_after(day: date, days: int, calendar: WorkingCalendar) -> date:
    """The working day that comes as the `days`-th one after `day`."""
    left = days
    while left > 0:
        day += timedelta(days=1)
        if calendar.is_working(day):
            left -= 1
    return day


def _after_working_days(start: datetime, days: int, calendar: WorkingCalendar) -> datetime:
    day = working_day_after(start.astimezone(SHANGHAI).date(), days, calendar)
    return datetime.combine(day, calendar.hours[-1][1], SHANGHAI)
