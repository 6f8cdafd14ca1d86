"""Port of the limiter: a rate per key, and a number of concurrent holders per key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Token bucket: `burst` tokens, refilled with `per_second`. A burst of 0 means no limit."""

    burst: int
    per_second: float

    @classmethod
    def per(cls, seconds: float, burst: int) -> "RateLimit":
        """Make the rate of `burst` tokens per `seconds`."""
        return cls(burst, burst / seconds)


class Limiter(Protocol):
    """Counts for one process, or for all processes of a server. `now` is the caller's time.

    Counts may be lost; the limit then begins with a full bucket.
    """

    async def take(self, rates: Mapping[str, RateLimit], now: datetime) -> float:
        """Take one token of each key, or none; return the seconds to wait, 0 when taken."""
        ...

    async def hold(self, most: Mapping[str, int], holder: str, now: datetime, seconds: int) -> bool:
        """Hold one place of each key for `seconds`, or none; a holder that repeats it extends it.

        `most` is the largest number of holders by key; 0 means no limit.
        """
        ...

    async def free(self, most: Mapping[str, int], holder: str) -> None:
        """Release the holder's places of these keys."""
        ...

    async def close(self) -> None:
        """Disconnect from the server."""
        ...
