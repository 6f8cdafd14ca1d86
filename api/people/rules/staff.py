"""Define staff accounts, the lifetime of sessions, and the limits of sign-in attempts.

It has only plain data and arithmetic on given times. `api.people.service.passwords` handles
passwords and their hashes.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.errors import Conflict, Forbidden, Invalid, Limited, NotFound, Unauthenticated
from api.people.rules.actor import Actor, Role

STAFF_ROLES = (Role.CLERK, Role.UNIT, Role.LEADER, Role.SUPERVISOR, Role.ADMIN)
"""The roles of staff, in the order in which they are offered."""

SESSION = timedelta(hours=12)
"""Lifetime of a session: one shift. It is not renewed; the next shift signs in again."""

DEVICE = timedelta(days=90)
"""How long a browser is known after its last sign-in."""

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


class LoginTaken(Conflict):
    """Another account has this login."""

    code = "login_taken"


class LoginInvalid(Invalid):
    """A login is 2 to 40 of a-z 0-9 . _ - and begins with a letter or digit."""

    code = "login_invalid"


class PasswordTooShort(Invalid):
    """The password is shorter than `shortest` characters."""

    code = "password_too_short"


class StaffUnknown(NotFound):
    """There is no account with this login."""

    code = "staff_unknown"


class CredentialsWrong(Unauthenticated):
    """Login or password is wrong, or the account is closed; the answer does not say which."""

    code = "credentials_wrong"


class SessionEnded(Unauthenticated):
    """The session was ended, has expired, or its account was closed."""

    code = "session_ended"


class TooManyAttempts(Limited):
    """Too many failed attempts; the next one is allowed in `minutes`."""

    code = "too_many_attempts"


class IdentityHidden(Forbidden):
    """This reader may not see the citizen's identity."""

    code = "identity_hidden"


@dataclass(frozen=True, slots=True)
class Staff:
    """One account. `unit` is set for the role unit, and for a leader of a unit.

    `name` is shown to colleagues and in the history, `title` to a leader's citizens. `demo` marks
    an account with a public password, which works only in demo mode.
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
        """Return the account as an actor."""
        return Actor(self.id, self.role, self.name, self.unit if self.role is Role.UNIT else None)


def normal_login(text: str) -> str:
    """Normalise a login.

    Raises:
        LoginInvalid: it is not a valid login.
    """
    login = text.strip().casefold()
    if not _LOGIN.fullmatch(login):
        raise LoginInvalid
    return login


def check_place(role: Role, unit: str | None, units: Iterable[str]) -> None:
    """Check that the role is one of staff, and that it has a unit exactly if needed.

    Raises:
        ValueError: an account cannot have this role or unit.
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
class SignInBackoff:
    """Back-off of sign-in: after `free` failures a wait of `first`, doubled up to `longest`.

    With a short `longest` the account's owner can still sign in while strangers try.
    """

    free: int
    first: timedelta
    longest: timedelta

    def heard_at(self, failed: Sequence[datetime]) -> datetime | None:
        """Return when the next attempt is allowed; None for at once."""
        beyond = len(failed) - self.free
        if beyond < 0:
            return None
        # The doubling ends long before the number of attempts is large.
        return failed[-1] + min(self.longest, self.first * (1 << min(beyond, 16)))


_GUESSING = SignInBackoff(5, timedelta(minutes=1), ATTEMPTS_SPAN)

ATTEMPTS = {
    "device": _GUESSING,
    "pair": _GUESSING,
    "login": SignInBackoff(20, timedelta(seconds=5), timedelta(seconds=30)),
    "address": SignInBackoff(40, timedelta(seconds=1), timedelta(seconds=5)),
}
"""Back-off by the kind of key: a login in a known browser, a login from one address, a login from
anywhere, all logins from one address. In a known browser only the first one counts, and at a known
address only the second one, so that strangers cannot lock out the owner."""


def check_attempts(failed: Sequence[datetime], slowing: SignInBackoff, now: datetime) -> None:
    """Check whether an attempt is allowed after the `failed` ones in the span, oldest first.

    Raises:
        TooManyAttempts: too many attempts failed recently.
    """
    heard_at = slowing.heard_at(failed)
    if heard_at is not None and now < heard_at:
        raise TooManyAttempts(minutes=max(1, -int(-(heard_at - now).total_seconds() // 60)))
