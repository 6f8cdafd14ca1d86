"""What is a time only where one is meant: read where the tagger has found a time."""

from datetime import datetime

import pytest

from nlu.extract.places.gazetteer import Gazetteer
from nlu.extract.places.tagger import Span
from nlu.extract.reading import TextReading
from nlu.extract.times.calendar import SHANGHAI
from nlu.extract.times.moments import moments
from nlu.normalise import read

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=SHANGHAI)


class AllIsTime:
    """A tagger that takes the whole text for a time."""

    def may_hold(self, text):
        return True

    def tag(self, text, *_):
        return [Span("time", 0, len(text), 0.9)]


@pytest.mark.parametrize(
    ("text", "start", "end", "rule"),
    [
        ("28号", "2026-10-28", "2026-10-29", None),
        ("二十五号之前", None, "2026-10-25", None),
        ("去年夏天", "2025-06-01", "2025-09-01", None),
        ("明年", "2027-01-01", "2028-01-01", None),
        ("last winter", "2025-12-01", "2026-03-01", None),
        ("上半年", "2026-01-01", "2026-07-01", None),
        ("月底", "2026-11-21", "2026-12-01", None),
        ("昨儿晚上", "2026-11-23", "2026-11-24", None),
        ("刚才", "2026-11-24", None, None),
        ("in March", "2026-03-01", "2026-04-01", None),
        ("二〇二一年", "2021-01-01", "2022-01-01", None),
        ("每个季度", None, None, "FREQ=MONTHLY;INTERVAL=3"),
        ("weekends", None, None, "FREQ=WEEKLY;BYDAY=SA,SU"),
    ],
)
def test_a_word_in_a_time_comes_to_dates(text, start, end, rule):
    even = read(text).text
    [found] = TextReading(even, Gazetteer([]), []).details(AllIsTime(), NOW, ())
    value = found.value
    assert ((value["start"] or "")[:10] or None, (value["end"] or "")[:10] or None) == (start, end)
    assert value["recurrence"] == rule


@pytest.mark.parametrize("text", ["28号", "夏天", "may", "weekends", "月底"])
def test_alone_it_is_no_time_to_the_rules(text):
    assert list(moments(text, NOW)) == []
