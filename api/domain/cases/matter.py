"""A citizen's matter: the words, place and time of it, and how the citizen may be named."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ContactMode(StrEnum):
    """Who may know the citizen's identity: the unit too, only the hotline, or no one."""

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
    """The place: the citizen's words, territory codes, and the parts of an address in the words."""

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
    """The time: the citizen's words, and the computed value."""

    text: str
    start: datetime | None = None
    end: datetime | None = None
    recurrence: str | None = None


@dataclass(frozen=True, slots=True)
class Matter:
    """The citizen's report: personal data, stored encrypted."""

    happened: str
    place: Location | None = None
    time: MatterTime | None = None
    demand: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """All free text, for rules that search it."""
        return "\n".join(part for part in (self.happened, self.demand) if part)
