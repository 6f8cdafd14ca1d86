"""One reading of a text, and the way back to what was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.normalise import HEAD, TAIL, read

ANYTHING = st.text(st.characters(codec=None), max_size=200)


@pytest.mark.parametrize(
    ("written", "even"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("着火了！", "着火了!"),
        ("臺灣路", "臺灣路"),
        ("第①条", "第1条"),
        ("燃\u200b气", "燃气"),
        ("30㎡", "30m2"),
        ("a\ud800b", "a�b"),
        ("一\r\n二\t三", "一\n\n二 三"),
    ],
)
def test_forms_are_evened_out(written, even):
    assert read(written).text == even


@given(ANYTHING)
def test_every_span_leads_back_into_the_original(text):
    reading = read(text)
    for place in range(len(reading.text)):
        start, end = reading.span(place, place + 1)
        assert 0 <= start < end <= len(text)


@given(ANYTHING)
def test_reading_what_was_read_changes_nothing(text):
    even = read(text).text
    assert read(even).text == even


def test_a_span_behind_dropped_characters_is_exact():
    text = "\u200b\ufeff我在\u200b夫子庙"
    reading = read(text)
    start = reading.text.index("夫子庙")
    first, last = reading.span(start, start + 3)
    assert text[first:last] == "夫子庙"


def test_a_very_long_text_is_read_by_its_head_and_tail():
    text = "头" * 50_000 + "中" * 20_000 + "尾" * 50_000
    reading = read(text)
    assert len(reading.text) == HEAD + 1 + TAIL
    assert set(reading.text) == {"头", "\n", "尾"}
    assert reading.span(HEAD + TAIL, HEAD + TAIL + 1) == (len(text) - 1, len(text))
