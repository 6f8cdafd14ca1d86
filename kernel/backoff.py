"""Compute capped exponential back-off: the wait after a number of failures in a row."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

Chance = Callable[[], float]
"""Returns a number from 0 (included) to 1 (excluded); unpredictable in production."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Back-off with waits of `first`, `first * factor`, `first * factor ** 2` … seconds.

    No wait is longer than `longest`. `jitter` is the largest share of a wait that chance takes off,
    so that many callers that failed together do not retry together.

    Raises:
        ValueError: `first` is negative, `longest` not positive, `factor` below 1, or `jitter` is
            not a share.
    """

    first: float = 1.0
    factor: float = 2.0
    longest: float = 60.0
    jitter: float = 0.2

    def __post_init__(self) -> None:
        """Reject parameters that describe no back-off."""
        if self.first < 0 or self.longest <= 0 or self.factor < 1 or not 0 <= self.jitter <= 1:
            raise ValueError(f"no back-off: {self}")

    def seconds(self, failures: int, chance: float = 0.0) -> float:
        """Return the seconds to wait after failure number `failures`, counted from one."""
        if self.first == 0:
            return 0.0
        # Compared as logarithms: the power itself overflows after 1,024 doublings.
        exponent = max(failures - 1, 0)
        reached = exponent * math.log(self.factor) >= math.log(self.longest / self.first)
        wait = self.longest if reached else self.first * self.factor**exponent
        return wait * (1 - self.jitter * chance)

    def wait(self, failures: int, chance: float = 0.0) -> timedelta:
        """Return the wait of `seconds` as a `timedelta`."""
        return timedelta(seconds=self.seconds(failures, chance))
