"""Who solves first, and how routing says why."""

from dataclasses import replace

import pytest
from case_service import EAST, LANE, LANTERN
from hypothesis import given
from hypothesis import strategies as st
from some_case import CITY

from api.catalogue.rules.units import Level
from api.catalogue.store.loading import load_catalogue, shipped_catalogue
from api.console.texts import LANGUAGES, ConsoleTexts
from api.domain.cases.routing import ANYWHERE, NO_EXPERIENCE, Experience, exclusion_in, route

NANJING = load_catalogue(shipped_catalogue())
TEXTS = ConsoleTexts.load()


def way(
    code: str, *, place=None, confidence=None, words="坏了", city=CITY, experience=NO_EXPERIENCE
):
    return route(
        city,
        city.categories[code],
        place=place,
        confidence=confidence,
        words=words,
        sure=0.6,
        experience=experience,
    )


def codes(answer) -> list[str]:
    return [item.code for item in answer.because]


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


def with_two_works():
    second = replace(CITY.units["WORKS"], code="WORKS-2")
    return replace(CITY, units={**CITY.units, "WORKS-2": second})


def test_of_equals_the_one_with_the_least_in_hand_takes_it():
    city, asked = with_two_works(), []

    def load(units):
        asked.append(tuple(units))
        return {"WORKS": 7, "WORKS-2": 3}

    answer = way("0101", city=city, experience=Experience(load=load))
    assert answer.unit is not None
    assert answer.unit.code == "WORKS-2"
    assert codes(answer) == ["department_in_charge", "least_in_hand"]
    assert answer.because[1].params["count"] == "3"
    assert asked == [("WORKS", "WORKS-2")]


def test_nobody_asks_for_the_load_where_one_unit_alone_can_take_it():
    def load(units):
        raise AssertionError(units)

    assert way("0201", place=LANE, experience=Experience(load=load)).unit is not None


def test_a_past_ruling_comes_before_the_rule():
    answer = way("0201", place=LANTERN, experience=Experience({LANE: "WORKS"}))
    assert answer.unit is not None
    assert answer.unit.code == "WORKS"
    assert codes(answer) == ["ruled_before"]
    assert answer.because[0].params["place"].zh == "老街街道"


def test_the_ruling_on_the_narrowest_place_counts_and_one_on_another_place_does_not():
    rulings = {ANYWHERE: "WATER-EAST", EAST: "WORKS", "990102": "WATER-WEST"}
    assert way("0201", place=LANE, experience=Experience(rulings)).unit == CITY.units["WORKS"]
    anywhere = way("0201", experience=Experience(rulings))
    assert anywhere.unit == CITY.units["WATER-EAST"]
    assert "place" not in anywhere.because[0].params


def test_a_ruling_for_a_unit_that_is_gone_is_passed_over():
    answer = way("0201", place=LANE, experience=Experience({LANE: "CLOSED-DOWN"}))
    assert codes(answer) == ["street_solves_first"]


def test_a_ruling_makes_no_guess_sure_and_lifts_no_exclusion():
    ruled = Experience({LANE: "WORKS"})
    assert way("0201", place=LANE, confidence=0.3, experience=ruled).unit is None
    assert way("0201", place=LANE, words="正在打官司", experience=ruled).unit is None


PLACES = st.sampled_from([None, *NANJING.territory.places])
CATEGORIES = st.sampled_from(list(NANJING.categories))
UNITS = st.sampled_from(list(NANJING.units))


@given(CATEGORIES, PLACES, st.none() | st.floats(0, 1))
def test_whoever_takes_it_answers_for_the_place_and_nobody_nearer_does(code, place, confidence):
    answer = way(code, city=NANJING, place=place, confidence=confidence)
    category = NANJING.categories[code]
    if answer.unit is None:
        assert len(answer.because) == 1
        return
    assert confidence is None or confidence >= 0.6
    assert category.parent != "99"
    unit = answer.unit
    lineage = NANJING.territory.lineage(place) if place else ()
    if unit.covers:
        mine = min(lineage.index(cover) for cover in unit.covers if cover in lineage)
        nearer = set(lineage[:mine])
        assert not any(
            item.type == category.unit_type and nearer & set(item.covers)
            for item in NANJING.units.values()
        )
    else:
        assert unit.level is Level.CITY


@given(CATEGORIES, PLACES, st.dictionaries(PLACES.map(lambda item: item or ANYWHERE), UNITS))
def test_a_ruling_that_holds_here_is_followed_whatever_the_rule_says(code, place, rulings):
    answer = way(code, city=NANJING, place=place, experience=Experience(rulings))
    if NANJING.categories[code].parent == "99":
        assert answer.unit is None
        return
    lineage = NANJING.territory.lineage(place) if place else ()
    binding = next((rulings[item] for item in (*lineage, ANYWHERE) if item in rulings), None)
    if binding is not None:
        assert answer.unit == NANJING.units[binding]
        assert codes(answer) == ["ruled_before"]
    else:
        assert answer == way(code, city=NANJING, place=place)


@given(CATEGORIES, PLACES, st.dictionaries(st.just(ANYWHERE), UNITS))
def test_each_reason_has_words_for_what_it_names(code, place, rulings):
    for because in way(code, city=NANJING, place=place, experience=Experience(rulings)).because:
        key = f"because_{because.code}"
        if "place" not in because.params and TEXTS.has(f"{key}_anywhere"):
            key = f"{key}_anywhere"
        for language in LANGUAGES:
            assert TEXTS.parameters(key, language) <= because.params.keys()
