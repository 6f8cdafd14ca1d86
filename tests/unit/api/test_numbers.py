"""Case numbers: their form, their day, and what the check digit finds."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from api.catalogue.rules.calendar import day_of
from api.domain.cases.numbers import case_number, check_digit, is_case_number

SEQUENCES = st.integers(1, 2_000_000)
DAYS = st.dates(date(2024, 1, 1), date(2099, 12, 31))


def test_the_check_digit_is_that_of_the_standard():
    # The example of ISO/IEC 7064 for MOD 11,10: 0794 has the check character 5.
    assert check_digit("0794") == 5


def test_a_number_reads_as_day_sequence_and_check_digit():
    assert case_number(date(2026, 3, 2), 1) == "20260302-000001-5"
    assert case_number(date(2026, 3, 2), 1_234_567).startswith("20260302-1234567-")
    with pytest.raises(ValueError, match="starts at 1"):
        case_number(date(2026, 3, 2), 0)


def test_the_day_is_that_of_shanghai():
    assert day_of(datetime(2026, 3, 1, 15, 59, tzinfo=UTC)) == date(2026, 3, 1)
    assert day_of(datetime(2026, 3, 1, 16, 0, tzinfo=UTC)) == date(2026, 3, 2)


@given(DAYS, SEQUENCES)
def test_every_number_that_is_made_is_valid(day, sequence):
    assert is_case_number(case_number(day, sequence))


@given(DAYS, SEQUENCES, st.data())
def test_one_wrong_digit_is_always_found(day, sequence, data):
    number = case_number(day, sequence)
    places = [at for at, sign in enumerate(number) if sign.isdigit()]
    at = data.draw(st.sampled_from(places))
    wrong = data.draw(st.sampled_from("0123456789"))
    assume(wrong != number[at])
    assert not is_case_number(number[:at] + wrong + number[at + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20260302-000001",
        "20260302-000001-50",
        " 20260302-000001-5",
        "20260302-000001-5\n",
        "２０２６０３０２-000001-5",
        "'; DROP TABLE cases;--",
        "20260302-000001-\x00",
    ],
)
def test_what_only_looks_like_a_number_is_none(text):
    assert not is_case_number(text)
