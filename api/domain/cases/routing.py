"""Who solves first: the street where it is, then the district, then the department in charge.

A past ruling on the same matter at the same place comes before all of these, because it binds. Of
several units that answer for a place equally well, the one with the least in hand takes it.

Routing explains itself: each answer carries its reasons in order, as codes with what they name.
Where the street is not known the district's desk takes it; where routing is not sure at all it says
so, and a clerk decides within the hour.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.rules.categories import CaseCategory, ExcludedMatter
from api.catalogue.rules.texts import Text
from api.catalogue.rules.units import Level, Unit

OTHER = "99"
"""The first-level category of what fits nowhere: it says nothing about who is in charge."""

Param: TypeAlias = str | Text


@dataclass(frozen=True, slots=True)
class CodedReason:
    """One reason: a stable code, and what its sentence names."""

    code: str
    params: Mapping[str, Param]


@dataclass(frozen=True, slots=True)
class Route:
    """Where a case goes. Without a unit a clerk decides; `because` says why in either case."""

    unit: Unit | None
    because: tuple[CodedReason, ...]


@dataclass(frozen=True, slots=True)
class Ruling:
    """A person's word in place of routing; `answered`: the unit has answered already, on line."""

    unit: Unit
    because: tuple[CodedReason, ...]
    answered: bool = False


ANYWHERE = ""
"""Stands for a place in a ruling that holds for the whole city."""


def nothing_in_hand(units: Sequence[str]) -> Mapping[str, int]:
    """Tell of no open cases: where load does not matter."""
    return dict.fromkeys(units, 0)


@dataclass(frozen=True, slots=True)
class Experience:
    """What routing knows beside the catalogue.

    Attributes:
        rulings: past rulings on the category, from territory code (or `ANYWHERE`) to unit code.
        load: open cases by unit, asked only where several units could take the case.
    """

    rulings: Mapping[str, str] = field(default_factory=dict)
    load: Callable[[Sequence[str]], Mapping[str, int]] = nothing_in_hand


NO_EXPERIENCE = Experience()

_SOLVES = {
    Level.COMMUNITY: "community_solves",
    Level.STREET: "street_solves_first",
    Level.DISTRICT: "district_solves",
    Level.CITY: "department_in_charge",
}


def route(
    catalogue: Catalogue,
    category: CaseCategory,
    *,
    place: str | None,
    confidence: float | None,
    words: str,
    sure: float,
    experience: Experience = NO_EXPERIENCE,
) -> Route:
    """Choose the unit for a new case, or say why a clerk has to.

    Args:
        catalogue: the city's units and territory.
        category: what the matter was filed under.
        place: the code of the narrowest territory known, or None.
        confidence: how sure the category is, 0 to 1; None when the citizen chose or confirmed it.
        words: what the citizen said, searched for the marks of an exclusion.
        sure: the least confidence that is acted upon.
        experience: past rulings on the category, and what the units have in hand.
    """
    about = {"category": category.names}
    if (exclusion := exclusion_in(catalogue, words)) is not None:
        return _clerk("exclusion_may_apply", exclusion=exclusion.names)
    if category.parent == OTHER:
        return _clerk("category_open", **about)
    if confidence is not None and confidence < sure:
        return _clerk("category_unsure", **about)
    lineage = catalogue.territory.lineage(place) if place else ()
    if (ruled := _ruled(catalogue, category, lineage, experience.rulings)) is not None:
        return ruled
    territorial = catalogue.unit_types[category.unit_type].level is not Level.CITY
    if territorial and place is None:
        return _clerk("place_unknown", **about)

    for unit_type in filter(None, (category.unit_type, category.department)):
        found = catalogue.units_for(unit_type, place)
        if not found:
            continue
        unit, chosen = _of_equals(found, experience)
        because = (_solver(catalogue, unit, category, lineage), *chosen)
        if unit.type != category.unit_type:
            # The street would have come first, had the place been known as closely.
            because = (CodedReason("narrower_place_unknown", about), *because)
        return Route(unit, because)
    return _clerk("place_unknown" if place is None else "unit_not_found", **about)


def exclusion_in(catalogue: Catalogue, words: str) -> ExcludedMatter | None:
    """Find the first exclusion that has a mark in `words`. A mark is a hint, never a verdict."""
    folded = words.casefold()
    for exclusion in catalogue.exclusions.values():
        if any(mark.casefold() in folded for mark in (*exclusion.words.zh, *exclusion.words.en)):
            return exclusion
    return None


def _clerk(code: str, **params: Param) -> Route:
    return Route(None, (CodedReason(code, params),))


def _ruled(
    catalogue: Catalogue, category: CaseCategory, lineage: Sequence[str], rulings: Mapping[str, str]
) -> Route | None:
    """Follow the ruling on the narrowest place; one for a unit that is gone is passed over."""
    for code in (*lineage, ANYWHERE):
        unit = catalogue.units.get(rulings.get(code, ""))
        if unit is not None:
            params: dict[str, Param] = {"unit": unit.names, "category": category.names}
            if code:
                where = catalogue.territory.places[code]
                params["place"] = Text(zh=where.zh, en=where.en)
            return Route(unit, (CodedReason("ruled_before", params),))
    return None


def _of_equals(
    units: tuple[Unit, ...], experience: Experience
) -> tuple[Unit, tuple[CodedReason, ...]]:
    """Choose the unit with the least in hand; the first in the catalogue's order of several."""
    if len(units) == 1:
        return units[0], ()
    load = experience.load([unit.code for unit in units])
    unit = min(units, key=lambda candidate: load.get(candidate.code, 0))
    params: dict[str, Param] = {"unit": unit.names, "count": str(load.get(unit.code, 0))}
    return unit, (CodedReason("least_in_hand", params),)


def _solver(
    catalogue: Catalogue, unit: Unit, category: CaseCategory, lineage: Sequence[str]
) -> CodedReason:
    params: dict[str, Param] = {"unit": unit.names, "category": category.names}
    covered = next((code for code in lineage if code in unit.covers), None)
    if covered is not None:
        where = catalogue.territory.places[covered]
        params["place"] = Text(zh=where.zh, en=where.en)
    return CodedReason(_SOLVES[unit.level], params)
