"""Several matters in one message; `matters.yml` holds messages and what they are about."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from nlu.serve.matters import JudgedSpan, divide
from nlu.serve.understanding import MessageUnderstanding

TOLD: dict[str, Any] = yaml.safe_load(
    Path(__file__).with_name("matters.yml").read_text(encoding="utf-8")
)
PARTS = tuple(TOLD)


@pytest.fixture(scope="module")
def understanding() -> MessageUnderstanding:
    return MessageUnderstanding.open()


def test_the_messages_are_many() -> None:
    assert sum(len(TOLD[part]["two"]) for part in PARTS) >= 60
    assert sum(len(TOLD[part]["one"]) for part in PARTS) >= 100


@pytest.mark.parametrize("part", PARTS)
def test_one_matter_told_at_length_is_hardly_ever_taken_apart(
    understanding: MessageUnderstanding, part: str
) -> None:
    result = TOLD[part]["one"]
    divided = [text for text in result if "matters" in understanding.parse(text)]
    assert len(divided) <= 0.05 * len(result), divided


@pytest.mark.parametrize(("part", "found", "right"), [("seen", 0.75, 0.73), ("fresh", 0.75, 0.68)])
def test_two_matters_are_found_each_with_its_category(
    understanding: MessageUnderstanding, part: str, found: float, right: float
) -> None:
    result = TOLD[part]["two"]
    read = [
        (item, understanding.parse(item[0].replace("‖", "")).get("matters", [])) for item in result
    ]
    divided = [(item, matters) for item, matters in read if matters]
    assert len(divided) >= found * len(result)
    for (text, *categories), matters in divided:
        assert len(matters) == len(categories)
        at = text.index("‖")
        assert matters[0]["end"] <= at
        assert matters[1]["start"] >= at
    fitting = [
        item for item, matters in divided if [m["category"]["code"] for m in matters] == item[1:]
    ]
    assert len(fitting) >= right * len(result)


def test_of_each_matter_it_is_said_where_it_stands_what_it_is_and_how_it_is_called(
    understanding: MessageUnderstanding,
) -> None:
    text = "楼下烧烤店天天油烟扰民，另外小区路灯坏了半个月没人修！"
    parsed = understanding.parse(text)
    first, second = parsed["matters"]
    assert text[first["start"] : first["end"]] == "楼下烧烤店天天油烟扰民"
    assert text[second["start"] : second["end"]] == "小区路灯坏了半个月没人修"
    assert second["title"] == "小区路灯坏了半个月没人修"
    assert second["intent"]["name"] == "complaint"
    assert second["category"]["ranking"][0]["code"] == "0203"
    assert parsed["category"] == first["category"]


def test_what_is_found_in_a_matter_does_not_reach_over_its_edge(
    understanding: MessageUnderstanding,
) -> None:
    text = "珠江路8号门口烧烤店天天油烟扰民，另外幸福里小区路灯坏了半个月没人修"
    first, second = understanding.parse(text)["matters"]
    places = [
        [entity["text"] for entity in matter["entities"] if entity["entity"] == "place"]
        for matter in (first, second)
    ]
    assert places == [["珠江路8号门口"], ["幸福里小区"]]
    [estate] = [entity for entity in second["entities"] if entity["entity"] == "place"]
    assert text[estate["start"] : estate["end"]] == "幸福里小区"


def test_no_more_than_three_are_told_apart_and_the_rest_goes_with_the_last(
    understanding: MessageUnderstanding,
) -> None:
    text = (
        "1、楼下烧烤店天天油烟扰民。2、公司拖欠两个月工资不给。3、小区路灯坏了半个月没人修。"
        "4、健身房关门不退钱。"
    )
    matters = understanding.parse(text)["matters"]
    assert len(matters) == 3
    assert matters[-1]["end"] == text.rindex("。")


def test_spans_lead_back_to_what_was_written(understanding: MessageUnderstanding) -> None:
    text = "ＫＴＶ半夜唱歌吵死人\u200b了，另外公司拖欠两个月工资㎡不给"
    first, second = understanding.parse(text)["matters"]
    assert text[first["start"] : first["end"]] == "ＫＴＶ半夜唱歌吵死人\u200b了"
    assert text[second["start"] : second["end"]] == "公司拖欠两个月工资㎡不给"


def test_parts_of_one_thing_that_was_named_are_no_matters_of_their_own(
    understanding: MessageUnderstanding,
) -> None:
    text = "我要投诉幸福里小区物业不作为：1、垃圾没人清运。2、路灯坏了不修。3、电梯天天出故障。"
    assert "matters" not in understanding.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "路灯坏了",
        "小区路灯坏了半个月没人修，晚上黑灯瞎火的",
        "The lamp is out, so dark",
    ],
)
def test_a_message_without_a_cut_is_not_read_again(text: str) -> None:
    def judge(start: int, end: int) -> JudgedSpan:
        pytest.fail(f"asked about {text[start:end]}")

    assert divide(text, judge) == []


@pytest.mark.parametrize("text", ["查一下进度，另外小区路灯坏了", "谢谢。再见。"])
def test_what_is_no_request_is_not_divided(understanding: MessageUnderstanding, text: str) -> None:
    assert "matters" not in understanding.parse(text)
