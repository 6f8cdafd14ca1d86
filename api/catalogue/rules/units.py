"""Units: who handles cases, by level and type."""

from dataclasses import dataclass
from enum import StrEnum

from api.catalogue.rules.texts import Text


class Level(StrEnum):
    """The tier that a unit belongs to."""

    CITY = "city"
    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"


@dataclass(frozen=True, slots=True)
class UnitType:
    """A sort of unit (承办单位). Of a territorial type there is one a place of its level.

    Where no unit of this type covers a place, one of the type `falls_back_to` answers for it: a
    district's desk where a forest farm has no street office.
    """

    key: str
    names: Text
    level: Level
    falls_back_to: str | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """Who handles a case. `covers` lists territory codes; empty means the whole city.

    `phone_is_example` marks an invented number that must be shown as such.
    """

    code: str
    type: str
    names: Text
    level: Level
    covers: tuple[str, ...] = ()
    phone: str | None = None
    phone_is_example: bool = False
