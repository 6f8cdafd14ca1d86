"""A second, invented city: nothing of the first is wired in."""

import dataclasses
from pathlib import Path

import pytest

from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.rules.categories import RequestKind, Urgency
from api.catalogue.rules.limits import LimitUnit, TimeLimit
from api.catalogue.rules.units import Level
from api.catalogue.store.loading import load_catalogue, shipped_catalogue

TINY = Path(__file__).parents[2] / "cities" / "tiny"


@pytest.fixture(scope="module")
def city() -> Catalogue:
    return load_catalogue(TINY)


def test_it_loads_with_its_own_categories_and_places(city: Catalogue) -> None:
    assert [*city.categories] == ["0101", "0102", "0201", "9900"]
    assert [d.zh for d in city.territory.districts] == ["东河区", "西岭区"]
    assert city.city.hotline_number == "96301"


def test_nothing_of_nanjing_appears_in_it(city: Catalogue) -> None:
    everything = repr(dataclasses.asdict(city))
    nanjing = load_catalogue(shipped_catalogue())
    for word in (
        "南京",
        "Nanjing",
        "12345",
        "025-",
        "3201",
        *(p.zh for p in nanjing.territory.districts),
    ):
        assert word not in everything
    assert city.version != nanjing.version


def test_its_own_limits_hold(city: Catalogue) -> None:
    ferries, water = city.categories["0101"], city.categories["0102"]
    assert city.limit_of(ferries, RequestKind.COMPLAINT) == TimeLimit(3, LimitUnit.WORKING_DAYS)
    assert city.limit_of(ferries, RequestKind.SUGGESTION) == TimeLimit(3, LimitUnit.WORKING_DAYS)
    assert city.limit_of(water, RequestKind.HELP) == TimeLimit(12, LimitUnit.HOURS)
    assert city.limit_of(water, RequestKind.REPORT) == TimeLimit(1, LimitUnit.WORKING_DAYS)
    extreme = city.limit_of(ferries, RequestKind.HELP, ferries.urgency_with({"boats": "3"}))
    assert extreme == TimeLimit(1, LimitUnit.HOURS)
    assert ferries.urgency_with({"boats": "2"}) is Urgency.NORMAL


def test_a_companys_unit_is_the_one_that_covers_the_place(city: Catalogue) -> None:
    by_place = {"990101002001": "WATER-EAST", "990102101": "WATER-WEST", None: None}
    for place, expected in by_place.items():
        unit = city.unit_for("water", place)
        assert (unit.code if unit else None) == expected


def test_units_are_made_for_its_own_streets_in_its_own_words(city: Catalogue) -> None:
    unit = city.unit_for("street", "990102101202")
    assert unit is not None
    assert (unit.code, unit.names.zh, unit.level) == ("990102101", "岭下镇值班室", Level.STREET)
    assert unit.phone == "0990-1005"


def test_without_a_fallback_a_street_matter_in_an_unknown_street_has_no_unit(
    city: Catalogue,
) -> None:
    assert city.unit_for("street", "990101") is None
    assert city.unit_for("no_such_type", "990101") is None


def test_a_real_phone_number_is_not_marked_as_an_example(city: Catalogue) -> None:
    assert not city.units["WORKS"].phone_is_example
    assert city.units["WATER-EAST"].phone_is_example


def test_its_places_have_its_own_short_names(city: Catalogue) -> None:
    names = {"灯市口": "990101001002", "lantern market": "990101001002", "岭下": "990102101"}
    for name, code in names.items():
        found = city.territory.resolve(name)
        assert found is not None
        assert found.code == code
    assert city.territory.resolve("石桥") is None


def test_its_calendar_departs_where_it_says(city: Catalogue) -> None:
    assert [*city.calendar.days_off.values()] == ["建市纪念日"]
    assert [day.isoformat() for day in city.calendar.working_days] == ["2026-06-06"]
    assert [start.isoformat("minutes") for start, _ in city.calendar.hours] == ["08:30", "13:30"]


def test_a_detail_has_the_choices_of_its_file(city: Catalogue) -> None:
    assert [choice.key for choice in city.details["shore"].choices] == ["left", "right"]


def test_texts_come_in_the_language_asked_for(city: Catalogue) -> None:
    names, prompts = city.city.names, city.details["place"].prompts
    assert (names.get("en"), names.get("zh"), names.get("fr")) == ("Rivulet", "小河市", "小河市")
    assert prompts.get("en") == ("Where?", "Which place?")
    assert prompts.get("zh") == ("在哪儿？", "哪个地方？")
