"""Limit sockets, new conversations, messages and uploads by network address and in total.

`bot.limits` limits one message and one sender, at the rate of `bot.app.MessageRate`. A sender's
name can be invented freely, a network address cannot. An address may belong to a school or an
office, so the defaults are generous.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.limits import TooMany
from kernel.clock import Clock
from kernel.limiter.local import LocalLimiter
from kernel.limiter.port import Limiter, RateLimit

HELD_SECONDS = 120
"""Seconds for which an open socket holds its place; it is renewed twice in that time."""

UPLOAD_PAUSE = 10
"""Seconds after which the page retries an upload that found no place."""

SOCKET_PAUSE = 30
"""Seconds after which a page retries a refused socket."""


@dataclass(frozen=True, slots=True)
class Quota:
    """Rate limits of one address, and of all addresses together."""

    address: RateLimit
    all: RateLimit


@dataclass(frozen=True, slots=True)
class Allowed:
    """All quotas. 0 means no limit."""

    sockets: int = 200
    sockets_all: int = 5_000
    uploads: int = 20
    uploads_all: int = 200
    """Most uploads at the same time."""
    conversations: Quota = field(
        default_factory=lambda: Quota(RateLimit.per(3600, 120), RateLimit.per(3600, 6_000))
    )
    messages: Quota = field(
        default_factory=lambda: Quota(RateLimit.per(60, 300), RateLimit.per(60, 12_000))
    )
    cries: Quota = field(
        default_factory=lambda: Quota(RateLimit.per(60, 30), RateLimit.per(60, 600))
    )
    """Reports of danger that are accepted beyond the other quotas; the answer is always sent."""


class Quotas:
    """Applies the quotas; for all processes if they share the limiter."""

    def __init__(
        self, clock: Clock, limiter: Limiter | None = None, allowed: Allowed | None = None
    ) -> None:
        self._clock = clock
        self._limiter = limiter or LocalLimiter()
        self._allowed = allowed or Allowed()

    async def message(self, address: str, *, begins: bool) -> None:
        """Count a message; `begins` if it starts a conversation.

        Raises:
            TooMany: a quota is exceeded; nothing is counted.
        """
        rates = _rates("message", self._allowed.messages, address)
        if begins:
            rates |= _rates("conversation", self._allowed.conversations, address)
        await self._take(rates)

    async def conversation(self, address: str) -> None:
        """Count a conversation that starts without a message.

        Raises:
            TooMany: a quota is exceeded; nothing is counted.
        """
        await self._take(_rates("conversation", self._allowed.conversations, address))

    async def cry(self, address: str) -> bool:
        """Return whether a report of danger beyond the quotas is still accepted."""
        rates = _rates("cry", self._allowed.cries, address)
        return not await self._limiter.take(rates, self._clock.now())

    async def open_socket(self, address: str, socket: str) -> bool:
        """Hold a place for an open socket, or renew it; false when there is none."""
        return await self._limiter.hold(
            self._places(address), socket, self._clock.now(), HELD_SECONDS
        )

    async def close_socket(self, address: str, socket: str) -> None:
        """Release a socket's place."""
        await self._limiter.free(self._places(address), socket)

    async def open_upload(self, address: str, upload: str) -> bool:
        """Hold a place for an upload; false when there is none."""
        return await self._limiter.hold(
            self._upload_places(address), upload, self._clock.now(), HELD_SECONDS
        )

    async def close_upload(self, address: str, upload: str) -> None:
        """Release an upload's place."""
        await self._limiter.free(self._upload_places(address), upload)

    def _upload_places(self, address: str) -> Mapping[str, int]:
        allowed = self._allowed
        return {f"upload:{address}": allowed.uploads, "upload": allowed.uploads_all}

    def _places(self, address: str) -> Mapping[str, int]:
        allowed = self._allowed
        return {f"socket:{address}": allowed.sockets, "socket": allowed.sockets_all}

    async def _take(self, rates: Mapping[str, RateLimit]) -> None:
        wait = await self._limiter.take(rates, self._clock.now())
        if wait:
            raise TooMany(int(wait) + 1)


def _rates(what: str, quota: Quota, address: str) -> dict[str, RateLimit]:
    return {f"{what}:{address}": quota.address, what: quota.all}
