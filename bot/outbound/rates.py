"""Limit the sending rate of a channel, in total and to one chat, and define quiet hours.

A message counts from the start of its call until one second after the end of the call. The channel
receives it at an unknown time in between. So no sliding second of the channel's own clock contains
too many messages.
"""

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, time

from bot.push import PushPriority
from kernel.clock import SHANGHAI, Clock

MARGIN = 0.001
"""Seconds added to a window, for the resolution of clocks."""

_EVEN = 0.97
"""Share of the even distance between messages that non-urgent messages must keep."""

_TOLERANCE = 3
"""Number of distances that a sender may catch up when it woke late."""

_KNOWN = 4096
"""Number of chats in memory before idle ones are dropped."""


class RateWindows:
    """Sliding windows of one channel; every call is recorded, times are seconds of one clock."""

    def __init__(self, *, total: int, chat: int = 1, span: float = 1.0) -> None:
        self._span = span + MARGIN
        self._total = _Window(total)
        self._limit = chat
        self._chats: dict[str, _Window] = {}

    def opens(self, now: float) -> float | None:
        """Return when the next call may begin; `None` when a call must end first."""
        return self._total.opens(now)

    def opens_for(self, chat: str, now: float) -> float | None:
        """Return when the next call to `chat` may begin by the chat's own limit."""
        window = self._chats.get(chat)
        return now if window is None else window.opens(now)

    def begin(self, chat: str) -> None:
        """Record the start of a call to `chat`."""
        self._total.flying += 1
        self._chats.setdefault(chat, _Window(self._limit)).flying += 1

    def end(self, chat: str, now: float, *, made: bool = True) -> None:
        """Record the end of a call to `chat`; `made` is false when nothing was sent."""
        for window in (self._total, self._chats[chat]):
            window.end(now + self._span if made else None)
        if len(self._chats) > _KNOWN:
            self._chats = {
                name: window for name, window in self._chats.items() if not window.idle(now)
            }


class _Window:
    """One limit: running calls, and until when each ended call counts."""

    __slots__ = ("_counted", "_limit", "flying")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._counted: deque[float] = deque()
        self.flying = 0

    def opens(self, now: float) -> float | None:
        while self._counted and self._counted[0] <= now:
            self._counted.popleft()
        over = self.flying + len(self._counted) - self._limit
        if over < 0:
            return now
        return self._counted[over] if over < len(self._counted) else None

    def end(self, until: float | None) -> None:
        self.flying -= 1
        if until is not None:
            # The order must hold also after the clock was set back.
            self._counted.append(max(until, self._counted[-1]) if self._counted else until)

    def idle(self, now: float) -> bool:
        return self.opens(now) == now and not self.flying and not self._counted


class _Waiter:
    __slots__ = ("admitted", "chat", "number", "urgency")

    def __init__(self, chat: str, urgency: int, number: int) -> None:
        self.chat = chat
        self.urgency = urgency
        self.number = number
        self.admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def __lt__(self, other: "_Waiter") -> bool:
        return (self.urgency, self.number) < (other.urgency, other.number)


