"""Digits within a longer number are no time."""

import pytest

from nlu.extract.times.timewords import words


@pytest.mark.parametrize("text", ["1962年前退职", "2024点前"])
def test_no_word_of_time_begins_within_a_number(text):
    assert [word.name for word in words(text)] == ["before"]
