"""Rates and places, in memory and on a real server."""

from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from kernel.clock import ManualClock
from kernel.ids import RandomIds
from kernel.limiter.local import LocalLimiter
from kernel.limiter.port import Limiter, RateLimit
from kernel.limiter.valkey import PAUSE, ValkeyLimiter


@pytest.fixture(params=["local", pytest.param("valkey", marks=pytest.mark.valkey)])
async def limiter(request: pytest.FixtureRequest) -> AsyncIterator[Limiter]:
    made: Limiter
    if request.param == "local":
        made = LocalLimiter()
    else:
        made = ValkeyLimiter(request.getfixturevalue("valkey_url"))
    yield made
    await made.close()


@pytest.fixture
def key() -> str:
    """A key of this test alone: the server is that of all tests."""
    return RandomIds().new("key")


async def test_a_burst_is_let_through_and_then_a_steady_pace(limiter, clock, key):
    rate = {key: RateLimit(3, 0.5)}
    assert [await limiter.take(rate, clock.now()) for _ in range(3)] == [0, 0, 0]
    assert await limiter.take(rate, clock.now()) == pytest.approx(2)
    clock.advance(seconds=2)
    assert await limiter.take(rate, clock.now()) == 0
    assert await limiter.take(rate, clock.now()) > 0


async def test_nothing_is_taken_of_any_key_when_one_is_empty(limiter, clock, key):
    one, all_ = f"{key}:one", f"{key}:all"
    rates = {one: RateLimit(2, 0.001), all_: RateLimit(1, 1)}
    assert await limiter.take(rates, clock.now()) == 0
    for _ in range(5):
        assert await limiter.take(rates, clock.now()) == pytest.approx(1)
    assert await limiter.take({one: rates[one]}, clock.now()) == 0


async def test_waiting_saves_up_no_more_than_a_burst_and_a_clock_that_goes_back_takes_nothing(
    limiter, clock, key
):
    rate = {key: RateLimit(2, 1)}
    now = clock.now()
    await limiter.take(rate, now)
    clock.advance(hours=1)
    assert [await limiter.take(rate, clock.now()) for _ in range(2)] == [0, 0]
    assert await limiter.take(rate, now) > 0


async def test_a_burst_of_zero_is_no_limit(limiter, clock, key):
    assert [await limiter.take({key: RateLimit(0, 0)}, clock.now()) for _ in range(9)] == [0] * 9
    assert await limiter.hold({key: 0}, "a", clock.now(), 60)


async def test_places_are_held_until_they_are_freed_or_lapse(limiter, clock, key):
    most = {key: 2}
    assert await limiter.hold(most, "a", clock.now(), 60)
    assert await limiter.hold(most, "b", clock.now(), 60)
    assert not await limiter.hold(most, "c", clock.now(), 60)
    assert await limiter.hold(most, "a", clock.now(), 60)
    await limiter.free(most, "b")
    assert await limiter.hold(most, "c", clock.now(), 60)
    clock.advance(seconds=30)
    assert await limiter.hold(most, "a", clock.now(), 60)
    clock.advance(seconds=31)
    assert await limiter.hold(most, "d", clock.now(), 60)
    assert not await limiter.hold(most, "e", clock.now(), 60)


async def test_a_place_refused_of_one_key_is_taken_of_none(limiter, clock, key):
    mine, all_ = f"{key}:mine", f"{key}:all"
    assert await limiter.hold({mine: 5, all_: 1}, "a", clock.now(), 60)
    assert not await limiter.hold({mine: 5, all_: 1}, "b", clock.now(), 60)
    assert await limiter.hold({mine: 2}, "c", clock.now(), 60)


@pytest.mark.valkey
async def test_two_processes_share_what_was_counted(valkey_url, clock, key):
    one, two = ValkeyLimiter(valkey_url), ValkeyLimiter(valkey_url)
    assert await one.take({key: RateLimit(1, 0.1)}, clock.now()) == 0
    assert await two.take({key: RateLimit(1, 0.1)}, clock.now()) == pytest.approx(10)
    await one.close()
    await two.close()


async def test_without_its_server_each_process_counts_alone_and_says_so_once(clock: ManualClock):
    limiter = ValkeyLimiter("redis://127.0.0.1:1/0")
    with capture_logs() as logs:
        assert await limiter.take({"k": RateLimit(1, 0.01)}, clock.now()) == 0
        assert await limiter.take({"k": RateLimit(1, 0.01)}, clock.now()) > 0
        clock.advance(seconds=PAUSE.total_seconds())
        assert await limiter.hold({"p": 1}, "a", clock.now(), 60)
        assert not await limiter.hold({"p": 1}, "b", clock.now(), 60)
        await limiter.free({"p": 1}, "a")
        assert await limiter.hold({"p": 1}, "b", clock.now(), 60)
    await limiter.close()
    assert [log["event"] for log in logs] == ["limiter_server_lost"]
