import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from kernel.clock import SHANGHAI, ManualClock, SystemClock


def test_it_stands_still_until_it_is_moved(clock: ManualClock) -> None:
    start = clock.now()
    assert clock.now() == start == ManualClock.START
    clock.advance(minutes=1, seconds=30)
    assert clock.now() - start == timedelta(seconds=90)


def test_now_is_in_utc_whatever_it_was_set_in() -> None:
    clock = ManualClock(datetime(2026, 3, 2, 9, tzinfo=SHANGHAI))
    assert clock.now() == datetime(2026, 3, 2, 1, tzinfo=UTC)
    assert clock.now().tzinfo is UTC


def test_it_refuses_a_moment_without_a_zone_and_one_that_has_passed(clock: ManualClock) -> None:
    with pytest.raises(ValueError, match="time zone"):
        clock.set(datetime(2030, 1, 1))  # noqa: DTZ001 - is what is refused
    with pytest.raises(ValueError, match="time zone"):
        ManualClock(datetime(2030, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(seconds=-1)


async def test_sleepers_wake_in_the_order_of_their_moments(clock: ManualClock) -> None:
    woken: list[str] = []

    async def sleep(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(name)

    spans = {"c": 30, "a": 10, "b": 20, "b again": 20, "late": 31}
    tasks = [asyncio.ensure_future(sleep(name, seconds)) for name, seconds in spans.items()]
    await clock.sleepers(5)
    clock.advance(seconds=30)
    await asyncio.gather(*tasks[:4])
    assert woken == ["a", "b", "b again", "c"]
    assert not tasks[4].done()
    clock.advance(seconds=1)
    await tasks[4]


async def test_a_move_that_is_too_short_wakes_nobody(clock: ManualClock) -> None:
    task = asyncio.ensure_future(clock.sleep(10))
    await clock.sleepers(1)
    clock.advance(seconds=9.999)
    await asyncio.sleep(0)
    assert not task.done()
    clock.advance(seconds=0.001)
    await task


async def test_a_sleeper_that_was_cancelled_is_forgotten(clock: ManualClock) -> None:
    gone, stays = asyncio.ensure_future(clock.sleep(1)), asyncio.ensure_future(clock.sleep(2))
    await clock.sleepers(2)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    waiting = asyncio.ensure_future(clock.sleepers(2))
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()
    clock.advance(seconds=2)
    await stays


async def test_a_sleep_of_nothing_gives_way_once(clock: ManualClock) -> None:
    order: list[str] = []

    async def other() -> None:
        order.append("other")

    task = asyncio.ensure_future(other())
    await clock.sleep(0)
    order.append("after")
    await clock.sleep(-1)
    await task
    assert order == ["other", "after"]


async def test_another_thread_may_move_it(clock: ManualClock) -> None:
    task = asyncio.ensure_future(clock.sleep(1))
    await clock.sleepers(1)
    await asyncio.to_thread(clock.advance, seconds=1)
    await task


async def test_the_machines_clock_is_aware_and_does_not_wait_for_the_past() -> None:
    clock = SystemClock()
    before = clock.now()
    assert before.tzinfo is UTC
    await clock.sleep(-5)
    assert clock.now() - before < timedelta(seconds=5)
