"""Until when something is due, on the tiny city's calendar."""

from datetime import date, datetime, time

import pytest

from api.domain.catalogue import CalendarOverrides, Limit, LimitUnit
from api.domain.clocks import WorkingCalendar, due
from kernel.clock import SHANGHAI

HOLIDAY, MADE_UP = date(2026, 6, 1), date(2026, 6, 6)  # a Monday, and the Saturday after it
CALENDAR = WorkingCalendar(
    CalendarOverrides(
        days_off={HOLIDAY: "founding day"},
        working_days={MADE_UP: "made up"},
        hours=((time(8, 30), time(12)), (time(13, 30), time(17, 30))),
    )
)


def at(day: int, hour: int, minute: int = 0, month: int = 6) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


def test_a_holiday_rests_and_its_make_up_day_works():
    assert not CALENDAR.is_working(HOLIDAY)
    assert CALENDAR.is_working(MADE_UP)
    assert not CALENDAR.is_working(date(2026, 6, 7))


@pytest.mark.parametrize(
    ("start", "limit", "end"),
    [
        (at(29, 23, month=5), Limit(1, LimitUnit.HOURS), at(30, 0, month=5)),
        (at(2, 9), Limit(30, LimitUnit.MINUTES), at(2, 9, 30)),
        (at(2, 9), Limit(3, LimitUnit.DAYS), at(5, 9)),
        # Friday: the weekend and Monday's holiday are not counted.
        (at(29, 9, month=5), Limit(1, LimitUnit.WORKING_DAYS), at(2, 17, 30)),
        # Over the made-up Saturday: Thursday's limit of two days ends on it.
        (at(4, 20), Limit(2, LimitUnit.WORKING_DAYS), at(6, 17, 30)),
        # Working hours stand still over noon and the night.
        (at(2, 11), Limit(2, LimitUnit.WORKING_HOURS), at(2, 14, 30)),
        (at(2, 17), Limit(1, LimitUnit.WORKING_HOURS), at(3, 9)),
        (at(30, 12, month=5), Limit(1, LimitUnit.WORKING_HOURS), at(2, 9, 30)),
        (at(2, 8), Limit(7, LimitUnit.WORKING_HOURS), at(2, 17)),
    ],
)
def test_a_limit_ends(start, limit, end):
    assert due(start, limit, CALENDAR) == end


def test_without_overrides_the_week_has_five_days():
    plain = WorkingCalendar(CalendarOverrides())
    assert due(at(5, 9), Limit(5, LimitUnit.WORKING_DAYS), plain).astimezone(SHANGHAI) == at(
        12, 17, 30
    )
