"""Define the units that handle cases, by level and type."""

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
    """A type of unit (承办单位). A territorial type has one unit for each place of its level.

    If no unit of this type covers a place, one of the type `falls_back_to` is responsible: for
    example the district's desk where a forest farm has no street office.
    """

    key: str
    names: Text
    level: Level
    falls_back_to: str | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that handles cases. `covers` lists territory codes; empty means the whole city.

    `phone_is_example` marks an invented number, which must be shown as an example.
    """

    code: str
    type: str
    names: Text
    level: Level
    covers: tuple[str, ...] = ()
    phone: str | None = None
    phone_is_example: bool = False
