"""How sendings end is counted, by kind of row and outcome."""

import pytest
from citizens import ScriptedEngine, town
from pushes import Wire
from road import Road
from sqlalchemy import update

from bot.outbound import outbox
from bot.outbound.sender import Dead, Failed, Migrated, Refused, RetryAfter
from bot.store.tables import outbox as table


@pytest.fixture
async def place(sqlite_url, clock, ids):
    async with town(sqlite_url, clock, ids) as place:
        yield place


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
def road(place, wire):
    return Road(place, ScriptedEngine(), wire)


async def test_replies_and_pushes_that_arrive_are_counted_apart(road):
    citizen = await road.citizen()
    assert road.outcomes() == {("reply", "sent"): 2}
    await road.push(1, citizen)
    await road.push(2, citizen)
    await road.send()
    assert road.outcomes() == {("reply", "sent"): 2, ("progress", "sent"): 2}


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        (RetryAfter(30), "slowed"),
        (Failed("down"), "failed"),
        (Refused("too odd"), "refused"),
        (Dead("blocked"), "dead"),
    ],
)
async def test_a_sending_that_does_not_arrive_is_counted_by_its_outcome(road, wire, end, outcome):
    citizen = await road.citizen()
    wire.ends = [end]
    await road.push(1, citizen)
    await road.sending.look()
    await road.sending.idle()
    assert road.outcomes() == {("reply", "sent"): 2, ("progress", outcome): 1}


async def test_a_push_that_is_tried_again_is_counted_each_time(road, wire, clock):
    citizen = await road.citizen()
    wire.ends = [Failed("down"), Failed("down")]
    await road.push(1, citizen)
    for _ in range(3):
        await road.send()
        clock.advance(seconds=10)
    assert road.outcomes()["progress", "failed"] == 2
    assert road.outcomes()["progress", "sent"] == 1


async def test_a_dead_letter_is_counted_as_one(road, wire, place):
    citizen = await road.citizen()
    await road.push(1, citizen)
    last = update(table).where(table.c.event_key == "evt_1").values(attempts=outbox.ATTEMPTS - 1)
    await place.database.run(lambda tx: tx.execute(last))
    wire.ends = [Failed("down")]
    await road.send()
    assert road.outcomes() == {("reply", "sent"): 2, ("progress", "dead_letter"): 1}


async def test_a_push_that_follows_a_chat_that_moved_is_counted_for_both(road, wire):
    citizen = await road.citizen()
    wire.ends = [Migrated("a2")]
    await road.push(1, citizen)
    await road.send()
    assert road.outcomes() == {
        ("reply", "sent"): 2,
        ("progress", "moved"): 1,
        ("progress", "sent"): 1,
    }
