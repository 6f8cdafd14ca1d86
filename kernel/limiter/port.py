"""What limits are asked of: a rate per key, and a number of places per key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket: `burst` at once, refilled with `per_second`. A burst of 0 is no limit."""

    burst: int
    per_second: float

    @classmethod
    def per(cls, seconds: float, burst: int) -> "Rate":
        """Make the rate of `burst` in so many seconds."""
        return cls(burst, burst / seconds)


class Limiter(Protocol):
    """Counts for one process or for all that share a server. `now` comes from the caller's clock.

    Losing what was counted is allowed: a limit then begins anew.
    """

    async def take(self, rates: Mapping[str, Rate], now: datetime) -> float:
        """Take one token of each key, or none at all; give the seconds to wait, 0 when taken."""
        ...

    async def hold(self, most: Mapping[str, int], holder: str, now: datetime, seconds: int) -> bool:
        """Hold a place of each key for so many seconds, or none; held again, it is prolonged.

        A key whose most is 0 is not limited.
        """
        ...

    async def free(self, most: Mapping[str, int], holder: str) -> None:
        """Give up the places that a holder has of the keys."""
        ...

    async def close(self) -> None:
        """Let go of the server."""
        ...
