"""Who is speaking, and what of a case they may know."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What someone is in the work on a case. The first two are never given to a token."""

    CITIZEN = "citizen"
    SYSTEM = "system"
    SERVICE = "service"
    CLERK = "clerk"
    UNIT = "unit"
    LEADER = "leader"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


TOKEN_ROLES = frozenset(Role) - {Role.CITIZEN, Role.SYSTEM}

HOTLINE = frozenset({Role.CLERK, Role.LEADER, Role.SUPERVISOR})
"""Those who work on every case. An admin keeps the machine running and reads no case."""


@dataclass(frozen=True, slots=True)
class Actor:
    """One who speaks: `id` is stable (of the token), `unit` set for the role unit only.

    A service that speaks for a citizen carries the citizen's `contact_point`, and in this call is
    that citizen: it has no right of its own on cases.
    """

    id: str
    role: Role
    name: str | None = None
    unit: str | None = None
    contact_point: str | None = None

    @property
    def acts_as(self) -> Role:
        """The role that the life cycle and the history know."""
        if self.role is Role.SERVICE and self.contact_point is not None:
            return Role.CITIZEN
        return self.role


SYSTEM = Actor("system", Role.SYSTEM)
"""The service itself, when it accepts and dispatches at once."""
