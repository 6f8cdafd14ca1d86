"""Turns of speech."""

import pytest

from actions.phrases import has_letters, phrases


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("不对，是86号", "86号"),
        ("地址写错了，是鼓楼区湖南路", "鼓楼区湖南路"),
        ("电话改成13900000001", "13900000001"),
        ("不是3栋，是5栋", "5栋"),
        ("打错字了，是玄武区不是宣武区", "玄武区"),
        ("不对，公司是蓝桥物业", "蓝桥物业"),
        ("以201室为准", "201室"),
        ("店名应该叫小满面馆才对。", "小满面馆"),
        ("Change my phone number to 13900000002", "13900000002"),
        ("no, it's number 86", "number 86"),
        ("correction: the amount is 350 yuan", "350 yuan"),
        ("it should be Hunan Road, not Hubei Road", "Hunan Road"),
        ("写错了", None),
        ("that's wrong", None),
    ],
)
def test_what_a_correction_says_the_value_is(said, value):
    assert phrases.corrected(said) == value


@pytest.mark.parametrize(
    "said", ["我要投诉", "我要投诉物业", "投诉", "I want to complain", "我想反映一个问题"]
)
def test_opening_words_say_nothing_of_the_matter(said):
    assert not phrases.substantial(said, ["物业服务", "物业"])


@pytest.mark.parametrize("said", ["电梯坏了", "停水了", "I want to complain, the lift is broken"])
def test_a_short_matter_is_a_matter(said):
    assert phrases.substantial(said, ["电梯", "lift"])


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("我叫王小明，电话13900000000", "王小明"),
        ("我姓陈不姓程", "陈"),
        ("叫我李女士就行", "李女士"),
        ("王先生的电话", "王先生"),
        ("My name is Anna, 13900000010", "Anna"),
        ("13900000000", None),
        ("电话就是这个", None),
    ],
)
def test_a_name_is_heard_where_it_is_introduced(said, name):
    assert phrases.name(said) == name


@pytest.mark.parametrize(
    ("said", "mode"),
    [
        ("匿名吧", "anonymous"),
        ("请帮我保密", "confidential"),
        ("我实名举报", "named"),
        ("财务不公开", None),
        ("keep it confidential please", "confidential"),
    ],
)
def test_how_a_citizen_wants_to_be_known(said, mode):
    assert phrases.mode(said) == mode


@pytest.mark.parametrize(
    ("text", "says"), [("😀", False), ("。。", False), ("__", False), ("a", True), ("8", True)]
)
def test_signs_say_nothing(text, says):
    assert has_letters(text) is says
