"""The tiers of a city: small matters stay near, big ones go up (社区 → 街道 → 区 → 市)."""

from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.rules.categories import CaseCategory
from api.catalogue.rules.units import Level, Unit

LADDER = (Level.COMMUNITY, Level.STREET, Level.DISTRICT, Level.CITY)
"""From the nearest tier to the widest."""


def is_step(catalogue: Catalogue, held_by: str | None, to: Unit, step: int) -> bool:
    """Tell whether `to` stands above (`step` 1) or below (-1) the unit that holds a case.

    A unit that the catalogue has no longer is on no tier: any other will do.
    """
    holder = catalogue.units.get(held_by) if held_by else None
    if holder is None:
        return True
    return (LADDER.index(to.level) - LADDER.index(holder.level)) * step > 0


def neighbour(
    catalogue: Catalogue, held_by: str | None, category: CaseCategory, place: str | None, step: int
) -> Unit | None:
    """Find who is in charge of a matter one tier above or below; None where nobody surely is.

    What the category names comes first, then the unit that answers for the place as such; in the
    city's tier nobody is in charge but what the category names.
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
