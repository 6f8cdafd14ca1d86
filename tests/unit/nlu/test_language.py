"""Chinese or English, by the share of letters."""

import pytest

from nlu.serve.language import detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("路灯坏了", "zh"),
        ("the lamp is broken", "en"),
        ("Wi-Fi坏了三天", "zh"),
        ("the pothole is on 中山路 near my house", "en"),
        ("APP登录不了", "zh"),
        ("ok", "en"),
        ("13912345678", None),
        ("😀！！", None),
        ("", None),
    ],
)
def test_the_language_is_told_by_the_letters(text, language):
    assert detect(text) == language
