"""Titles of cases: the citizen's own words, short, and nobody's data."""

import pytest

from nlu.extract import Extractor
from nlu.extract.places.gazetteer import Gazetteer
from nlu.serve.masking import Masker
from nlu.serve.title import LONGEST, title


@pytest.fixture(scope="module")
def masker() -> Masker:
    return Masker(Extractor(Gazetteer(())))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("小区路灯坏了半个月没人修", "小区路灯坏了半个月没人修"),
        ("您好，我要投诉，楼下烧烤店天天油烟扰民，希望尽快处理", "楼下烧烤店天天油烟扰民"),
        ("你好！我是幸福里小区的业主，小区电梯坏了，没人修", "小区电梯坏了，没人修"),
        (
            "我想反映一下学校食堂饭菜发馊的问题。孩子吃了肚子疼",
            "学校食堂饭菜发馊的问题，孩子吃了肚子疼",
        ),
        ("请问办居住证要带什么材料？", "办居住证要带什么材料"),
        ("问题很多的一段路，到处是坑", "问题很多的一段路，到处是坑"),
        ("highway lights are out", "highway lights are out"),
        ("领导们好，另外，井盖丢了，很危险", "井盖丢了，很危险"),
        ("Hello, I would like to report that the lamp is out.", "the lamp is out"),
        (
            "The street light on Garden Road has been out",
            "The street light on Garden…",
        ),
    ],
)
def test_the_clause_that_says_what_it_is_about_is_the_title(text: str, expected: str) -> None:
    assert title(text) == expected


def test_a_clause_with_a_word_of_the_category_comes_first() -> None:
    text = "我妈今年七十三了，腿脚不好，想申请居家养老服务，去社区问了两次"
    assert title(text) == "我妈今年七十三了，腿脚不好"
    assert title(text, ["居家养老"]) == "想申请居家养老服务，去社区问了两次"


@pytest.mark.parametrize("text", ["", "你好", "您好，我要投诉", "我叫王小河，电话", "？！", "?"])
def test_who_says_nothing_gives_no_title(text: str) -> None:
    assert title(text) is None


def test_a_long_clause_is_cut() -> None:
    text = title("门口那条路从去年十月份开始就一直在挖来挖去到现在也没有铺好车子根本开不过去")
    assert text is not None
    assert len(text) <= LONGEST
    assert text.endswith("…")


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("张建国老师收家长红包", "张建国"),
        ("车牌苏A12345的出租车绕路", "12345"),
        ("打13800000012没人接，水管爆了", "13800000012"),
        ("户号3201000000778的电费多扣了", "3201000000778"),
        ("我叫王小河，公司拖欠工资", "王小河"),
        ("微信wx_0007788骗我钱", "wx_0007788"),
    ],
)
def test_personal_data_is_left_out(masker: Masker, text: str, hidden: str) -> None:
    written = title(masker(text))
    assert written
    assert hidden not in written
    assert "*" not in written
