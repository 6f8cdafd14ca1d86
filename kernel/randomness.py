"""Unpredictable bytes, fetched from the system in blocks.

Each call of the system lets go of the interpreter, and on a busy process waits to get it back: that
costs a hundred times what the bytes do, several times a message.
"""

import os
import threading

_BLOCK = 4096


class Randomness:
    """The system's own generator, read ahead. Safe between threads; a fork begins anew."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._block = b""
        self._used = 0
        os.register_at_fork(after_in_child=self._forget)

    def bytes(self, count: int) -> bytes:
        """Return `count` bytes that were never given out before."""
        if count > _BLOCK:
            return os.urandom(count)
        with self._lock:
            end = self._used + count
            if end > len(self._block):
                self._block, self._used, end = os.urandom(_BLOCK), 0, count
            given = self._block[self._used : end]
            self._used = end
            return given

    def _forget(self) -> None:
        # A child must not give out the bytes that its parent gives out.
        self._lock = threading.Lock()
        self._block, self._used = b"", 0


random_bytes = Randomness().bytes
"""`random_bytes(16)`: unpredictable bytes of this process."""


def chance() -> float:
    """Return an unpredictable number from 0 (included) to 1 (excluded)."""
    return (int.from_bytes(random_bytes(7)) >> 3) / (1 << 53)