class RateGate:
    """Admits calls within the rates: more urgent ones first, then in order of arrival.

    Calls that are not urgent (urgency above 0) are also spread over the second, so that a reply
    is admitted at once and not only after a burst.
    """

    def __init__(self, clock: Clock, *, total: int = 28, chat: int = 1) -> None:
        self._clock = clock
        self._rates = RateWindows(total=total, chat=chat)
        self._distance = _EVEN / total
        self._even = 0.0
        self._numbers = itertools.count()
        self._ready: list[_Waiter] = []
        self._later: list[tuple[float, int, _Waiter]] = []
        self._blocked: dict[str, list[_Waiter]] = {}
        self._waiting: dict[str, _Waiter] = {}
        self._held = 0.0
        self._alarm: asyncio.Task[None] | None = None
        self._alarm_at: float | None = None

    @asynccontextmanager
    async def passing(self, chat: str, urgency: int) -> AsyncIterator["RatePermit"]:
        """Wait until a call is admitted; the call ends when the context exits."""
        await self._enter(chat, urgency)
        given = RatePermit(lambda made: self._leave(chat, made=made))
        try:
            yield given
        finally:
            given.end()

    def hasten(self, chat: str, urgency: int) -> None:
        """Raise the urgency of the call that waits for `chat`; a lower one changes nothing."""
        waiter = self._waiting.get(chat)
        if waiter is None or waiter.urgency <= urgency:
            return
        waiter.urgency = urgency
        heapq.heapify(self._ready)
        self._let_in()

    def hold(self, seconds: float) -> None:
        """Admit no call for `seconds`."""
        self._held = max(self._held, self._now() + seconds)

    async def _enter(self, chat: str, urgency: int) -> None:
        waiter = _Waiter(chat, urgency, next(self._numbers))
        self._waiting[chat] = waiter
        self._queue(waiter)
        self._let_in()
        try:
            await waiter.admitted
        except asyncio.CancelledError:
            if waiter.admitted.done() and not waiter.admitted.cancelled():
                self._leave(chat, made=False)
            raise
        finally:
            if self._waiting.get(chat) is waiter:
                del self._waiting[chat]

    def _leave(self, chat: str, *, made: bool) -> None:
        self._rates.end(chat, self._now(), made=made)
        for waiter in self._blocked.pop(chat, ()):
            self._queue(waiter)
        self._let_in()

    def _queue(self, waiter: _Waiter) -> None:
        """Queue a waiter by its chat's limit: ready, ready later, or behind a running call."""
        now = self._now()
        opens = self._rates.opens_for(waiter.chat, now)
        if opens is None:
            self._blocked.setdefault(waiter.chat, []).append(waiter)
        elif opens <= now:
            heapq.heappush(self._ready, waiter)
        else:
            heapq.heappush(self._later, (opens, waiter.number, waiter))

    def _let_in(self) -> None:
        now = self._now()
        while self._later and self._later[0][0] <= now:
            self._queue(heapq.heappop(self._later)[2])
        moment = self._admit(now)
        if self._later:
            moment = min(moment, self._later[0][0]) if moment is not None else self._later[0][0]
        self._wake_at(moment)

    def _admit(self, now: float) -> float | None:
        """Admit ready calls; return when the next may begin, `None` if a call must end first."""
        while self._ready:
            if self._ready[0].admitted.done():  # was cancelled
                heapq.heappop(self._ready)
                continue
            opens = self._rates.opens(now)
            if opens is None:
                return None
            waiter = self._ready[0]
            if (chat_opens := self._rates.opens_for(waiter.chat, now)) is None or chat_opens > now:
                heapq.heappop(self._ready)  # another call to its chat was first
                self._queue(waiter)
                continue
            opens = max(opens, self._held, self._even if waiter.urgency else 0.0)
            if opens > now:
                return opens
            heapq.heappop(self._ready)
            self._rates.begin(waiter.chat)
            if waiter.urgency:
                late = now - _TOLERANCE * self._distance
                self._even = max(self._even, late) + self._distance
            waiter.admitted.set_result(None)
        return None

    def _wake_at(self, moment: float | None) -> None:
        if moment is None or (self._alarm_at is not None and self._alarm_at <= moment):
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_at = moment
        self._alarm = asyncio.get_running_loop().create_task(self._ring(moment))

    async def _ring(self, moment: float) -> None:
        await self._clock.sleep(max(moment - self._now(), MARGIN / 10))
        self._alarm = self._alarm_at = None
        self._let_in()

    def _now(self) -> float:
        return self._clock.now().timestamp()


class RatePermit:
    """An admitted call; set `used` to false when nothing was sent."""

    def __init__(self, leave: Callable[[bool], None]) -> None:
        self.used = True
        self._leave: Callable[[bool], None] | None = leave

    def end(self) -> None:
        """End the call; a second call has no effect."""
        leave, self._leave = self._leave, None
        if leave is not None:
            leave(self.used)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours without pushes in Shanghai time: from `begins` until before `ends`, often overnight.

    Equal times mean never.
    """

    begins: time = time(21)
    ends: time = time(8)

    def now(self, moment: datetime) -> bool:
        """Return whether pushes wait at `moment` (time-zone-aware)."""
        local = moment.astimezone(SHANGHAI).time()
        if self.begins <= self.ends:
            return self.begins <= local < self.ends
        return local >= self.begins or local < self.ends

    def lets(self, moment: datetime) -> PushPriority:
        """Return the lowest urgency that may be sent at `moment`; replies always may."""
        return PushPriority.REPLY if self.now(moment) else PushPriority.BROADCAST
