"""List the catalogue's choices in the reader's language."""

from collections.abc import Iterator
from itertools import groupby

from api.catalogue.rules.categories import RequestKind
from api.catalogue.rules.units import Level
from api.console.view.reader import Reader

Group = tuple[str, list[tuple[str, str]]]
"""The name of a group, and its values with their words."""


def units(reader: Reader, street: str | None = None) -> Iterator[Group]:
    """Yield all units, grouped by tier, the city's first.

    Communities, of which a city has a thousand, are limited to those of one street.
    """
    tiers = list(Level)
    catalogue = reader.context.desk.catalogue
    near = {place.code for place in catalogue.territory.children(street)} if street else set()
    offered = (
        unit
        for unit in catalogue.units.values()
        if unit.level is not Level.COMMUNITY or not near.isdisjoint(unit.covers)
    )
    every = sorted(offered, key=lambda unit: tiers.index(unit.level))
    for level, found in groupby(every, key=lambda unit: unit.level):
        yield reader.say(f"level_{level}"), [(unit.code, reader.name(unit.names)) for unit in found]


def categories(reader: Reader) -> Iterator[Group]:
    """Yield all second-level categories, grouped by the first level."""
    catalogue = reader.context.desk.catalogue
    for first in catalogue.first_level.values():
        below = [(child.code, reader.name(child.names)) for child in catalogue.children(first.code)]
        yield reader.name(first.names), below


def whole_categories(reader: Reader) -> Iterator[Group]:
    """Yield all categories; each group begins with the whole first-level category."""
    first_level = reader.context.desk.catalogue.first_level
    for first, (name, below) in zip(first_level, categories(reader), strict=True):
        yield name, [(first, reader.say("queue_all_of", name=name)), *below]


def places(reader: Reader) -> Iterator[Group]:
    """Yield all streets, grouped by district; each group begins with the whole district."""
    territory = reader.context.desk.catalogue.territory
    for district in territory.districts:
        name = district.en if reader.language == "en" else district.zh
        streets = [
            (child.code, child.en if reader.language == "en" else child.zh)
            for child in territory.children(district.code)
        ]
        yield name, [(district.code, reader.say("queue_all_of", name=name)), *streets]


def details(reader: Reader) -> Iterator[Group]:
    """List the details that a citizen can be asked for, named in the reader's language."""
    every = reader.context.desk.catalogue.details.values()
    yield "", [(detail.key, reader.name(detail.names)) for detail in every]


def exclusions(reader: Reader) -> Iterator[Group]:
    """Yield the matters that are not accepted."""
    every = reader.context.desk.catalogue.exclusions.values()
    yield "", [(exclusion.key, reader.name(exclusion.names)) for exclusion in every]


def kinds(reader: Reader) -> list[tuple[str, str]]:
    """Return the kinds of request."""
    return [(kind.value, reader.say(f"kind_{kind}")) for kind in RequestKind]
