"""Working time: on the tiny city's calendar, on the nation's, and against a counter of minutes."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.catalogue.rules.calendar import CalendarOverrides, OfficialDays, WorkingCalendar, due
from api.catalogue.rules.limits import LimitUnit, TimeLimit
from api.catalogue.store.official_days import official_days
from kernel.clock import SHANGHAI

HOLIDAY, MADE_UP = date(2026, 6, 1), date(2026, 6, 6)  # a Monday, and the Saturday after it
HOURS = ((time(8, 30), time(12)), (time(13, 30), time(17, 30)))
CALENDAR = WorkingCalendar(
    CalendarOverrides(
        days_off={HOLIDAY: "founding day"}, working_days={MADE_UP: "made up"}, hours=HOURS
    )
)
MINUTE = timedelta(minutes=1)
DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))


def at(day: int, hour: int, minute: int = 0, month: int = 6) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


def test_a_holiday_rests_and_its_make_up_day_works():
    assert not CALENDAR.is_working(HOLIDAY)
    assert CALENDAR.is_working(MADE_UP)
    assert not CALENDAR.is_working(date(2026, 6, 7))


@pytest.mark.parametrize(
    ("start", "limit", "end"),
    [
        (at(29, 23, month=5), TimeLimit(1, LimitUnit.HOURS), at(30, 0, month=5)),
        (at(2, 9), TimeLimit(30, LimitUnit.MINUTES), at(2, 9, 30)),
        (at(2, 9), TimeLimit(3, LimitUnit.DAYS), at(5, 9)),
        # Friday: the weekend and Monday's holiday are not counted.
        (at(29, 9, month=5), TimeLimit(1, LimitUnit.WORKING_DAYS), at(2, 17, 30)),
        # Over the made-up Saturday: Thursday's limit of two days ends on it.
        (at(4, 20), TimeLimit(2, LimitUnit.WORKING_DAYS), at(6, 17, 30)),
        # Working hours stand still over noon and the night.
        (at(2, 11), TimeLimit(2, LimitUnit.WORKING_HOURS), at(2, 14, 30)),
        (at(2, 17), TimeLimit(1, LimitUnit.WORKING_HOURS), at(3, 9)),
        (at(30, 12, month=5), TimeLimit(1, LimitUnit.WORKING_HOURS), at(2, 9, 30)),
        (at(2, 8), TimeLimit(7, LimitUnit.WORKING_HOURS), at(2, 17)),
    ],
)
def test_a_limit_ends(start, limit, end):
    assert due(start, limit, CALENDAR) == end


def test_without_official_days_the_week_has_five_days():
    plain = WorkingCalendar()
    assert due(at(5, 9), TimeLimit(5, LimitUnit.WORKING_DAYS), plain).astimezone(SHANGHAI) == at(
        12, 17, 30
    )


def test_the_nation_rests_in_golden_week_and_works_on_the_saturday_after():
    calendar = WorkingCalendar(official=official_days)
    worked = [day for day in range(1, 13) if calendar.is_working(date(2026, 10, day))]
    assert worked == [8, 9, 10, 12]
    assert calendar.is_working(date(2026, 2, 14))  # a Saturday before the Spring Festival
    # On Wednesday before it, five days are those of two weeks later.
    assert due(at(30, 9, month=9), TimeLimit(5, LimitUnit.WORKING_DAYS), calendar) == at(
        13, 17, 30, month=10
    )


def test_the_city_overrides_what_is_official_either_way():
    official = OfficialDays(frozenset({2026}), frozenset({HOLIDAY}), frozenset({MADE_UP}))
    ours = CalendarOverrides(days_off={MADE_UP: "no"}, working_days={HOLIDAY: "yes"})
    calendar = WorkingCalendar(ours, lambda: official)
    assert calendar.is_working(HOLIDAY)
    assert not calendar.is_working(MADE_UP)


def test_a_year_that_was_never_announced_works_on_weekdays():
    calendar = WorkingCalendar(official=official_days)
    year = max(official_days().years) + 1
    assert calendar.is_working(date(year, 10, 1)) is (date(year, 10, 1).weekday() < 5)


def test_no_span_of_work_ends_where_it_began_even_at_night():
    assert CALENDAR.add(at(2, 3), timedelta()) == at(2, 3)


@st.composite
def calendars(draw: st.DrawFn) -> WorkingCalendar:
    """Any hours that may stand in a catalogue, any exceptions, any overrides of them."""
    edges = draw(st.lists(st.integers(0, 24 * 60 - 1), min_size=2, max_size=6, unique=True))
    points = sorted(edges)[: len(edges) // 2 * 2]
    times = [time(point // 60, point % 60) for point in points]
    off, worked, our_off, our_worked = (draw(st.frozensets(DAYS, max_size=25)) for _ in range(4))
    official = OfficialDays(frozenset({2026}), off - worked, worked)
    return WorkingCalendar(
        CalendarOverrides(
            dict.fromkeys(our_off - our_worked, "off"),
            dict.fromkeys(our_worked, "worked"),
            tuple(zip(times[::2], times[1::2], strict=True)),
        ),
        lambda: official,
    )


def is_worked(calendar: WorkingCalendar, moment: datetime) -> bool:
    """Whether the minute that begins here is worked, read off the rules one by one."""
    local, ours, official = moment.astimezone(SHANGHAI), calendar.overrides, calendar.official()
    day = local.date()
    if day in ours.working_days:
        works = True
    elif day in ours.days_off:
        works = False
    elif day in official.working_days:
        works = True
    else:
        works = day not in official.days_off and day.weekday() < 5
    return works and any(opens <= local.time() < closes for opens, closes in calendar.hours)


MOMENTS = st.builds(
    lambda day, minute: datetime.combine(day, time(minute // 60, minute % 60), SHANGHAI),
    DAYS,
    st.integers(0, 24 * 60 - 1),
)


@settings(max_examples=60, deadline=None)
@given(calendars(), MOMENTS, st.integers(1, 600))
def test_working_minutes_added_are_those_that_a_counter_of_minutes_counts(calendar, start, span):
    end, counted = start, 0
    while counted < span and end - start < timedelta(days=40):
        counted += is_worked(calendar, end)
        end += MINUTE
    if counted == span:
        assert calendar.add(start, span * MINUTE) == end
    else:  # too long to count through: then at least no sooner
        assert calendar.add(start, span * MINUTE) > end


@settings(max_examples=60, deadline=None)
@given(calendars(), MOMENTS, st.integers(0, 12 * 24 * 60))
def test_working_time_between_is_what_a_counter_of_minutes_counts(calendar, start, minutes):
    counted = sum(is_worked(calendar, start + n * MINUTE) for n in range(minutes))
    end = start + minutes * MINUTE
    assert calendar.between(start, end) == counted * MINUTE
    assert calendar.between(end, start) == -counted * MINUTE


@settings(max_examples=200, deadline=None)
@given(calendars(), MOMENTS, st.timedeltas(timedelta(microseconds=1), timedelta(days=90)))
def test_what_was_added_is_between_to_the_microsecond_over_any_length(calendar, start, span):
    end = calendar.add(start, span)
    assert end.tzinfo is UTC
    assert calendar.between(start, end) == span
    assert calendar.between(start, end - timedelta(microseconds=1)) < span


@settings(max_examples=100, deadline=None)
@given(calendars(), DAYS, st.integers(1, 30))
def test_working_days_are_counted_one_by_one(calendar, day, days):
    reached, left = day, days
    while left:
        reached += timedelta(days=1)
        left -= is_worked(calendar, datetime.combine(reached, calendar.hours[0][0], SHANGHAI))
    assert calendar.working_day_after(day, days) == reached
    start = datetime.combine(day, time(10), SHANGHAI)
    closing = datetime.combine(reached, calendar.hours[-1][1], SHANGHAI)
    assert due(start, TimeLimit(days, LimitUnit.WORKING_DAYS), calendar) == closing


def test_years_cost_as_much_as_days():
    calendar = WorkingCalendar(official=official_days)
    assert calendar.in_days(at(2, 8, month=1), at(31, 18, month=12)) == pytest.approx(248)
    far = calendar.add(at(2, 9), timedelta(hours=8 * 250 * 20))
    assert calendar.between(at(2, 9), far) == timedelta(hours=8 * 250 * 20)
