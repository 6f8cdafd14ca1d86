"""A clock: what it comes to and when, standing still, more time, how it reads."""

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.catalogue.rules.calendar import CalendarOverrides, WorkingCalendar, due
from api.catalogue.rules.clocks import ClockKind, Escalation, EscalationStep
from api.catalogue.rules.limits import LimitUnit, TimeLimit
from api.domain.cases.clock import ClockEnd, Rules, SlaClock
from kernel.clock import SHANGHAI

CALENDAR = WorkingCalendar(CalendarOverrides(hours=((time(9), time(12)), (time(14), time(18)))))
EVERY = tuple(EscalationStep)
RULES = Rules(
    CALENDAR,
    Escalation(
        0.8,
        TimeLimit(1, LimitUnit.WORKING_DAYS),
        TimeLimit(5, LimitUnit.WORKING_DAYS),
        dict.fromkeys(ClockKind, EVERY) | {ClockKind.CONTACT: EVERY[:2], ClockKind.CALLBACK: ()},
    ),
)
FIVE_DAYS = TimeLimit(5, LimitUnit.WORKING_DAYS)
TWO_HOURS = TimeLimit(2, LimitUnit.HOURS)


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    """March 2026 begins on a Sunday; no day of it is a holiday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI)


def clock(
    start: datetime, limit: TimeLimit = FIVE_DAYS, kind: ClockKind = ClockKind.ANSWER
) -> SlaClock:
    deadline = due(start, limit, CALENDAR)
    return SlaClock.start("clk_1", "n", kind, start, deadline, RULES, limit=limit)


def taken(one: SlaClock, now: datetime) -> list[EscalationStep]:
    return [found.step for found in one.take(now, RULES)]


def test_it_warns_urges_supervises_and_reports_each_at_its_time_and_once():
    one = clock(at(2))  # a Monday: five days of seven hours are over on the next one
    assert one.due_at == at(9, 18)
    moments = []
    while one.next_at is not None:
        now = one.next_at
        assert taken(one, now - timedelta(microseconds=1)) == []
        moments += [(step, now.astimezone(SHANGHAI)) for step in taken(one, now)]
        assert taken(one, now) == []
    assert moments == [
        (EscalationStep.WARN, at(6, 16, 36)),  # 42 hours given, 8.4 of them left
        (EscalationStep.URGE, at(9, 18)),
        (EscalationStep.SUPERVISE, at(10, 18)),
        (EscalationStep.REPORT, at(16, 18)),
    ]


def test_a_week_of_downtime_brings_all_of_them_once_and_in_order():
    one = clock(at(2))
    assert taken(one, at(20)) == list(EVERY)
    assert taken(one, at(30)) == []


def test_what_is_urgent_runs_through_the_night():
    one = clock(at(7, 23), TWO_HOURS)  # a Saturday night
    assert one.due_at == at(8, 1)
    assert one.next_at == at(8, 0, 36)
    reading = one.read(at(8, 0), RULES)
    assert (reading.left, reading.used, reading.lapsed) == (timedelta(hours=1), 0.5, False)


def test_a_kind_goes_no_further_than_the_city_says():
    one = clock(at(2), kind=ClockKind.CONTACT)
    assert taken(one, at(30)) == [EscalationStep.WARN, EscalationStep.URGE]
    assert clock(at(2), kind=ClockKind.CALLBACK).next_at is None


def test_standing_still_keeps_what_is_left():
    one = clock(at(2))
    one.pause(at(3), RULES)
    assert (one.due_at, one.next_at) == (None, None)
    assert taken(one, at(20)) == []
    assert one.read(at(20), RULES).left == timedelta(hours=35)
    one.resume(at(16), RULES)  # two weeks later, at the same time of day
    assert one.due_at == at(20, 18)
    assert one.read(at(16), RULES).used == pytest.approx(7 / 42)
    assert taken(one, at(19, 16, 36)) == [EscalationStep.WARN]


def test_what_has_lapsed_does_not_stand_still():
    one = clock(at(2))
    one.pause(at(10), RULES)
    assert not one.stands_still
    assert one.read(at(10), RULES).lapsed


def test_more_time_puts_off_the_deadline_and_begins_the_steps_anew():
    one = clock(at(2))
    assert taken(one, at(9)) == [EscalationStep.WARN]
    one.extend(at(16, 18), at(9), RULES)
    assert one.step is EscalationStep.WARN
    assert one.next_at is not None
    assert at(9) < one.next_at < at(16, 18)
    assert taken(one, at(17)) == [EscalationStep.WARN, EscalationStep.URGE]
    one.extend(at(10), at(17), RULES)  # never to an earlier one
    assert one.due_at == at(16, 18)


def test_once_stopped_it_shows_how_it_stood_then():
    one = clock(at(2))
    one.stop(at(6, 18), ClockEnd.MET)
    assert taken(one, at(30)) == []
    reading = one.read(at(30), RULES)
    assert (reading.left, reading.lapsed) == (timedelta(hours=7), False)


def test_one_from_before_there_were_clocks_is_planned_at_the_first_look():
    old = clock(at(2))
    old.span, old.step, old.next_at = timedelta(), None, at(2)
    assert taken(old, at(3)) == []
    assert (old.step, old.next_at) == (EscalationStep.WARN, at(6, 16, 36))


MOMENTS = st.integers(0, 20 * 24 * 60).map(lambda n: at(1, 0) + timedelta(minutes=n))


@settings(max_examples=200, deadline=None)
@given(
    MOMENTS,
    st.sampled_from([FIVE_DAYS, TWO_HOURS, TimeLimit(4, LimitUnit.WORKING_HOURS)]),
    st.lists(st.tuples(st.sampled_from(["look", "pause", "resume"]), st.integers(0, 3000))),
)
def test_however_it_is_looked_at_and_paused_steps_come_once_in_order_and_no_time_is_lost(
    start, limit, acts
):
    one, now, seen = clock(start, limit), start, []
    for act, minutes in acts:
        now += timedelta(minutes=minutes)
        before = one.read(now, RULES)
        if act == "look":
            seen += taken(one, now)
        elif act == "pause":
            one.pause(now, RULES)
        else:
            one.resume(now, RULES)
        after = one.read(now, RULES)
        assert after.left == before.left
        assert after.lapsed == before.lapsed
    assert seen == list(EVERY[: len(seen)])
    one.resume(now, RULES)
    assert seen + taken(one, now + timedelta(days=60)) == list(EVERY)
    assert one.started_at == start
    assert one.due_at is not None


ONE_DAY = TimeLimit(1, LimitUnit.WORKING_DAYS)


def test_another_category_may_bring_the_deadline_forward_and_never_puts_it_off():
    one = clock(at(2))
    assert not one.hasten(TimeLimit(9, LimitUnit.WORKING_DAYS), at(2, 10), RULES)
    assert one.due_at == at(9, 18)
    assert one.hasten(ONE_DAY, at(2, 10), RULES)
    assert one.due_at == at(3, 18)
    assert (one.limit, one.step) == (ONE_DAY, EscalationStep.WARN)
    assert one.read(at(3, 9), RULES).used == pytest.approx(0.5, abs=0.1)


def test_a_limit_that_is_over_already_is_given_from_now_on():
    one = clock(at(2))
    assert one.hasten(ONE_DAY, at(4, 10), RULES)
    assert one.due_at == at(5, 18)
    late = clock(at(2))
    assert not late.hasten(TWO_HOURS, at(20), RULES), "late already: it stays so"
    assert late.due_at == at(9, 18)
