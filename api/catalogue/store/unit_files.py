"""The format of units.yml, territory.yml and calendar.yml."""

from datetime import date
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    model_validator,
)

from api.catalogue.rules.units import Level, UnitType
from api.catalogue.store.part import FilePart, problem
from api.catalogue.store.values import Bilingual, Hours, Key, Phone, UnitCode, Word, distinct


class UnitTypePart(FilePart):
    """One type of unit."""

    names: Bilingual
    level: Level
    falls_back_to: Key | None = None

    def unit_type(self, key: str) -> UnitType:
        """As the domain holds it."""
        return UnitType(key, self.names.text(), self.level, self.falls_back_to)


class UnitPart(FilePart):
    """One unit that is listed by hand."""

    type: Key
    names: Bilingual
    covers: Annotated[list[Word], AfterValidator(distinct)] = Field(default_factory=list)
    phone: Phone | None = None
    example_phone: Phone | None = None

    @model_validator(mode="after")
    def _one_phone(self) -> "UnitPart":
        if self.phone and self.example_phone:
            raise problem(
                "a unit with both phone and example_phone", "'phone' once the number is real"
            )
        return self


class UnitRule(FilePart):
    """One unit for each place of a level whose name ends in one of `ends_with`.

    `{code}`, `{zh}`, `{en}` and, in the example phone, `{serial}` (four digits) are filled in.
    """

    level: Literal[Level.DISTRICT, Level.STREET, Level.COMMUNITY]
    type: Key
    ends_with: Annotated[list[Word], Field(min_length=1)]
    code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9-]*\{code\}[A-Z0-9-]*$")]
    names: Bilingual
    example_phone: Annotated[str, StringConstraints(pattern=r"^[\d -]*\{serial\}$")]


class UnitsFile(FilePart):
    """units.yml."""

    types: dict[Key, UnitTypePart]
    units: dict[UnitCode, UnitPart]
    for_each_place: list[UnitRule] = Field(default_factory=list)


class ShortNames(FilePart):
    """Endings of names that people omit, by level."""

    district: list[str] = Field(default_factory=list)
    street: list[str] = Field(default_factory=list)
    community: list[str] = Field(default_factory=list)


class TerritoryFile(FilePart):
    """territory.yml; the places themselves stand in territory/*.csv."""

    endings: ShortNames


class CalendarFile(FilePart):
    """calendar.yml: the city's changes of the official calendar."""

    hours: Annotated[list[Hours], Field(min_length=1)]
    days_off: dict[date, Word] = Field(default_factory=dict)
    working_days: dict[date, Word] = Field(default_factory=dict)
