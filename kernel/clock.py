"""Clock port: the system's time in production, a time that the test sets in a test."""

import asyncio
import heapq
import itertools
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Provides the present time and waits; no other code asks the system for time."""

    def now(self) -> datetime:
        """Return the present time, time-zone-aware, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait until `seconds` have passed on this clock; zero or less only yields to the loop."""
        ...


class SystemClock:
    """Clock of the machine."""

    def now(self) -> datetime:
        """Return the machine's time, time-zone-aware, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait in real time."""
        await asyncio.sleep(max(seconds, 0))


class ManualClock:
    """Clock for tests: its time changes only when a test moves it.

    Due sleepers are woken in the order of their times, and at equal times in the order in which
    they began to sleep. A sleeper that sleeps again during a move counts from the new time: a
    move of an hour wakes a one-minute loop once, not sixty times.
    """

    START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    """A Monday, 09:00 in Shanghai."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = _aware(start or self.START)
        self._order = itertools.count()
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._watchers: list[tuple[int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """Return the time that was set last, in UTC."""
        return self._now

    def set(self, moment: datetime) -> None:
        """Move to `moment`, which is time-zone-aware, and wake the sleepers that are due.

        Raises:
            ValueError: `moment` has no time zone, or lies before the present.
        """
        moment = _aware(moment)
        if moment < self._now:
            raise ValueError(f"a clock does not run backwards: {moment} is before {self._now}")
        self._now = moment
        while self._sleepers and self._sleepers[0][0] <= moment:
            _, _, sleeper = heapq.heappop(self._sleepers)
            # Not set_result here: a test may move the clock from outside the sleeper's loop.
            sleeper.get_loop().call_soon_threadsafe(_wake, sleeper)

    def advance(
        self,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
        milliseconds: float = 0,
    ) -> None:
        """Move forward by a span, given as to `timedelta`, and wake the sleepers that are due."""
        self.set(
            self._now
            + timedelta(
                days=days,
                hours=hours,
                minutes=minutes,
                seconds=seconds,
                milliseconds=milliseconds,
            )
        )

    async def sleep(self, seconds: float) -> None:
        """Wait until a test has moved the clock by `seconds`."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        sleeper = asyncio.get_running_loop().create_future()
        moment = self._now + timedelta(seconds=seconds)
        heapq.heappush(self._sleepers, (moment, next(self._order), sleeper))
        self._tell_watchers()
        await sleeper

    async def sleepers(self, count: int) -> None:
        """Wait until at least `count` tasks sleep on this clock, so that a move wakes them."""
        if self._asleep() >= count:
            return
        watcher = asyncio.get_running_loop().create_future()
        self._watchers.append((count, watcher))
        await watcher

    def _asleep(self) -> int:
        return sum(not sleeper.done() for _, _, sleeper in self._sleepers)

    def _tell_watchers(self) -> None:
        asleep = self._asleep() if self._watchers else 0
        for count, watcher in self._watchers:
            if asleep >= count:
                _wake(watcher)
        self._watchers = [(n, watcher) for n, watcher in self._watchers if not watcher.done()]


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC)


def _wake(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)
