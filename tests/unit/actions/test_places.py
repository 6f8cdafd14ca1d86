"""Putting a place right."""

import pytest

from actions.judgement.places import amended, in_words

OLD = {
    "text": "建邺区江东中路68号3栋",
    "district": "320105",
    "road": "江东中路",
    "number": "68号",
    "building": "3栋",
}


@pytest.mark.parametrize(
    ("new", "text"),
    [
        ({"text": "86号", "number": "86号"}, "建邺区江东中路86号3栋"),
        ({"text": "5栋", "building": "5栋"}, "建邺区江东中路68号5栋"),
        ({"text": "86号5栋", "number": "86号", "building": "5栋"}, "建邺区江东中路86号5栋"),
        ({"text": "中山路9号", "road": "中山路", "number": "9号"}, "中山路9号"),
        ({"text": "鼓楼区中山路", "road": "中山路", "district": "320106"}, "鼓楼区中山路"),
        ({"text": "就是那个老地方"}, "就是那个老地方"),
    ],
)
def test_a_correction_changes_what_it_names(new, text):
    assert amended(OLD, new)["text"] == text


def test_a_new_road_stays_in_the_district_unless_it_names_one():
    assert amended(OLD, {"text": "中山路", "road": "中山路"})["district"] == "320105"
    new = {"text": "鼓楼区中山路", "road": "中山路", "district": "320106"}
    assert amended(OLD, new)["district"] == "320106"


def test_a_new_district_alone_moves_the_place():
    moved = amended({**OLD, "street": "320105001"}, {"text": "鼓楼区", "district": "320106"})
    assert moved["district"] == "320106"
    assert "street" not in moved
    assert moved["text"].startswith("鼓楼区")


def test_a_number_finds_its_like_in_free_words():
    assert (
        amended({"text": "小学旁边12号"}, {"text": "21号", "number": "21号"})["text"]
        == "小学旁边21号"
    )
    assert (
        amended({"text": "小学旁边"}, {"text": "21号", "number": "21号"})["text"] == "小学旁边21号"
    )


def test_words_that_are_a_number_are_a_number():
    old = {"text": "88 Zhongshan Road", "road": "Zhongshan Road", "number": "88"}
    assert amended(old, in_words("number 86"))["text"] == "86 Zhongshan Road"
    assert in_words("the corner shop") == {"text": "the corner shop"}


def test_a_place_that_was_not_told_is_the_new_one():
    assert amended(None, {"text": "中山路"}) == {"text": "中山路"}
