"""Count rate limits of many processes on Valkey or Redis; each counts alone during an outage."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from kernel.limiter.local import LocalLimiter
from kernel.limiter.port import Limiter, RateLimit
from kernel.logging import get_logger

PREFIX = "solvefirst:limit:"

PAUSE = timedelta(seconds=5)
"""Time without calls to the server after a failure, so that no caller waits for it again."""

# KEYS: buckets. ARGV: now, then burst and rate of each. All are refilled. If one is empty, no
# token is taken from the others. A bucket expires when it would be full again.
_TAKE = """
local now, wait, left = tonumber(ARGV[1]), 0, {}
for i, key in ipairs(KEYS) do
  local burst, rate = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local kept = redis.call('HMGET', key, 'left', 'since')
  local has, since = tonumber(kept[1] or burst), tonumber(kept[2] or now)
  has = math.min(burst, has + math.max(now - since, 0) * rate)
  left[i] = has
  if has < 1 then wait = math.max(wait, (1 - has) / rate) end
end
if wait > 0 then return tostring(wait) end
for i, key in ipairs(KEYS) do
  local burst, rate = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  redis.call('HSET', key, 'left', tostring(left[i] - 1), 'since', tostring(now))
  redis.call('PEXPIRE', key, math.ceil((burst - left[i] + 1) / rate * 1000) + 1000)
end
return '0'
"""

# KEYS: sorted sets of holders by lapse time. ARGV: now, until, seconds, holder, each limit.
_HOLD = """
local now, holder = tonumber(ARGV[1]), ARGV[4]
for i, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  if not redis.call('ZSCORE', key, holder)
    and redis.call('ZCARD', key) >= tonumber(ARGV[4 + i]) then return 0 end
end
for i, key in ipairs(KEYS) do
  redis.call('ZADD', key, ARGV[2], holder)
  redis.call('EXPIRE', key, ARGV[3])
end
return 1
"""

T = TypeVar("T")
logger = get_logger(__name__)


class ValkeyLimiter:
    """Limiter that counts on the server; while it is unreachable, in this process only."""

    def __init__(self, url: str) -> None:
        self._client = Redis.from_url(
            url, retry=Retry(NoBackoff(), 0), socket_connect_timeout=0.5, socket_timeout=0.5
        )
        self._take = self._client.register_script(_TAKE)
        self._hold = self._client.register_script(_HOLD)
        self._alone = LocalLimiter()
        self._away_until: datetime | None = None

    async def take(self, rates: Mapping[str, RateLimit], now: datetime) -> float:
        """Take one token of each key, or none at all."""
        limited = {key: rate for key, rate in rates.items() if rate.burst}
        if not limited:
            return 0.0
        arguments: list[Any] = [now.timestamp()]
        for rate in limited.values():
            arguments += [rate.burst, rate.per_second]

        async def ask() -> float:
            return float(await self._take(_keys(limited), arguments))

        return await self._asked(ask, lambda alone: alone.take(limited, now), now)

    async def hold(self, most: Mapping[str, int], holder: str, now: datetime, seconds: int) -> bool:
        """Hold a place of each key, or none."""
        limited = {key: number for key, number in most.items() if number}
        if not limited:
            return True
        at = now.timestamp()
        arguments: list[Any] = [at, at + seconds, seconds, holder, *limited.values()]

        async def ask() -> bool:
            return bool(await self._hold(_keys(limited), arguments))

        return await self._asked(ask, lambda alone: alone.hold(limited, holder, now, seconds), now)

    async def free(self, most: Mapping[str, int], holder: str) -> None:
        """Release the holder's places; on an unreachable server they lapse."""
        await self._alone.free(most, holder)
        if self._away_until is not None:
            return
        try:
            for key in _keys(most):
                await self._client.zrem(key, holder)
        except (RedisError, OSError) as error:
            logger.warning("limiter_place_not_freed", error=type(error).__name__)

    async def close(self) -> None:
        """Disconnect from the server."""
        await self._client.aclose()

    async def _asked(
        self,
        ask: Callable[[], Awaitable[T]],
        ask_alone: Callable[[Limiter], Awaitable[T]],
        now: datetime,
    ) -> T:
        if self._away_until is not None and now < self._away_until:
            return await ask_alone(self._alone)
        try:
            answer = await ask()
        except (RedisError, OSError) as error:
            if self._away_until is None:
                logger.warning("limiter_server_lost", error=type(error).__name__)
            self._away_until = now + PAUSE
            return await ask_alone(self._alone)
        if self._away_until is not None:
            self._away_until = None
            logger.info("limiter_server_found")
        return answer


def _keys(named: Mapping[str, object]) -> list[str]:
    return [PREFIX + key for key in named]
