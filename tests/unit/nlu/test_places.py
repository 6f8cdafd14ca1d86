"""Areas of the gazetteer; roads, numbers, estates and landmarks of any city."""

import pytest

from nlu.extract import Extractor
from nlu.extract.places.gazetteer import Area, Gazetteer, areas_of
from nlu.normalise import read

AREAS = [
    Area("9101", "东桥区", "district", None, ("东桥",)),
    Area("9102", "西岭区", "district", None),
    Area("910101", "河埠街道", "street", "9101"),
    Area("910201", "望湖街道", "street", "9102"),
    Area("910101001", "文昌社区", "community", "910101"),
    Area("910201001", "文昌社区", "community", "910201"),
    Area("910201002", "石鼓社区", "community", "910201"),
    Area("910102", "柳湾街道", "street", "9101"),
    Area("910202", "柳湾街道", "street", "9102"),
    Area("910203", "湖南路街道", "street", "9102"),
    Area("910204", "西岭街道", "street", "9102"),
    Area("91X", "江湾新区", "district", None, (), ("910102",)),
]
EXTRACTOR = Extractor(Gazetteer(AREAS))


def places(text):
    """Values of the places of a text, without the repeated words, and the words."""
    reading = read(text)
    found = [item.wire(text, reading) for item in EXTRACTOR.extract(reading.text, None)]
    return [
        ({key: part for key, part in item["value"].items() if key != "text"}, item["text"])
        for item in found
        if item["entity"] == "place"
    ]


@pytest.mark.parametrize(
    ("text", "value", "words"),
    [
        ("东桥区河埠", {"district": "9101", "street": "910101"}, "东桥区河埠"),
        (
            "我在东桥区中山南路86号，楼下很吵",
            {"district": "9101", "road": "中山南路", "number": "86号"},
            "东桥区中山南路86号",
        ),
        ("住在河埠街道", {"street": "910101", "district": "9101"}, "河埠街道"),
        (
            "石鼓社区的井盖坏了",
            {"community": "910201002", "street": "910201", "district": "9102"},
            "石鼓社区",
        ),
        ("翠湖苑3栋2单元501", {"estate": "翠湖苑", "building": "3栋2单元501"}, "翠湖苑3栋2单元501"),
        ("A3区魏家坡小区脏乱差", {"estate": "魏家坡小区"}, "A3区魏家坡小区"),
        ("中山路与北京东路交叉口", {"road": "中山路/北京东路"}, "中山路与北京东路交叉口"),
        ("余杭区文一西路969号", {"road": "文一西路", "number": "969号"}, "余杭区文一西路969号"),
        ("珠江路地铁站2号口", {"landmark": "珠江路地铁站"}, "珠江路地铁站2号口"),
        ("a pothole at 15 Xinhua Road", {"road": "xinhua road", "number": "15"}, "15 Xinhua Road"),
        ("不对，是86号", {"number": "86号"}, "86号"),
        (
            "东桥区江东中路12号门口",
            {"district": "9101", "road": "江东中路", "number": "12号"},
            "东桥区江东中路12号门口",
        ),
        (
            "中山北路86号门口有人摆摊",
            {"road": "中山北路", "number": "86号"},
            "中山北路86号门口",
        ),
        ("翠湖苑3号门口", {"estate": "翠湖苑"}, "翠湖苑"),
        (
            "I want to report a broken street light at 12 Jiangdong Middle Road",
            {"road": "jiangdong middle road", "number": "12"},
            "12 Jiangdong Middle Road",
        ),
        ("should be Hanzhong Road", {"road": "hanzhong road"}, "Hanzhong Road"),
        (
            "complain about street vending near the Xinhua Road metro station",
            {"landmark": "xinhua road metro station"},
            "Xinhua Road metro station",
        ),
        (
            "garbage at Lakeside Garden, Building 3",
            {"estate": "lakeside garden", "building": "building 3"},
            "Lakeside Garden, Building 3",
        ),
        (
            "a fallen tree in the Sunny Hill estate",
            {"estate": "sunny hill estate"},
            "Sunny Hill estate",
        ),
        (
            "the corner of Hanzhong Road and Wangfu Avenue",
            {"road": "hanzhong road/wangfu avenue"},
            "Hanzhong Road and Wangfu Avenue",
        ),
        ("we live in Yuhang District", {}, "Yuhang District"),
        (
            "湖南路有人摆摊",
            {"district": "9102", "street": "910203", "road": "湖南路"},
            "湖南路",
        ),
    ],
)
def test_a_place_is_found_with_its_parts(text, value, words):
    assert places(text) == [(value, words)]


@pytest.mark.parametrize(
    "text",
    [
        "street vending",
        "the street is dirty",
        "a broken street light",
        "a hole in the middle of the road",
        "cars stand in the bicycle lane",
        "the whole community complains",
        "I was at the hospital",
        "near the metro station",
        "老板跑路",
        "司机绕路多收了我20块",
        "我想让孩子在南京上小学",
        "晚上看不见路",
        "孩子考上大学了",
        "路灯坏了",
        "修路没人管",
        "我家小区门口的马路坏了",
        "我们小区电梯坏了",
        "公交车31路总是晚点",
        "市区太堵",
    ],
)
def test_what_only_ends_like_a_name_is_no_place(text):
    assert places(text) == []


def test_a_name_without_its_suffix_is_the_district_before_a_street_of_that_name():
    assert places("西岭")[0][0] == {"district": "9102"}
    assert places("西岭街道")[0][0] == {"street": "910204", "district": "9102"}


def test_a_namesake_is_told_by_the_overlay_district_that_manages_it():
    assert places("江湾新区柳湾街道")[0][0] == {"district": "91X", "street": "910102"}
    assert places("西岭区柳湾街道")[0][0] == {"district": "9102", "street": "910202"}


def test_namesakes_are_told_apart_by_the_street_named_with_them():
    assert places("河埠街道文昌社区")[0][0]["community"] == "910101001"
    assert places("望湖街道文昌社区")[0][0]["community"] == "910201001"


def test_a_namesake_alone_gets_no_code():
    value, words = places("文昌社区的路坏了")[0]
    assert words == "文昌社区"
    assert "community" not in value


def test_what_was_said_stays_where_the_map_says_otherwise():
    assert places("西岭区河埠街道")[0][0] == {"district": "9102", "street": "910101"}


def test_a_name_does_not_reach_into_another_detail():
    reading = read("昨天晚上八点人民路着火")
    found = [
        (item.entity, reading.text[item.start : item.end])
        for item in EXTRACTOR.extract(reading.text, None)
    ]
    assert found == [("time", "昨天晚上八点"), ("place", "人民路")]


def test_an_unknown_level_is_refused_by_name():
    with pytest.raises(ValueError, match="hamlet"):
        list(areas_of([{"code": "1", "name": "某村", "level": "hamlet", "parent": None}]))
