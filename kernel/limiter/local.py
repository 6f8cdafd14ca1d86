"""Count rate limits of one process in memory."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from kernel.limiter.port import RateLimit

KEYS = 20_000
"""Most keys in memory; the least recently used is dropped and then begins with a full bucket."""


@dataclass(slots=True)
class _Bucket:
    left: float
    since: datetime


class Buckets:
    """Token buckets by key."""

    def __init__(self, keys: int = KEYS) -> None:
        self._keys = keys
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def wait(self, key: str, rate: RateLimit, now: datetime) -> float:
        """Refill a bucket; return the seconds until it has a token, 0 when it has one."""
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(rate.burst, now)
            if len(self._buckets) > self._keys:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
            passed = max((now - bucket.since).total_seconds(), 0.0)
            bucket.left = min(rate.burst, bucket.left + passed * rate.per_second)
            bucket.since = now
        return 0.0 if bucket.left >= 1 else (1 - bucket.left) / rate.per_second

    def take(self, key: str) -> None:
        """Take one token from a bucket that has one."""
        if key in self._buckets:  # it may be dropped when one call has more than `KEYS` keys
            self._buckets[key].left -= 1


class LocalLimiter:
    """Limiter that counts in this process only."""

    def __init__(self, keys: int = KEYS) -> None:
        self._buckets = Buckets(keys)
        self._places: dict[str, dict[str, datetime]] = {}

    async def take(self, rates: Mapping[str, RateLimit], now: datetime) -> float:
        """Take one token of each key, or none at all."""
        limited = {key: rate for key, rate in rates.items() if rate.burst}
        wait = max((self._buckets.wait(key, rate, now) for key, rate in limited.items()), default=0)
        if not wait:
            for key in limited:
                self._buckets.take(key)
        return wait

    async def hold(self, most: Mapping[str, int], holder: str, now: datetime, seconds: int) -> bool:
        """Hold one place of each key, or none at all."""
        limited = {key: number for key, number in most.items() if number}
        for key, number in limited.items():
            places = self._places.get(key, {})
            if holder in places or len(places) < number:
                continue
            for gone in [other for other, until in places.items() if until <= now]:
                del places[gone]
            if len(places) >= number:
                return False
        for key in limited:
            self._places.setdefault(key, {})[holder] = now + timedelta(seconds=seconds)
        return True

    async def free(self, most: Mapping[str, int], holder: str) -> None:
        """Release the holder's places."""
        for key in most:
            places = self._places.get(key, {})
            places.pop(holder, None)
            if not places:
                self._places.pop(key, None)

    async def close(self) -> None:
        """Do nothing: there is no server."""
