"""The tiers of a city, from the lowest to the highest: 社区 → 街道 → 区 → 市."""

from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.rules.categories import CaseCategory
from api.catalogue.rules.units import Level, Unit

LADDER = (Level.COMMUNITY, Level.STREET, Level.DISTRICT, Level.CITY)
"""The tiers, from the lowest to the highest."""


def is_step(catalogue: Catalogue, held_by: str | None, to: Unit, step: int) -> bool:
    """Return whether `to` is above (`step` 1) or below (-1) the unit that holds a case.

    A unit that is no longer in the catalogue has no tier; then any unit is accepted.
    """
    holder = catalogue.units.get(held_by) if held_by else None
    if holder is None:
        return True
    return (LADDER.index(to.level) - LADDER.index(holder.level)) * step > 0


def neighbour(
    catalogue: Catalogue, held_by: str | None, category: CaseCategory, place: str | None, step: int
) -> Unit | None:
    """Find the unit in charge of a matter one tier above or below; None if that is not certain.

    The units of the category have priority, then the general unit of the place. On the city's
    tier only the units of the category count.
    """
    holder = catalogue.units.get(held_by) if held_by else None
    if holder is None:
        return None
    rung = LADDER.index(holder.level) + step
    if not 0 <= rung < len(LADDER):
        return None
    level = LADDER[rung]
    named = [key for key in (category.unit_type, category.department) if key is not None]
    others = [] if level is Level.CITY else list(catalogue.unit_types)
    for key in (*named, *others):
        if catalogue.unit_types[key].level is level:
            unit = catalogue.unit_for(key, place)
            if unit is not None and unit.level is level:
                return unit
    return None
