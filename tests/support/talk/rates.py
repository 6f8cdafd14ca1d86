"""Rates with their Wilson intervals."""

from dataclasses import dataclass
from math import sqrt

_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Rate:
    """`right` of `all`, with the interval that holds the true rate in 95 of 100 samples."""

    right: int
    all: int

    @property
    def share(self) -> float:
        """The rate itself; 0 of nothing."""
        return self.right / self.all if self.all else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The Wilson interval at 95 %."""
        if not self.all:
            return 0.0, 1.0
        n, p, z = self.all, self.share, _Z
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.right}/{self.all} = {self.share:.3f} ({low:.3f}–{high:.3f})"
