"""Who solves first, and how routing says why."""

import pytest
from case_service import EAST, LANE, LANTERN
from some_case import CITY

from api.domain.routing import exclusion_in, route


def way(code: str, *, place=None, confidence=None, words="坏了"):
    return route(
        CITY, CITY.categories[code], place=place, confidence=confidence, words=words, sure=0.6
    )


def codes(answer) -> list[str]:
    return [one.code for one in answer.because]


@pytest.mark.parametrize("place", [LANE, LANTERN])
def test_the_street_solves_first_from_its_own_code_or_a_community_in_it(place):
    answer = way("0201", place=place)
    assert answer.unit is not None
    assert answer.unit.code == LANE
    assert codes(answer) == ["street_solves_first"]
    params = answer.because[0].params
    assert params["unit"].zh == "老街街道值班室"
    assert params["place"].zh == "老街街道"
    assert params["category"].en == "Flagstones"


def test_with_the_district_alone_what_stands_behind_the_street_takes_it_and_says_so():
    answer = way("0201", place=EAST)
    assert answer.unit is not None
    assert answer.unit.code == "WORKS"
    assert codes(answer) == ["narrower_place_unknown", "department_in_charge"]


def test_a_departments_matter_needs_no_place():
    answer = way("0101")
    assert answer.unit is not None
    assert answer.unit.code == "WORKS"
    assert codes(answer) == ["department_in_charge"]
    assert "place" not in answer.because[0].params


def test_of_two_waterworks_the_one_that_covers_the_place_takes_it():
    answer = way("0102", place=LANTERN)
    assert answer.unit is not None
    assert answer.unit.code == "WATER-EAST"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"code": "0201"}, "place_unknown"),
        ({"code": "0102"}, "place_unknown"),
        ({"code": "9900", "place": LANE}, "category_open"),
        ({"code": "0201", "place": LANE, "confidence": 0.59}, "category_unsure"),
        ({"code": "0201", "place": LANE, "words": "正在打官司"}, "exclusion_may_apply"),
        ({"code": "0201", "place": LANE, "words": "It is IN COURT"}, "exclusion_may_apply"),
    ],
)
def test_where_it_is_not_sure_a_clerk_decides(asked, code):
    answer = way(asked.pop("code"), **asked)
    assert answer.unit is None
    assert codes(answer) == [code]


def test_a_category_that_is_sure_enough_is_acted_upon():
    assert way("0201", place=LANE, confidence=0.6).unit is not None


def test_words_without_a_mark_match_no_exclusion():
    assert exclusion_in(CITY, "法院门口的路灯坏了") is None
