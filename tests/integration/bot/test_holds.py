"""What only one process may do at a time, on both databases."""

import pytest
from citizens import town

from bot.store.holds import ProcessLease


@pytest.fixture
async def two(database_url, clock, ids):
    async with town(database_url, clock, ids) as place:
        yield [
            ProcessLease(place.database, clock, name="poll", owner=owner, seconds=30)
            for owner in ("one", "two")
        ]


async def test_one_holds_and_renews_while_the_other_waits(two, clock):
    one, other = two
    for _ in range(4):
        assert await one.take()
        assert not await other.take()
        clock.advance(seconds=20)


async def test_a_hold_that_is_not_renewed_lapses(two, clock):
    one, other = two
    assert await one.take()
    clock.advance(seconds=31)
    assert await other.take()
    assert not await one.take()


async def test_a_hold_that_is_given_back_is_free_at_once(two):
    one, other = two
    assert await one.take()
    await other.free()  # not its to give
    assert not await other.take()
    await one.free()
    assert await other.take()
