"""Passwords of staff: argon2id, at one of the costs that OWASP names as equally strong.

7 MiB and five passes rather than 19 MiB and two: memory that a thread has once taken stays with the
process, and several people sign in at once. A hash made at another cost is made anew when its owner
next signs in.
"""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=5, memory_cost=7_168, parallelism=1)


def hashed(password: str) -> str:
    """Make a salted hash of a password; slow on purpose."""
    return _HASHER.hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """Tell whether the password is the one that was hashed.

    Without a hash it takes as long as with one, and is always False: how long an answer takes must
    not tell whether there is such an account.
    """
    try:
        _HASHER.verify(password_hash or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def stale(password_hash: str) -> bool:
    """Tell whether a hash was made at another cost than today's."""
    return _HASHER.check_needs_rehash(password_hash)


@cache
def _nobody() -> str:
    return _HASHER.hash("the password of nobody")
