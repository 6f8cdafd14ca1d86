"""Convert the words of a search to conditions that an index supports.

Citizens' words are encrypted, so the database cannot search them, and a plain index of all words
would reveal them. The search covers the plain columns: the number, the category by the catalogue's
names and words, the place, the unit.
"""

import re
from dataclasses import dataclass, replace

from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.rules.territory import PlaceLevel
from api.store.cases.queue import CaseQuery

_NUMBER = re.compile(r"\d{4,8}(-\d{0,9}(-\d?)?)?", re.ASCII)
_MOST_TERMS = 5


@dataclass(frozen=True, slots=True)
class Search:
    """Result of a search; `unknown` are words without a match."""

    asked: CaseQuery
    unknown: tuple[str, ...] = ()


def search(catalogue: Catalogue, words: str, asked: CaseQuery) -> Search:
    """Restrict `asked` by each of the words, which are separated by spaces.

    A word is read as a number, else as a place, else as a category, else as a unit. A word that
    matches none of them finds no case and is returned as unknown.
    """
    unknown: list[str] = []
    for word in words.split()[:_MOST_TERMS]:
        narrowed = _narrowed(catalogue, word, asked)
        if narrowed is None:
            unknown.append(word)
        else:
            asked = narrowed
    return Search(replace(asked, nothing=True) if unknown else asked, tuple(unknown))


def streets_in(catalogue: Catalogue, *places: str) -> frozenset[str]:
    """Return the codes of all streets in places of any level, or around them."""
    territory, found = catalogue.territory, set[str]()
    for code in places:
        place = territory.get(code)
        if place is not None and place.level is PlaceLevel.DISTRICT:
            found.update(street.code for street in territory.children(code))
        elif (street := territory.street_of(code)) is not None:
            found.add(street.code)
    return frozenset(found)


def categories_of(catalogue: Catalogue, code: str) -> frozenset[str]:
    """Return the second-level codes of a code of either level."""
    if code in catalogue.first_level:
        return frozenset(child.code for child in catalogue.children(code))
    return frozenset({code})


def _narrowed(catalogue: Catalogue, word: str, asked: CaseQuery) -> CaseQuery | None:
    if _NUMBER.fullmatch(word):
        return _both(asked, number=word)
    if places := catalogue.territory.candidates(word):
        streets = streets_in(catalogue, *(place.code for place in places))
        return _both(asked, streets=streets)
    if categories := _matters(catalogue, word.casefold()):
        return _both(asked, categories=categories)
    if units := _units(catalogue, word.casefold()):
        return _both(asked, units=units)
    return None


def _both(
    asked: CaseQuery,
    *,
    number: str | None = None,
    streets: frozenset[str] = frozenset(),
    categories: frozenset[str] = frozenset(),
    units: frozenset[str] = frozenset(),
) -> CaseQuery:
    """Add a condition; contradictory conditions match no case."""
    nothing = asked.nothing
    for old, new in (
        (asked.streets, streets),
        (asked.categories, categories),
        (asked.units, units),
    ):
        nothing = nothing or bool(old and new and not old & new)
    if number is not None and asked.number is not None:
        longer, shorter = sorted((number, asked.number), key=len, reverse=True)
        nothing, number = nothing or not longer.startswith(shorter), longer
    return replace(
        asked,
        number=number or asked.number,
        streets=_narrower(asked.streets, streets),
        categories=_narrower(asked.categories, categories),
        units=_narrower(asked.units, units),
        nothing=nothing,
    )


def _narrower(old: frozenset[str], new: frozenset[str]) -> frozenset[str]:
    return old & new if old and new else old or new


def _matters(catalogue: Catalogue, word: str) -> frozenset[str]:
    """Find categories by code, by a name with the word in it, or by a word that citizens use."""
    if word in catalogue.first_level or word in catalogue.categories:
        return categories_of(catalogue, word)
    found = {
        category.code
        for category in catalogue.categories.values()
        if any(
            word in name.casefold()
            for name in (
                category.names.zh,
                category.names.en,
                *category.words.zh,
                *category.words.en,
            )
        )
    }
    for first in catalogue.first_level.values():
        if word in first.names.zh or word in first.names.en.casefold():
            found |= categories_of(catalogue, first.code)
    return frozenset(found)


def _units(catalogue: Catalogue, word: str) -> frozenset[str]:
    return frozenset(
        unit.code
        for unit in catalogue.units.values()
        if word == unit.code.casefold() or word in unit.names.zh or word in unit.names.en.casefold()
    )
