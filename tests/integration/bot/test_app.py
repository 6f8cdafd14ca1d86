"""The citizen's side as a whole: starting, taking up what was left, stopping."""

import asyncio

import pytest
from citizens import ScriptedEngine, says, town
from patience import PATIENCE
from sqlalchemy import select

from bot.store.process_lock import NotAlone
from bot.store.tables import inbox


@pytest.fixture
async def place(sqlite_url, clock, ids):
    async with town(sqlite_url, clock, ids) as place:
        yield place


async def undone(place) -> int:
    rows = await place.database.read(
        lambda tx: tx.execute(select(inbox.c.sequence).where(inbox.c.done_at.is_(None))).all()
    )
    return len(rows)


async def test_a_start_after_a_crash_answers_at_once_what_was_left(place):
    engine = ScriptedEngine()
    dead = place.bot(engine)
    for number in range(50):
        await dead.intake.receive(says("hello", "1", address=f"citizen {number}"))
        await dead.intake.receive(says("again", "2", address=f"citizen {number}"))
    bot = place.bot(engine)
    await bot.start()
    async with asyncio.timeout(PATIENCE):
        while await undone(place):
            await bot.turns.idle()
    assert len(engine.turns) == 100
    for number in range(50):
        texts = [
            turn.text
            for turn in engine.turns
            if turn.conversation == engine.turns[number].conversation
        ]
        assert texts == ["hello", "again"]
    await bot.stop()


async def test_a_second_process_on_the_same_file_is_refused_at_start(place):
    first, second = place.bot(ScriptedEngine()), place.bot(ScriptedEngine())
    await first.start()
    with pytest.raises(NotAlone):
        await second.start()
    await first.stop()
    await second.start()
    await second.stop()


async def test_the_sweep_goes_on_by_itself(place, clock):
    engine = ScriptedEngine()
    bot = place.bot(engine)
    await bot.start()
    engine.down = True
    await bot.intake.handle(says("hello", "1"))
    engine.down = False
    for _ in range(3):
        await clock.sleepers(1)
        clock.advance(seconds=3)
    async with asyncio.timeout(PATIENCE):
        while await undone(place):
            await bot.turns.idle()
    await bot.stop()


async def test_stopping_waits_for_turns_under_way(place):
    engine = ScriptedEngine()
    bot = place.bot(engine)
    await bot.start()
    receipt = await bot.intake.receive(says("hello", "1"))
    bot.intake.go_on(receipt)
    await bot.stop()
    assert await undone(place) == 0
