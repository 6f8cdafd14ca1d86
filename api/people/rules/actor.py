"""Define the actor of a request, and the roles."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Role in the work on cases. The first two are never given to a token."""

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
"""Roles that work on every case. An admin runs the system and reads no cases."""


@dataclass(frozen=True, slots=True)
class Actor:
    """The actor of a request: `id` is stable (of the token), `unit` is set only for the role unit.

    A service that acts for a citizen has the citizen's `contact_point` and has exactly that
    citizen's rights in this call; it has no own rights on cases.
    """

    id: str
    role: Role
    name: str | None = None
    unit: str | None = None
    contact_point: str | None = None

    @property
    def acts_as(self) -> Role:
        """The role in the life cycle and the history."""
        if self.role is Role.SERVICE and self.contact_point is not None:
            return Role.CITIZEN
        return self.role


SYSTEM = Actor("system", Role.SYSTEM)
"""The service itself, for automatic moves."""
