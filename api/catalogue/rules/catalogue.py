"""Hold a city's catalogue: what it accepts, asks for and promises.

Everything here is immutable and without I/O. `api.catalogue.store.loading` reads and checks a
folder and builds these objects. A `Catalogue` is always valid, so the look-ups below fail only for
keys that a caller invented. Words are bilingual (`Text`), because a citizen may change the language
at any time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from api.catalogue.rules.calendar import CalendarOverrides, OfficialDays
from api.catalogue.rules.categories import (
    CaseCategory,
    ExcludedMatter,
    FirstLevelCategory,
    RequestKind,
    Urgency,
)
from api.catalogue.rules.city import City
from api.catalogue.rules.details import CategoryDetail
from api.catalogue.rules.limits import TimeLimit
from api.catalogue.rules.territory import Territory
from api.catalogue.rules.units import Unit, UnitType

_TO_BE_DONE = frozenset({RequestKind.HELP, RequestKind.COMPLAINT, RequestKind.REPORT})


@dataclass(frozen=True)
class Catalogue:
    """A city's whole catalogue. `version` changes with every byte of its files."""

    version: str
    city: City
    details: Mapping[str, CategoryDetail]
    first_level: Mapping[str, FirstLevelCategory]
    categories: Mapping[str, CaseCategory]
    exclusions: Mapping[str, ExcludedMatter]
    unit_types: Mapping[str, UnitType]
    units: Mapping[str, Unit]
    calendar: CalendarOverrides
    official_days: Callable[[], OfficialDays]
    territory: Territory
    _city_wide: Mapping[str, tuple[Unit, ...]] = field(init=False, repr=False, compare=False)
    _covering: Mapping[tuple[str, str], tuple[Unit, ...]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        city_wide: dict[str, tuple[Unit, ...]] = {}
        covering: dict[tuple[str, str], tuple[Unit, ...]] = {}
        for unit in self.units.values():
            if not unit.covers:
                city_wide[unit.type] = (*city_wide.get(unit.type, ()), unit)
            for code in unit.covers:
                covering[unit.type, code] = (*covering.get((unit.type, code), ()), unit)
        object.__setattr__(self, "_city_wide", city_wide)
        object.__setattr__(self, "_covering", covering)

    def children(self, first_level: str) -> tuple[CaseCategory, ...]:
        """Return the second-level categories of a first-level code, in the order of the file."""
        return tuple(c for c in self.categories.values() if c.parent == first_level)

    def limit_of(
        self, category: CaseCategory, kind: RequestKind, urgency: Urgency | None = None
    ) -> TimeLimit:
        """Return the time limit of a case of this category and kind.

        If an urgency applies to the kind, its limit is used. Otherwise the shorter limit of
        category and kind is used. `urgency` overrides the category's own.
        """
        rule = self.city.urgency_rules.get(urgency or category.urgency)
        if rule is not None and kind in rule.kinds:
            return rule.limit
        candidates = (category.limit, self.city.kind_limits.get(kind, category.limit))
        return min(candidates, key=lambda limit: limit.rough_minutes)

    def needs_evidence(self, category: str, kind: RequestKind) -> bool:
        """Return whether a reply needs a file as evidence; only for kinds that require action."""
        found = self.categories.get(category)
        return found is not None and found.evidence and kind in _TO_BE_DONE

    def units_for(self, unit_type: str, place: str | None) -> tuple[Unit, ...]:
        """Return the units of `unit_type` that are responsible for the territory code `place`.

        Units for the narrowest territory around the place have priority over those for the whole
        city. It is empty when no unit is responsible (a street's matter without a place).
        """
        lineage = self.territory.lineage(place) if place else ()
        asked: str | None = unit_type
        while asked is not None:
            for code in lineage:
                if found := self._covering.get((asked, code)):
                    return found
            if found := self._city_wide.get(asked, ()):
                return found
            asked = self.unit_types[asked].falls_back_to if asked in self.unit_types else None
        return ()

    def unit_for(self, unit_type: str, place: str | None) -> Unit | None:
        """Return the responsible unit of `unit_type` for `place`; None when there are several."""
        found = self.units_for(unit_type, place)
        return found[0] if len(found) == 1 else None
