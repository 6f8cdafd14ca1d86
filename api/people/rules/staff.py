"""Staff: who may sign in to the console, for how long, and how often one may try.

Everything here is plain data and arithmetic on times that are handed in. Passwords and their
hashes are the business of `api.people.service.passwords`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.errors import Conflict, Forbidden, Invalid, Limited, NotFound, Unauthenticated
from api.people.rules.actor import Actor, Role

STAFF_ROLES = (Role.CLERK, Role.UNIT, Role.LEADER, Role.SUPERVISOR, Role.ADMIN)
"""The roles of people, in the order in which they are offered."""

SESSION = timedelta(hours=12)
"""How long one stays signed in: a shift. There is no renewal; the next shift signs in anew."""

DEVICE = timedelta(days=90)
"""How long a browser remembers that somebody signed in with it, after the last time."""

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


class LoginTaken(Conflict):
    """Somebody already signs in by this name."""

    code = "login_taken"


class LoginInvalid(Invalid):
    """A login is 2 to 40 of a-z 0-9 . _ - and begins with a letter or digit."""

    code = "login_invalid"


class PasswordTooShort(Invalid):
    """The password is shorter than `shortest` characters."""

    code = "password_too_short"


class StaffUnknown(NotFound):
    """Nobody signs in by this name."""

    code = "staff_unknown"


class CredentialsWrong(Unauthenticated):
    """Login and password do not belong together, or the account is closed; which, is not told."""

    code = "credentials_wrong"


class SessionEnded(Unauthenticated):
    """The session was ended, has expired, or its account was closed."""

    code = "session_ended"


class TooManyAttempts(Limited):
    """Too many failed attempts; the next is heard in `minutes`."""

    code = "too_many_attempts"


class IdentityHidden(Forbidden):
    """The citizen's identity is not for this reader."""

    code = "identity_hidden"


@dataclass(frozen=True, slots=True)
class Staff:
    """One account. `unit` is set for the role unit, and for a leader who stands for one.

    `name` is what colleagues and the history show; `title` what a citizen is told of a leader.
    `demo` marks an account whose password is published: it works in demo mode only.
    """

    id: str
    login: str
    name: str
    role: Role
    unit: str | None = None
    title: str | None = None
    active: bool = True
    demo: bool = False

    @property
    def actor(self) -> Actor:
        """The person as the case service knows them."""
        return Actor(self.id, self.role, self.name, self.unit if self.role is Role.UNIT else None)


def normal_login(text: str) -> str:
    """Bring a login to its one form.

    Raises:
        LoginInvalid: it cannot be one.
    """
    login = text.strip().casefold()
    if not _LOGIN.fullmatch(login):
        raise LoginInvalid
    return login


def check_place(role: Role, unit: str | None, units: Iterable[str]) -> None:
    """Check that the role is one of people, and that it has a unit exactly where it needs one.

    Raises:
        ValueError: a role or a unit that an account cannot have.
    """
    if role not in STAFF_ROLES:
        raise ValueError(f"no account has the role {role}")
    if role is Role.UNIT and unit is None:
        raise ValueError("the role unit needs a unit")
    if unit is not None and role not in (Role.UNIT, Role.LEADER):
        raise ValueError("a unit goes with the roles unit and leader only")
    if unit is not None and unit not in set(units):
        raise ValueError(f"the catalogue has no unit {unit}")


ATTEMPTS_SPAN = timedelta(minutes=15)
"""How long a failed attempt counts."""


@dataclass(frozen=True, slots=True)
class Slowing:
    """After `free` failed attempts the next is heard `first` later, then twice that, to `longest`.

    A short longest delay lets holders in while strangers go on trying.
    """

    free: int
    first: timedelta
    longest: timedelta

    def heard_at(self, failed: Sequence[datetime]) -> datetime | None:
        """Tell from when on the next attempt is heard; None for at once."""
        beyond = len(failed) - self.free
        if beyond < 0:
            return None
        # Doubling ends long before the number of attempts can be large.
        return failed[-1] + min(self.longest, self.first * (1 << min(beyond, 16)))


_GUESSING = Slowing(5, timedelta(minutes=1), ATTEMPTS_SPAN)

ATTEMPTS = {
    "device": _GUESSING,
    "pair": _GUESSING,
    "login": Slowing(20, timedelta(seconds=5), timedelta(seconds=30)),
    "address": Slowing(40, timedelta(seconds=1), timedelta(seconds=5)),
}
"""How failed attempts slow the next: of a name in a browser that it signed in from before, of a
name from one address, of a name from anywhere, of all names from one address. The first alone
counts in such a browser, and the second alone at an address that the name signed in from before:
what strangers do does not keep its holder out."""


def check_attempts(failed: Sequence[datetime], slowing: Slowing, now: datetime) -> None:
    """Let an attempt pass or not, after those that `failed` within the span, oldest first.

    Raises:
        TooManyAttempts: too many failed lately.
    """
    heard_at = slowing.heard_at(failed)
    if heard_at is not None and now < heard_at:
        raise TooManyAttempts(minutes=max(1, -int(-(heard_at - now).total_seconds() // 60)))
