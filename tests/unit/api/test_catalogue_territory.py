"""Places of the city: what is there, what lies in what, and what a name means."""

import json
import re
from collections import Counter

import pytest

from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.rules.territory import PlaceLevel, Territory, TerritoryPlace, territory_export
from api.catalogue.store.loading import load_catalogue, shipped_catalogue

OVERLAY = "3201JB"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(shipped_catalogue())


@pytest.fixture(scope="module")
def territory(catalogue: Catalogue) -> Territory:
    return catalogue.territory


def test_nanjing_has_eleven_districts_and_the_new_area(territory: Territory) -> None:
    names = "玄武区 秦淮区 建邺区 鼓楼区 浦口区 栖霞区 雨花台区 江宁区 六合区 溧水区 高淳区"
    assert " ".join(d.zh for d in territory.districts if d.code != OVERLAY) == names
    assert territory.places[OVERLAY].zh == "江北新区"
    assert len(territory.districts) == 12


def test_it_has_the_streets_and_communities_of_the_source(territory: Territory) -> None:
    # 140 of the source's streets, towns and zones; 1,322 communities less 32 statistical ones.
    assert len(territory.at_level(PlaceLevel.STREET)) == 140
    assert len(territory.at_level(PlaceLevel.COMMUNITY)) == 1290


def test_every_place_lies_in_one_of_the_level_above(territory: Territory) -> None:
    for place in territory.places.values():
        if place.level is PlaceLevel.DISTRICT:
            assert place.parent is None
        else:
            assert place.parent is not None
            assert territory.places[place.parent].level.depth == place.level.depth - 1
            assert place.code.startswith(place.parent)


def test_communities_are_named_as_people_say_them(territory: Territory) -> None:
    for place in territory.at_level(PlaceLevel.COMMUNITY):
        assert not re.search(r"居委|村委|委员会|虚拟", place.zh), place
        assert place.zh.endswith(("社区", "村")), place


def test_names_within_one_street_differ(territory: Territory) -> None:
    counted = Counter((p.parent, p.zh) for p in territory.at_level(PlaceLevel.COMMUNITY))
    assert [key for key, times in counted.items() if times > 1] == []


def test_streets_have_english_names_of_their_own(territory: Territory) -> None:
    named = (*territory.districts, *territory.at_level(PlaceLevel.STREET))
    assert all(re.fullmatch(r"[A-Za-z' ()\u2013-]+", place.en) for place in named)
    assert len({place.en for place in named}) == len(named)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("秦淮区", "320104"),
        ("秦淮", "320104"),
        ("夫子庙", "320104002"),
        ("夫子庙街道", "320104002"),
        ("qinhuai", "320104"),
        ("Fuzimiao Subdistrict", "320104002"),
        ("江北", OVERLAY),
        ("软件谷", "320114402"),
        ("竹镇", "320116110"),
        (" 高淳 ", "320118"),
    ],
)
def test_a_short_name_means_the_place_that_people_mean(
    territory: Territory, name: str, code: str
) -> None:
    found = territory.resolve(name)
    assert found is not None
    assert found.code == code


def test_a_districts_name_is_the_district_though_others_share_it(territory: Territory) -> None:
    assert [p.level for p in territory.candidates("江宁")] == list(PlaceLevel)
    found = territory.resolve("江宁")
    assert found is not None
    assert found.zh == "江宁区"


def test_a_name_of_a_street_and_of_a_community_in_it_is_the_street(territory: Territory) -> None:
    assert [p.zh for p in territory.candidates("汤山")] == ["汤山街道", "汤山社区"]
    found = territory.resolve("汤山")
    assert found is not None
    assert found.zh == "汤山街道"


@pytest.mark.parametrize("name", ["新街口", "板桥", "永宁", "凤凰"])
def test_an_ambiguous_name_is_not_guessed_but_its_candidates_are_told(
    territory: Territory, name: str
) -> None:
    assert territory.resolve(name) is None
    assert len(territory.candidates(name)) >= 2


def test_what_is_known_around_a_name_makes_it_clear(territory: Territory) -> None:
    found = territory.resolve("凤凰", within="320106")
    assert found is not None
    assert found.zh == "凤凰街道"


def test_a_name_nobody_knows_means_nothing(territory: Territory) -> None:
    assert territory.candidates("陆家嘴") == ()
    assert territory.resolve("陆家嘴") is None
    assert territory.resolve("") is None


def test_the_new_area_manages_seven_streets_that_keep_their_district(territory: Territory) -> None:
    streets = territory.children(OVERLAY)
    names = ["泰山", "顶山", "沿江", "盘城", "大厂", "葛塘", "长芦"]
    assert [s.zh for s in streets] == [f"{name}街道" for name in names]
    for street in streets:
        by_map = territory.chain(street.code)[-1]
        assert by_map.zh in ("浦口区", "六合区")
        assert territory.lineage(street.code) == (street.code, OVERLAY, by_map.code)
        assert territory.contains(OVERLAY, street.code)
        assert territory.contains(by_map.code, street.code)
        assert street in territory.children(by_map.code)


def test_a_community_knows_its_street_and_district(territory: Territory) -> None:
    code = "320104002009"
    assert [p.zh for p in territory.chain(code)] == ["金陵路社区", "夫子庙街道", "秦淮区"]
    assert territory.street_of(code) == territory.get("320104002")
    assert territory.chain("nowhere") == ()
    assert territory.street_of("320104") is None


def test_full_names_come_before_short_ones() -> None:
    places = [
        TerritoryPlace(
            "990101", PlaceLevel.DISTRICT, None, "双河区", "Twin Brook District", ("双河",)
        ),
        TerritoryPlace("990102", PlaceLevel.DISTRICT, None, "双河", "Twin Brook"),
    ]
    territory = Territory({place.code: place for place in places})
    assert [p.code for p in territory.candidates("双河")] == ["990102"]


def test_the_export_is_plain_data_with_every_place(catalogue: Catalogue) -> None:
    exported = json.loads(json.dumps(territory_export(catalogue.territory), ensure_ascii=False))
    areas = {area["code"]: area for area in exported["areas"]}
    assert areas.keys() == catalogue.territory.places.keys()
    assert areas["320104002"] == {
        "code": "320104002",
        "name": "夫子庙街道",
        "level": "street",
        "parent": "320104",
        "aliases": ["Fuzimiao Subdistrict", "Fuzimiao"],
        "overlays": [],
    }
    assert areas["320114402"]["aliases"][:2] == ["软件谷", "南京软件谷"]
    assert areas["320104002009"]["aliases"] == []
    assert len(areas[OVERLAY]["overlays"]) == 7
