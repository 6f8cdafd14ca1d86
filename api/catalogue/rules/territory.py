"""Define the territory: districts, their streets and towns, and their communities.

In the national scheme a code begins with its parent's code, but this code uses explicit parents. An
*overlay* is an area that manages streets of other districts (江北新区 in Nanjing). Its streets keep
their administrative parent, and the overlay is responsible for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class PlaceLevel(StrEnum):
    """The three tiers of a city's territory, widest first."""

    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"

    @property
    def depth(self) -> int:
        """0 for a district, 1 for a street or town, 2 for a community."""
        return list(PlaceLevel).index(self)


@dataclass(frozen=True, slots=True)
class TerritoryPlace:
    """One named area. `overlays` lists the streets that an overlay district manages.

    `en` equals `zh` if the city gives no English name (usually for communities). `aliases` are the
    city's own further names, `short` names without the ending (秦淮 for 秦淮区).
    """

    code: str
    level: PlaceLevel
    parent: str | None
    zh: str
    en: str
    aliases: tuple[str, ...] = ()
    short: tuple[str, ...] = ()
    overlays: tuple[str, ...] = ()


@dataclass(frozen=True)
class Territory:
    """All places of a city by code, with look-ups by name."""

    places: Mapping[str, TerritoryPlace]
    _names: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)
    _aliases: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)
    _overlay: Mapping[str, str] = field(init=False, repr=False, compare=False)
    _children: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names: dict[str, tuple[str, ...]] = {}
        aliases: dict[str, tuple[str, ...]] = {}
        overlay: dict[str, str] = {}
        children: dict[str, list[str]] = {}
        for place in self.places.values():
            for name in {place.zh, place.en.casefold()}:
                names[name] = (*names.get(name, ()), place.code)
            for alias in dict.fromkeys((*place.aliases, *place.short)):
                key = alias.casefold()
                aliases[key] = (*aliases.get(key, ()), place.code)
            for street in place.overlays:
                overlay[street] = place.code
            if place.parent is not None:
                children.setdefault(place.parent, []).append(place.code)
        object.__setattr__(self, "_names", names)
        object.__setattr__(self, "_aliases", aliases)
        object.__setattr__(self, "_overlay", overlay)
        object.__setattr__(self, "_children", {k: tuple(v) for k, v in children.items()})

    def get(self, code: str) -> TerritoryPlace | None:
        """Return the place with this code, if the city has it."""
        return self.places.get(code)

    def at_level(self, level: PlaceLevel) -> tuple[TerritoryPlace, ...]:
        """Return all places of one tier, in the order of the files."""
        return tuple(place for place in self.places.values() if place.level is level)

    @property
    def districts(self) -> tuple[TerritoryPlace, ...]:
        """Return the districts, including overlays."""
        return self.at_level(PlaceLevel.DISTRICT)

    def children(self, code: str) -> tuple[TerritoryPlace, ...]:
        """Return the places directly inside; for an overlay, the streets that it manages."""
        place = self.places[code]
        inside = place.overlays or self._children.get(code, ())
        return tuple(self.places[child] for child in inside)

    def chain(self, code: str) -> tuple[TerritoryPlace, ...]:
        """Return the place and its administrative parents, narrowest first; empty if unknown."""
        found: list[TerritoryPlace] = []
        place = self.places.get(code)
        while place is not None:
            found.append(place)
            place = self.places.get(place.parent) if place.parent else None
        return tuple(found)

    def lineage(self, code: str) -> tuple[str, ...]:
        """Return the responsible areas, narrowest first: community, street, overlay, district."""
        codes: list[str] = []
        for place in self.chain(code):
            codes.append(place.code)
            if place.code in self._overlay:
                codes.append(self._overlay[place.code])
        return tuple(codes)

    def street_of(self, code: str) -> TerritoryPlace | None:
        """Return the street or town that is or contains the place."""
        return self._ancestor(code, PlaceLevel.STREET)

    def contains(self, outer: str, inner: str) -> bool:
        """Return whether `inner` is in `outer` or equal to it, by the map or by an overlay."""
        return outer in self.lineage(inner)

    def candidates(self, name: str, within: str | None = None) -> tuple[TerritoryPlace, ...]:
        """Return all places that `name` may mean, widest first.

        Full names have priority over short ones: 江宁街道 is never the short name of another place.
        `within` restricts to places inside or around that code.
        """
        key = name.strip().casefold()
        codes = self._names.get(key) or self._aliases.get(key, ())
        if within is not None:
            codes = tuple(c for c in codes if self.contains(within, c) or self.contains(c, within))
        return tuple(sorted((self.places[c] for c in codes), key=lambda p: p.level.depth))

    def resolve(self, name: str, within: str | None = None) -> TerritoryPlace | None:
        """Return the only possible place of `name`, else None.

        A district has priority: 秦淮 is never the community with that name elsewhere. Otherwise the
        result is a candidate that contains all others (汤山: a street, and a community in it),
        because it is right in any case.
        """
        found = self.candidates(name, within)
        districts = [place for place in found if place.level is PlaceLevel.DISTRICT]
        if len(districts) == 1:
            return districts[0]
        if found and all(self.contains(found[0].code, other.code) for other in found):
            return found[0]
        return None

    def _ancestor(self, code: str, level: PlaceLevel) -> TerritoryPlace | None:
        return next((place for place in self.chain(code) if place.level is level), None)


def territory_export(territory: Territory) -> dict[str, list[dict[str, object]]]:
    """Export the territory as data for a gazetteer: `{"areas": [area, ...]}`.

    An area has `code`, `name` (Chinese), `level`, `parent` and `aliases`: the city's further names
    and English ones. Chinese names without ending are not included, because the gazetteer decides
    itself where 东方 is a place and where a word. `overlays` are as in `TerritoryPlace`.
    """
    areas: list[dict[str, object]] = []
    for place in territory.places.values():
        english = (place.en, *(name for name in place.short if name.isascii()))
        names = (*place.aliases, *(english if place.en != place.zh else ()))
        areas.append(
            {
                "code": place.code,
                "name": place.zh,
                "level": place.level.value,
                "parent": place.parent,
                "aliases": list(dict.fromkeys(names)),
                "overlays": list(place.overlays),
            }
        )
    return {"areas": areas}
