"""What a citizen said: their words, where and when it was, and how they want to be known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ContactMode(StrEnum):
    """How the citizen is known: to the unit too, to the hotline only, or to nobody."""

    NAMED = "named"
    CONFIDENTIAL = "confidential"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class CitizenContact:
    """The citizen's identity as given; name and phone are personal data."""

    mode: ContactMode
    name: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """Where it is: the citizen's words, territory codes, and the parts of an address in them."""

    text: str
    district: str | None = None
    street: str | None = None
    community: str | None = None
    parts: Mapping[str, str] = field(default_factory=dict)

    @property
    def narrowest(self) -> str | None:
        """The code of the smallest territory known."""
        return self.community or self.street or self.district


@dataclass(frozen=True, slots=True)
class MatterTime:
    """When it was: the citizen's words, and what they come to."""

    text: str
    start: datetime | None = None
    end: datetime | None = None
    recurrence: str | None = None


@dataclass(frozen=True, slots=True)
class Matter:
    """What the citizen said: personal words, kept encrypted."""

    happened: str
    place: Location | None = None
    time: MatterTime | None = None
    demand: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """All free text, for rules that look for marks in it."""
        return "\n".join(part for part in (self.happened, self.demand) if part)
