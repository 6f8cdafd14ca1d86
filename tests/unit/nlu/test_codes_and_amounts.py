"""Telephone numbers, plates, case numbers, sums, counts, languages."""

import pytest

from nlu.extract import Extractor
from nlu.extract.numerals import value
from nlu.extract.places.gazetteer import Gazetteer
from nlu.normalise import read

EXTRACTOR = Extractor(Gazetteer(()))


def details(text, kind):
    """Values and original words of the details of one kind."""
    reading = read(text)
    first = EXTRACTOR.extract(reading.text, None)
    found = [*first, *EXTRACTOR.more(reading.text, first)]
    wired = [item.wire(text, reading) for item in found]
    return [(item["value"], item["text"]) for item in wired if item["entity"] == kind]


@pytest.mark.parametrize(
    ("text", "number", "words"),
    [
        ("我的电话13912345678", "13912345678", "13912345678"),
        ("打139-1234-5678找我", "13912345678", "139-1234-5678"),
        ("１３９１２３４５６７８", "13912345678", "１３９１２３４５６７８"),
        ("+86 139 1234 5678", "13912345678", "+86 139 1234 5678"),
        ("一三九一二三四五六七八", "13912345678", "一三九一二三四五六七八"),
        ("139零零零零一二三四", "13900001234", "139零零零零一二三四"),
        ("一三九 0000 一二三四 晚上打", "13900001234", "一三九 0000 一二三四"),
        ("1 3 9 0 0 0 0 1 2 3 4", "13900001234", "1 3 9 0 0 0 0 1 2 3 4"),
        ("139 00oo 1234", "13900001234", "139 00oo 1234"),
        ("座机025-84412345", "025-84412345", "025-84412345"),
        ("(025)84412345转801", "025-84412345-801", "(025)84412345转801"),
        ("02584412345", "025-84412345", "02584412345"),
        ("客服400-820-8820", "400-820-8820", "400-820-8820"),
        ("电话是84412345", "84412345", "84412345"),
    ],
)
def test_a_telephone_number_is_normalised(text, number, words):
    assert details(text, "phone") == [(number, words)]


@pytest.mark.parametrize("text", ["320102199001011234", "1391234567", "139123456789", "12345"])
def test_other_digits_are_no_telephone_number(text):
    assert details(text, "phone") == []


@pytest.mark.parametrize(
    ("text", "plate"),
    [
        ("苏A12345违停", "苏A12345"),
        ("苏a·1b234", "苏A1B234"),
        ("新能源车苏AD12345", "苏AD12345"),
        ("苏A12345D", "苏A12345D"),
        ("教练车苏A1234学", "苏A1234学"),
    ],
)
def test_a_plate_is_normalised(text, plate):
    assert [item for item, _ in details(text, "plate")] == [plate]


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("欠我12,000元", 12_000),
        ("三万五千元", 35_000),
        ("两千八百块钱", 2_800),
        ("3.5万元", 35_000),
        ("扣了十五块", 15),
        ("三块五", 3.5),
        ("押金1万2不退", 12_000),
        ("¥300", 300),
        ("300 yuan", 300),
        ("RMB 1200", 1_200),
    ],
)
def test_a_sum_is_read_in_yuan(text, yuan):
    assert [item["yuan"] for item, _ in details(text, "amount")] == [yuan]


@pytest.mark.parametrize("text", ["两块广告牌掉了", "3万人", "12块砖松动", "路面坏了"])
def test_pieces_and_people_are_no_sum(text):
    assert details(text, "amount") == []


@pytest.mark.parametrize(
    "text",
    [
        "20261124-000123-7",
        "202611240001237",
        "查20261124 000123 7",
        "单号２０２６１１２４－０００１２３－７",
    ],
)
def test_a_case_number_is_told_with_and_without_dashes(text):
    assert [item for item, _ in details(text, "case_number")] == ["20261124-000123-7"]


def test_digits_that_are_no_date_are_no_case_number():
    assert details("202699990001237", "case_number") == []


@pytest.mark.parametrize(
    ("text", "number"), [("5", 5), ("大概三十个人", 30), ("about 20", 20), ("有12户受影响", 12)]
)
def test_a_bare_count_is_told(text, number):
    assert [item for item, _ in details(text, "number")] == [number]


@pytest.mark.parametrize(
    ("text", "language"),
    [("English please", "en"), ("换成中文", "zh"), ("请用英语", "en"), ("switch to chinese", "zh")],
)
def test_a_wish_for_a_language_is_told(text, language):
    assert [item for item, _ in details(text, "language")] == [language]


def test_an_english_class_is_no_wish_for_english():
    assert details("英语培训班关门了，钱不退", "language") == []


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("二十一", 21), ("一百零五", 105), ("两千八", 2_800), ("三万五", 35_000), ("一亿", 1e8),
        ("十五", 15), ("二零二六", 2026), ("3.5万", 35_000), ("1,200", 1_200), ("一千零八", 1_008),
    ],
)  # fmt: skip
def test_chinese_numerals_are_read_as_people_say_them(words, number):
    assert value(words) == number


def test_what_is_no_number_has_no_value():
    assert value("很多") is None
