"""Hash passwords of staff with argon2id, with one of OWASP's equally strong parameter sets.

It uses 7 MiB and five passes instead of 19 MiB and two, because memory of a thread stays with the
process and several people sign in at once. A hash with other parameters is replaced when its owner
next signs in.
"""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=5, memory_cost=7_168, parallelism=1)


def hashed(password: str) -> str:
    """Make a salted hash of a password; it is slow on purpose."""
    return _HASHER.hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """Return whether the password matches the hash.

    Without a hash it takes as long as with one and returns False, so that the time does not show
    whether there is such an account.
    """
    try:
        _HASHER.verify(password_hash or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def stale(password_hash: str) -> bool:
    """Return whether a hash has other parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


@cache
def _nobody() -> str:
    return _HASHER.hash("the password of nobody")
