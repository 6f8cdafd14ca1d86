"""Passwords of staff: argon2id, at the cost that OWASP names as the least.

19 MiB and two passes take about 20 ms and little enough memory that several people can sign in at
once beside everything else that the process does. A hash made at another cost is made anew when its
owner next signs in.
"""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_NOBODY = _HASHER.hash("the password of nobody")


def hashed(password: str) -> str:
    """Make a salted hash of a password; slow on purpose."""
    return _HASHER.hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """Tell whether the password is the one that was hashed.

    Without a hash it takes as long as with one, and is always False: how long an answer takes must
    not tell whether there is such an account.
    """
    try:
        _HASHER.verify(password_hash or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def stale(password_hash: str) -> bool:
    """Tell whether a hash was made at another cost than today's."""
    return _HASHER.check_needs_rehash(password_hash)
