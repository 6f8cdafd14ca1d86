import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from kernel.bell.local import LocalBell
from kernel.bell.port import Bell
from kernel.bell.valkey import ValkeyBell
from kernel.clock import ManualClock

Make = Callable[[], Awaitable[Bell]]


@pytest.fixture(params=["local", pytest.param("valkey", marks=pytest.mark.valkey)])
async def bell(request: pytest.FixtureRequest, clock: ManualClock) -> AsyncIterator[Bell]:
    if request.param == "local":
        bell: Bell = LocalBell(clock)
    else:
        bell = ValkeyBell(request.getfixturevalue("valkey_url"), clock)
    await bell.start()
    yield bell
    await bell.close()


async def test_a_ring_reaches_everyone_who_listens_to_its_topic(bell: Bell) -> None:
    async with bell.listen("a") as one, bell.listen("a") as two, bell.listen("b") as other:
        bell.ring("a", "now")
        bell.ring("b", "later")
        assert await one.wait() == "now"
        assert await two.wait() == "now"
        assert await other.wait() == "later"


async def test_a_ring_is_heard_once(bell: Bell) -> None:
    async with bell.listen("a") as listener, bell.listen("b") as end:
        bell.ring("a", "1")
        bell.ring("b", "end")
        assert await end.wait() == "end"
        assert await listener.wait() == "1"
        assert await listener.wait(0) is None


async def test_rings_keep_their_order_and_wait_for_one_who_is_busy(bell: Bell) -> None:
    async with bell.listen("a") as listener:
        for number in range(50):
            bell.ring("a", str(number))
        assert [await listener.wait() for _ in range(50)] == [str(n) for n in range(50)]


async def test_nobody_who_comes_later_hears_an_earlier_ring(bell: Bell) -> None:
    bell.ring("a", "too early")
    async with bell.listen("a") as listener:
        bell.ring("a", "in time")
        assert await listener.wait() == "in time"


async def test_one_who_has_left_hears_nothing_and_others_still_do(bell: Bell) -> None:
    async with bell.listen("a") as stays:
        async with bell.listen("a") as leaves:
            pass
        bell.ring("a", "after")
        assert await stays.wait() == "after"
        assert await leaves.wait(0) is None


async def test_a_topic_can_be_left_and_listened_to_again(bell: Bell) -> None:
    for round_ in ("first", "second"):
        async with bell.listen("a") as listener:
            bell.ring("a", round_)
            assert await listener.wait() == round_


async def test_waiting_ends_when_its_time_is_over(bell: Bell, clock: ManualClock) -> None:
    async with bell.listen("a") as listener:
        waiting = asyncio.ensure_future(listener.wait(5))
        await clock.sleepers(1)
        clock.advance(seconds=5)
        assert await waiting is None


async def test_a_ring_ends_a_timed_wait_early(bell: Bell, clock: ManualClock) -> None:
    async with bell.listen("a") as listener:
        waiting = asyncio.ensure_future(listener.wait(5))
        await clock.sleepers(1)
        bell.ring("a", "now")
        assert await waiting == "now"


async def test_any_thread_may_ring(bell: Bell) -> None:
    async with bell.listen("a") as listener:
        thread = threading.Thread(target=bell.ring, args=("a", "from afar"))
        thread.start()
        assert await listener.wait() == "from afar"
        thread.join()


@pytest.mark.parametrize("payload", ["", "你好 🔔", "\ud800 alone", "a b:c\r\n"])
async def test_any_text_can_be_rung(bell: Bell, payload: str) -> None:
    async with bell.listen("话题") as listener:
        bell.ring("话题", payload)
        assert await listener.wait() == payload


async def test_closing_wakes_whoever_waits(bell: Bell) -> None:
    async with bell.listen("a") as listener:
        waiting = asyncio.ensure_future(listener.wait())
        await asyncio.sleep(0)
        await bell.close()
        assert await waiting is None
        bell.ring("a", "into the void")
