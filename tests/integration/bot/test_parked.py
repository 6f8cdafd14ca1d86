"""Parked messages as dead letters, on both databases: listed, replayed, and told of once."""

import asyncio
from datetime import timedelta

import pytest
from citizens import TEXTS, Gate, ScriptedEngine, says, town
from sqlalchemy import select, update

from bot.dialogue.turns import ATTEMPTS
from bot.message import Reply
from bot.privacy import retention
from bot.store import parked
from bot.store import turns as store
from bot.store.tables import inbox, outbox
from kernel.leases import DIED

SORRY = TEXTS.words("parked", "en")


@pytest.fixture
async def place(database_url, clock, ids):
    async with town(database_url, clock, ids) as place:
        yield place


class Picky(ScriptedEngine):
    """Fails for poison until it is mended."""

    def __init__(self):
        super().__init__()
        self.mended = False
        self.answer = self.pick

    async def pick(self, turn):
        if turn.text == "poison" and not self.mended:
            raise RuntimeError("cannot")
        return await self.echo(turn)


@pytest.fixture
def engine():
    return Picky()


@pytest.fixture
def bot(place, engine):
    return place.bot(engine)


async def work(bot, clock, times=1):
    for _ in range(times):
        clock.advance(seconds=61)
        await bot.turns.sweep()
        await bot.turns.idle()


async def poisoned(place, bot, clock):
    """Have a message parked; give its dead letter."""
    await bot.intake.handle(says("poison", "1"))
    await work(bot, clock, ATTEMPTS - 1)
    (letter,) = await dead(place)
    return letter


async def dead(place):
    return await place.database.read(parked.dead_letters, 10)


async def replayed(place, clock, key):
    return await place.database.run(parked.replay, key, clock.now())


async def sent_texts(place, bot):
    """Give what was said in the order of its events."""
    bodies = select(outbox.c.body).order_by(outbox.c.event)
    sealed = await place.database.read(lambda tx: list(tx.execute(bodies).scalars()))
    said = [bot.turns._envelopes.open_said(body) for body in sealed]
    return [item.text for item in said if isinstance(item, Reply)]


async def test_a_parked_message_is_a_dead_letter_that_names_its_error(place, bot, clock):
    letter = await poisoned(place, bot, clock)
    (turn, *_) = bot.turns._engine.turns
    assert (letter.queue, letter.key) == ("inbox", (turn.conversation, 1))
    assert (letter.attempts, letter.error) == (ATTEMPTS, "RuntimeError")
    assert letter.since == clock.now()


async def test_one_that_is_replayed_is_answered_after_what_came_meanwhile(
    place, bot, engine, clock
):
    letter = await poisoned(place, bot, clock)
    await bot.intake.handle(says("fine", "2"))
    engine.mended = True
    assert await replayed(place, clock, letter.key)
    assert await dead(place) == []
    await work(bot, clock)
    assert (await sent_texts(place, bot))[-2:] == ["1: fine", "2: poison"]
    replies = await bot.intake.handle(says("poison", "1"))
    assert [said.reply.text for said in replies.said] == ["2: poison"], "a repetition is known"
    await bot.intake.handle(says("good", "3"))
    assert (await sent_texts(place, bot))[-1] == "3: good"


async def test_what_an_attempt_has_opened_already_is_not_opened_twice(place, bot, engine, clock):
    letter = await poisoned(place, bot, clock)
    for _ in range(2):
        assert await replayed(place, clock, letter.key)
        await work(bot, clock, ATTEMPTS)
        (letter,) = await dead(place)
    engine.mended = True
    assert await replayed(place, clock, letter.key)
    await work(bot, clock)
    assert len(engine.turns) == 3 * ATTEMPTS + 1
    assert {turn.message_id for turn in engine.turns} == {f"{letter.key[0]}.1"}


async def test_the_citizen_is_told_once_however_often_it_is_replayed_in_vain(place, bot, clock):
    letter = await poisoned(place, bot, clock)
    before = await sent_texts(place, bot)
    assert before.count(SORRY) == 1
    assert await replayed(place, clock, letter.key)
    await work(bot, clock, ATTEMPTS)
    assert len(await dead(place)) == 1
    assert await sent_texts(place, bot) == before


async def test_one_that_is_replayed_during_a_turn_is_answered_after_it(place, bot, engine, clock):
    letter = await poisoned(place, bot, clock)
    engine.mended = True
    gate = engine.answer = Gate(engine)
    await bot.intake.receive(says("slow", "2"))
    clock.advance(seconds=16)
    await bot.turns.sweep()
    await gate.entered.wait()
    assert await replayed(place, clock, letter.key)
    gate.open.set()
    await bot.turns.idle()
    assert (await sent_texts(place, bot))[-2:] == ["1: slow", "2: poison"]


async def test_a_message_is_replayed_once_and_only_if_it_is_parked(place, bot, clock):
    letter = await poisoned(place, bot, clock)
    await bot.intake.handle(says("fine", "2"))
    id_ = letter.key[0]
    assert not await replayed(place, clock, (id_, 2))
    assert not await replayed(place, clock, ("cnv_of_nobody", 1))
    assert await replayed(place, clock, letter.key)
    assert not await replayed(place, clock, letter.key)
    await work(bot, clock, ATTEMPTS)
    assert [letter.key for letter in await dead(place)] == [(id_, 3)]


async def test_people_and_citizens_who_act_at_the_same_time_leave_no_gap(place, bot, engine, clock):
    letter = await poisoned(place, bot, clock)
    engine.mended = True
    first, second, _ = await asyncio.gather(
        replayed(place, clock, letter.key),
        replayed(place, clock, letter.key),
        bot.intake.receive(says("fine", "2")),
    )
    assert sorted([first, second]) == [False, True]
    await work(bot, clock, 2)
    assert {"fine", "poison"} <= {text[3:] for text in await sent_texts(place, bot)}
    sequences = select(inbox.c.sequence).order_by(inbox.c.sequence)
    left = await place.database.read(lambda tx: list(tx.execute(sequences).scalars()))
    assert left == [2, 3]


async def test_one_whose_words_are_kept_no_longer_is_none(place, bot, clock):
    letter = await poisoned(place, bot, clock)
    clock.advance(days=91)
    periods = {"keep_bodies_days": timedelta(days=90)}
    while await place.database.run(retention.expire, clock.now(), periods):
        pass
    assert await dead(place) == []
    assert not await replayed(place, clock, letter.key)


async def test_one_that_killed_its_process_and_one_that_cannot_be_opened_say_so(place, bot, clock):
    await bot.intake.receive(says("killer", "1"))
    await bot.intake.receive(says("sealed", "2"))
    for _ in range(ATTEMPTS - 1):
        clock.advance(seconds=16)
        ((id_, fence),) = await place.database.read(store.due, clock.now(), 1)
        await place.database.run(store.take, id_, fence, "dies", bot.turns.ask(clock.now())[1])
    await place.database.run(
        lambda tx: tx.execute(update(inbox).where(inbox.c.sequence == 2).values(body=b"broken"))
    )
    await work(bot, clock)
    found = {letter.key[1]: (letter.error, letter.attempts) for letter in await dead(place)}
    assert found == {1: (DIED, ATTEMPTS), 2: ("DecryptionError", 1)}
