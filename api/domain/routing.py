"""Who solves first: the street where it is, then the district, then the department in charge.

Routing explains itself: each answer carries its reasons in order, as codes with what they name.
Where it is not sure it says so, and a clerk decides within the hour.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from api.domain.catalogue import Catalogue, Category, Exclusion, Level, Text, Unit

OTHER = "99"
"""The first-level category of what fits nowhere: it says nothing about who is in charge."""

Param: TypeAlias = str | Text


@dataclass(frozen=True, slots=True)
class Because:
    """One reason: a stable code, and what its sentence names."""

    code: str
    params: Mapping[str, Param]


@dataclass(frozen=True, slots=True)
class Route:
    """Where a case goes. Without a unit a clerk decides; `because` says why in either case."""

    unit: Unit | None
    because: tuple[Because, ...]


@dataclass(frozen=True, slots=True)
class Ruling:
    """A person's word in place of routing; `answered`: the unit has answered already, on line."""

    unit: Unit
    because: tuple[Because, ...]
    answered: bool = False


_SOLVES = {
    Level.STREET: "street_solves_first",
    Level.DISTRICT: "district_solves",
    Level.CITY: "department_in_charge",
}


def route(
    catalogue: Catalogue,
    category: Category,
    *,
    place: str | None,
    confidence: float | None,
    words: str,
    sure: float,
) -> Route:
    """Choose the unit for a new case, or say why a clerk has to.

    Args:
        catalogue: the city's units and territory.
        category: what the matter was filed under.
        place: the code of the narrowest territory known, or None.
        confidence: how sure the category is, 0 to 1; None when the citizen chose or confirmed it.
        words: what the citizen said, searched for the marks of an exclusion.
        sure: the least confidence that is acted upon.
    """
    about = {"category": category.names}
    if (exclusion := exclusion_in(catalogue, words)) is not None:
        return _clerk("exclusion_may_apply", exclusion=exclusion.names)
    if category.parent == OTHER:
        return _clerk("category_open", **about)
    if confidence is not None and confidence < sure:
        return _clerk("category_unsure", **about)
    territorial = catalogue.unit_types[category.unit_type].level is not Level.CITY
    if territorial and place is None:
        return _clerk("place_unknown", **about)

    for unit_type in filter(None, (category.unit_type, category.department)):
        unit = catalogue.unit_for(unit_type, place)
        if unit is not None:
            solver = _solver(catalogue, unit, category, place)
            if unit.type == category.unit_type:
                return Route(unit, (solver,))
            # The street would have come first, had the place been known as closely.
            return Route(unit, (Because("narrower_place_unknown", about), solver))
    return _clerk("place_unknown" if place is None else "unit_not_found", **about)


def exclusion_in(catalogue: Catalogue, words: str) -> Exclusion | None:
    """Find the first exclusion that has a mark in `words`. A mark is a hint, never a verdict."""
    folded = words.casefold()
    for exclusion in catalogue.exclusions.values():
        if any(mark.casefold() in folded for mark in (*exclusion.words.zh, *exclusion.words.en)):
            return exclusion
    return None


def _clerk(code: str, **params: Param) -> Route:
    return Route(None, (Because(code, params),))


def _solver(catalogue: Catalogue, unit: Unit, category: Category, place: str | None) -> Because:
    params: dict[str, Param] = {"unit": unit.names, "category": category.names}
    lineage = catalogue.territory.lineage(place) if place else ()
    covered = next((code for code in lineage if code in unit.covers), None)
    if covered is not None:
        where = catalogue.territory.places[covered]
        params["place"] = Text(zh=where.zh, en=where.en)
    return Because(_SOLVES[unit.level], params)
