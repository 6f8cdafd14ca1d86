"""Make identifiers with a prefix that sort by the time of their making and are hard to guess."""

import base64
import hashlib
import itertools
import threading
from typing import Protocol

from kernel.clock import Clock, SystemClock
from kernel.randomness import random_bytes

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: without I, L, O, U, so that identifiers can be read aloud safely."""

_PAIRS = tuple(high + low for high in _ALPHABET for low in _ALPHABET)
_LENGTH = 26
_RANDOM_BITS = 80


class Ids(Protocol):
    """Port that makes identifiers and secrets."""

    def new(self, prefix: str) -> str:
        """Return a new identifier: `prefix`, an underscore, 26 characters of Crockford's base 32.

        Identifiers of one instance sort in the order in which they were made.
        """
        ...

    def secret(self, bytes_: int = 16) -> str:
        """Return `bytes_` unpredictable bytes in URL-safe Base64 without padding."""
        ...


class RandomIds:
    """Make ULIDs: 48 bits of milliseconds and 80 random bits.

    Within one millisecond the random part is counted up, so identifiers of one process stay
    sortable. Thread-safe.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._last = 0

    def new(self, prefix: str) -> str:
        """Return a new ULID after `prefix`."""
        milliseconds = int(self._clock.now().timestamp() * 1000)
        fresh = (milliseconds << _RANDOM_BITS) | int.from_bytes(random_bytes(_RANDOM_BITS // 8))
        with self._lock:
            # The order must hold also after the clock was set back.
            if fresh >> _RANDOM_BITS <= self._last >> _RANDOM_BITS:
                fresh = self._last + 1
            self._last = fresh
        return f"{prefix}_{_crockford(fresh)}"

    def secret(self, bytes_: int = 16) -> str:
        """Return bytes of the system's random generator."""
        return base64.urlsafe_b64encode(random_bytes(bytes_)).rstrip(b"=").decode()


class SequentialIds:
    """Make the same identifiers in every test run: one counter from one for all prefixes."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def new(self, prefix: str) -> str:
        """Return the next number after `prefix`, in the format of a real identifier."""
        return f"{prefix}_{_crockford(next(self._numbers))}"

    def secret(self, bytes_: int = 16) -> str:
        """Return the digest of the next number, as long as a real secret."""
        digest = hashlib.shake_256(str(next(self._numbers)).encode()).digest(bytes_)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _crockford(number: int) -> str:
    pairs = [_PAIRS[(number >> shift) & 1023] for shift in range((_LENGTH - 2) * 5, -1, -10)]
    return "".join(pairs)
