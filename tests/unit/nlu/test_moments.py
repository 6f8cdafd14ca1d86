"""Expressions of time come to dates in Shanghai, seen from a Tuesday afternoon."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.extract.times.moments import SHANGHAI, moments
from nlu.normalise import read

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=SHANGHAI)


def first(text, now=NOW):
    """Words, start, end and rule of the first time in a text."""
    even = read(text).text
    found = next(moments(even, now), None)
    if found is None:
        return None
    start, end, rule = (found.value[key] for key in ("start", "end", "recurrence"))
    return (
        even[found.start : found.end],
        start and start.removesuffix(":00+08:00"),
        end and end.removesuffix(":00+08:00"),
        rule,
    )


@pytest.mark.parametrize(
    ("text", "start", "end", "rule"),
    [
        ("昨天晚上八点", "2026-11-23T20:00", None, None),
        ("每天晚上十点以后", "2026-11-23T22:00", None, "FREQ=DAILY"),
        ("上周三", "2026-11-18T00:00", "2026-11-19T00:00", None),
        ("6月3号", "2026-06-03T00:00", "2026-06-04T00:00", None),
        ("12月25日", "2025-12-25T00:00", "2025-12-26T00:00", None),
        ("2026年6月3日下午2点半", "2026-06-03T14:30", None, None),
        ("昨晚", "2026-11-23T18:00", "2026-11-24T00:00", None),
        ("三天前", "2026-11-21T00:00", "2026-11-22T00:00", None),
        ("两天了", "2026-11-22T00:00", None, None),
        ("半小时前", "2026-11-24T14:30", None, None),
        ("上个月15号", "2026-10-15T00:00", "2026-10-16T00:00", None),
        ("每周六晚上", "2026-11-21T18:00", "2026-11-22T00:00", "FREQ=WEEKLY;BYDAY=SA"),
        ("晚上十点到凌晨两点", "2026-11-23T22:00", "2026-11-24T02:00", None),
        ("6月3号到6月5号", "2026-06-03T00:00", "2026-06-06T00:00", None),
        ("上周五开始", "2026-11-20T00:00", None, None),
        ("晚上八点多", "2026-11-23T20:00", None, None),
        ("昨天夜里两点左右", "2026-11-24T02:00", None, None),
        ("今天中午12点", "2026-11-24T12:00", None, None),
        ("工作日早上六点", "2026-11-24T06:00", None, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
        ("10月初", "2026-10-01T00:00", "2026-10-11T00:00", None),
        ("last night", "2026-11-23T18:00", "2026-11-24T00:00", None),
        ("every evening after 10", "2026-11-23T22:00", None, "FREQ=DAILY"),
        ("every night from 10 pm to 2 am", "2026-11-23T22:00", "2026-11-24T02:00", "FREQ=DAILY"),
        ("yesterday at 8pm", "2026-11-23T20:00", None, None),
        ("since yesterday", "2026-11-23T00:00", None, None),
        ("3 days ago", "2026-11-21T00:00", "2026-11-22T00:00", None),
        ("this morning at 7:30", "2026-11-24T07:30", None, None),
        ("国庆那几天", "2026-10-01T00:00", "2026-10-08T00:00", None),
        ("去年国庆节", "2025-10-01T00:00", "2025-10-08T00:00", None),
        ("春节期间", "2026-02-16T00:00", "2026-02-24T00:00", None),
        ("中秋晚上", "2026-09-25T18:00", "2026-09-26T00:00", None),
        ("今年清明节", "2026-04-05T00:00", "2026-04-06T00:00", None),
        ("圣诞节", "2025-12-25T00:00", "2025-12-26T00:00", None),
        ("元宵节", "2026-03-03T00:00", "2026-03-04T00:00", None),
        ("暑假", None, None, None),
        ("during the national day holiday", "2026-10-01T00:00", "2026-10-08T00:00", None),
        ("15 march 2026", "2026-03-15T00:00", "2026-03-16T00:00", None),
    ],
)
def test_an_expression_comes_to_dates(text, start, end, rule):
    assert first(text) == (text, start, end, rule)


def test_the_words_around_are_left_out():
    assert first("他们从昨天晚上八点开始打桩，吵死了")[0] == "昨天晚上八点开始"


@pytest.mark.parametrize(
    "text", ["晚上好", "早上好", "我在3号楼", "一点也不好", "有时候", "2路车", "后面"]
)
def test_what_only_looks_like_a_time_is_none(text):
    assert first(text) is None


@pytest.mark.parametrize(
    "text", ["at 12 Jiangdong Middle Road", "meet me at 8", "国庆路12号", "五一广场", "中秋月饼"]
)
def test_a_house_or_a_name_is_no_time(text):
    assert first(text) is None


def test_a_bare_number_after_a_day_is_left_out():
    assert first("yesterday at 12 Hunan Road")[0] == "yesterday"


def test_a_festival_of_a_named_year_needs_no_clock():
    assert first("2026年国庆节", now=None)[1:3] == ("2026-10-01T00:00", "2026-10-08T00:00")
    assert first("国庆节", now=None) == ("国庆节", None, None, None)


def test_a_lunar_festival_outside_the_table_has_no_date():
    assert first("2049年春节", now=None) == ("2049年春节", None, None, None)


def test_without_a_clock_only_a_full_date_is_resolved():
    assert first("昨天", now=None) == ("昨天", None, None, None)
    assert first("2026-11-20", now=None)[1] == "2026-11-20T00:00"


def test_a_day_that_does_not_exist_stays_open():
    assert first("二月三十号") == ("二月三十号", None, None, None)


def test_now_may_come_in_any_zone():
    late = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)  # the 25th, two o'clock, in Shanghai
    assert first("昨天", late)[1] == "2026-11-24T00:00"


@given(st.text("昨今明天晚上周月号点半到从每日一二十年前后了0123:-.工作 atofprilday", max_size=40))
def test_no_mixture_of_time_words_breaks_it(text):
    for found in moments(text, NOW):
        assert found.start < found.end <= len(text)
