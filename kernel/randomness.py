"""Read unpredictable bytes from the system in blocks.

Each system call releases the interpreter lock, and a busy process waits to get it back. That costs
a hundred times as much as the bytes, several times a message.
"""

import os
import threading

_BLOCK = 4096


class Randomness:
    """Buffer of the system's random generator. Thread-safe; a forked process starts a new one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._block = b""
        self._used = 0
        os.register_at_fork(after_in_child=self._forget)

    def bytes(self, count: int) -> bytes:
        """Return `count` bytes that were never returned before."""
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
        # A child must not return the same bytes as its parent.
        self._lock = threading.Lock()
        self._block, self._used = b"", 0


random_bytes = Randomness().bytes
"""`random_bytes(16)`: unpredictable bytes of this process."""


def chance() -> float:
    """Return an unpredictable number from 0 (included) to 1 (excluded)."""
    return (int.from_bytes(random_bytes(7)) >> 3) / (1 << 53)
