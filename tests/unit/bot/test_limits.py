from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.limits import KEPT, MessageTooLong, SenderLimiter, TooMany, check_size, clean


@given(st.text(st.characters(categories=None)))
def test_cleaned_text_can_be_encoded_and_is_clean_already(text):
    once = clean(text)
    once.encode()
    assert clean(once) == once
    assert "\x00" not in once
    assert "\r" not in once


@pytest.mark.parametrize(
    ("text", "came"),
    [
        ("  路灯\t坏了\r\n三天 ", "路灯\t坏了\n三天"),
        ("\ud83d\ude00", "😀"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("👨‍👩‍👧 ok", "👨‍👩‍👧 ok"),
        ("\u202egnp.exe", "gnp.exe"),
        ("\x1b[31mred", "[31mred"),
        ("", ""),
    ],
)
def test_what_hides_or_breaks_is_taken_out_and_the_rest_stays(text, came):
    assert clean(text) == came


@given(st.text(st.characters(categories=None), max_size=50), st.integers(1, 2000))
def test_the_size_is_that_in_bytes(text, times):
    whole = text * times
    size = len(whole.encode("utf-8", "surrogatepass"))
    if size > KEPT:
        with pytest.raises(MessageTooLong):
            check_size(whole)
    else:
        check_size(whole)


def test_a_burst_is_let_through_and_then_a_steady_pace(clock):
    rate = SenderLimiter(3, 0.5)
    for _ in range(3):
        rate.take("a", clock.now())
    with pytest.raises(TooMany) as refused:
        rate.take("a", clock.now())
    assert refused.value.seconds == 3
    clock.advance(seconds=refused.value.seconds)
    rate.take("a", clock.now())
    with pytest.raises(TooMany):
        rate.take("a", clock.now())
    rate.take("b", clock.now())


def test_waiting_saves_up_no_more_than_a_burst(clock):
    rate = SenderLimiter(2, 1)
    rate.take("a", clock.now())
    clock.advance(hours=1)
    rate.take("a", clock.now())
    rate.take("a", clock.now())
    with pytest.raises(TooMany):
        rate.take("a", clock.now())


def test_a_clock_that_goes_back_takes_nothing_away(clock):
    rate = SenderLimiter(2, 1)
    now = clock.now()
    rate.take("a", now)
    rate.take("a", now - timedelta(hours=1))


def test_only_the_senders_seen_last_are_remembered(clock):
    rate = SenderLimiter(1, 0.001, senders=10)
    for number in range(1000):
        rate.take(str(number), clock.now())
    assert len(rate._buckets) == 10
