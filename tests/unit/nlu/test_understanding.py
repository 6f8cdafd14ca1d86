"""Readings of whole messages that no model is asked about."""

import pytest

from nlu.understanding import Understanding


@pytest.mark.parametrize("code", ["EM3K-9RK3", "thx0-byes", "B3HZ-4422-B6FQ", "  7QZP-OKAY\n"])
def test_a_code_alone_is_a_bare_fact(code: str) -> None:
    intent = Understanding.open().parse(code)["intent"]
    assert intent == {"name": "inform", "confidence": 1.0}


def test_words_with_a_dash_are_no_code() -> None:
    assert Understanding.open().parse("good-byes")["intent"]["name"] != "inform"
