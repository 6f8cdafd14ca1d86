"""Identifiers: prefixed, sortable by the time they were made, and hard to guess."""

import base64
import hashlib
import itertools
import threading
from typing import Protocol

from kernel.clock import Clock, SystemClock
from kernel.randomness import random_bytes

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, so that an identifier survives being read aloud."""

_PAIRS = tuple(high + low for high in _ALPHABET for low in _ALPHABET)
_LENGTH = 26
_RANDOM_BITS = 80


class Ids(Protocol):
    """Makes identifiers and secrets; handed in wherever either is needed."""

    def new(self, prefix: str) -> str:
        """A new identifier: `prefix`, an underscore, 26 characters of Crockford's base 32.

        Identifiers of one maker sort in the order in which they were made.
        """
        ...

    def secret(self, bytes_: int = 16) -> str:
        """`bytes_` unpredictable bytes, written URL-safe and without padding."""
        ...


class RandomIds:
    """ULIDs: 48 bits of milliseconds and 80 random bits.

    Within one millisecond the random part counts upwards, so one process's identifiers stay
    sortable. Safe to share between threads.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._last = 0

    def new(self, prefix: str) -> str:
        """A new ULID behind `prefix`."""
        milliseconds = int(self._clock.now().timestamp() * 1000)
        fresh = (milliseconds << _RANDOM_BITS) | int.from_bytes(random_bytes(_RANDOM_BITS // 8))
        with self._lock:
            # A clock that was set back must not break the order either.
            if fresh >> _RANDOM_BITS <= self._last >> _RANDOM_BITS:
                fresh = self._last + 1
            self._last = fresh
        return f"{prefix}_{_crockford(fresh)}"

    def secret(self, bytes_: int = 16) -> str:
        """Bytes of the system's own generator."""
        return base64.urlsafe_b64encode(random_bytes(bytes_)).rstrip(b"=").decode()


class SequentialIds:
    """The same identifiers in every run of a test: they count up from one, over all prefixes."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def new(self, prefix: str) -> str:
        """The next number behind `prefix`, in the shape of a real identifier."""
        return f"{prefix}_{_crockford(next(self._numbers))}"

    def secret(self, bytes_: int = 16) -> str:
        """The digest of the next number, as long as a real secret would be."""
        digest = hashlib.shake_256(str(next(self._numbers)).encode()).digest(bytes_)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _crockford(number: int) -> str:
    pairs = [_PAIRS[(number >> shift) & 1023] for shift in range((_LENGTH - 2) * 5, -1, -10)]
    return "".join(pairs)
