"""What the catalogue offers to choose from, in the reader's language."""

from collections.abc import Iterator
from itertools import groupby

from api.console.visit import Visit
from api.domain.catalogue import Kind, Level

Group = tuple[str, list[tuple[str, str]]]
"""The name of a group, and its values with their words."""


def units(visit: Visit, street: str | None = None) -> Iterator[Group]:
    """Give all units, grouped by tier, the city's bodies first.

    Of the communities, of which a city has a thousand, those of one street.
    """
    tiers = list(Level)
    catalogue = visit.context.desk.catalogue
    near = {place.code for place in catalogue.territory.children(street)} if street else set()
    offered = (
        unit
        for unit in catalogue.units.values()
        if unit.level is not Level.COMMUNITY or not near.isdisjoint(unit.covers)
    )
    every = sorted(offered, key=lambda unit: tiers.index(unit.level))
    for level, found in groupby(every, key=lambda unit: unit.level):
        yield visit.say(f"level_{level}"), [(one.code, visit.name(one.names)) for one in found]


def categories(visit: Visit) -> Iterator[Group]:
    """Give all second-level categories, grouped by the first level."""
    catalogue = visit.context.desk.catalogue
    for first in catalogue.first_level.values():
        below = [(one.code, visit.name(one.names)) for one in catalogue.children(first.code)]
        yield visit.name(first.names), below


def whole_categories(visit: Visit) -> Iterator[Group]:
    """Give all categories, and in front of each group the whole of it."""
    first_level = visit.context.desk.catalogue.first_level
    for first, (name, below) in zip(first_level, categories(visit), strict=True):
        yield name, [(first, visit.say("queue_all_of", name=name)), *below]


def places(visit: Visit) -> Iterator[Group]:
    """Give all streets, grouped by district, each district first as a whole."""
    territory = visit.context.desk.catalogue.territory
    for district in territory.districts:
        name = district.en if visit.language == "en" else district.zh
        streets = [
            (one.code, one.en if visit.language == "en" else one.zh)
            for one in territory.children(district.code)
        ]
        yield name, [(district.code, visit.say("queue_all_of", name=name)), *streets]


def details(visit: Visit) -> Iterator[Group]:
    """Give what a citizen can be asked to add."""
    every = visit.context.desk.catalogue.details.values()
    yield "", [(one.key, visit.name(one.names)) for one in every]


def exclusions(visit: Visit) -> Iterator[Group]:
    """Give the matters that are not accepted."""
    every = visit.context.desk.catalogue.exclusions.values()
    yield "", [(one.key, visit.name(one.names)) for one in every]


def kinds(visit: Visit) -> list[tuple[str, str]]:
    """Give what a citizen can want."""
    return [(one.value, visit.say(f"kind_{one}")) for one in Kind]
