"""Forgetting and the notice on the citizen's side, on each database."""

from collections.abc import AsyncIterator

import pytest
from citizens import TEXTS, Gate, ScriptedEngine, Town, says, town
from sqlalchemy import select

from bot.channels.telegram import parts, updates
from bot.dialogue.engine.port import Outcome
from bot.message import Reply
from bot.outbound import outgoing
from bot.privacy import notice
from bot.push import Push
from bot.store.tables import conversation, inbox, outbox, telegram_part, telegram_update


@pytest.fixture
async def place(database_url, clock, ids) -> AsyncIterator[Town]:
    async with town(database_url, clock, ids) as place:
        yield place


async def rows(place, table):
    return await place.database.read(
        lambda tx: [dict(row) for row in tx.execute(select(table)).mappings()]
    )


def forgets(engine, *points):
    async def answer(turn):
        if turn.text != "忘记我":
            return await engine.echo(turn)
        mark = {"type": "erased", "contact_points": list(points or (turn.conversation,))}
        return Outcome((Reply("已经删除。", custom=mark),), b"a state that holds words")

    return answer


async def test_what_was_said_is_gone_but_the_answer_and_the_order_stays(place):
    engine = ScriptedEngine()
    bot = place.bot(engine)
    engine.answer = forgets(engine)
    for index in range(3):
        await bot.intake.handle(says(f"我的秘密 {index}", f"m{index}"))
    answer = await bot.intake.handle(says("忘记我", "m3"))
    assert [said.reply.text for said in answer.said] == ["已经删除。"]
    assert [row["body"] for row in await rows(place, inbox)] == [None] * 4
    assert sum(row["body"] is not None for row in await rows(place, outbox)) == 1
    assert (await rows(place, conversation))[0]["state"] is None
    again = await bot.intake.handle(says("又来了", "m4"))
    assert again.said[0].reply.text == "1: 又来了"
    assert again.said[0].event > answer.said[0].event


async def test_the_engine_forgets_what_it_keeps_itself_and_its_failure_costs_no_answer(place):
    engine = ScriptedEngine()
    bot = place.bot(engine)
    engine.answer = forgets(engine, "cnv_elsewhere")
    await bot.intake.handle(says("忘记我", "1"))
    assert engine.forgotten == ["cnv_elsewhere"]

    async def fails(_: object) -> None:
        raise ConnectionError

    engine.forget = fails
    assert (await bot.intake.handle(says("忘记我", "2"))).done


async def test_the_page_is_not_told_whose_words_went(place):
    engine = ScriptedEngine()
    bot = place.bot(engine)
    engine.answer = forgets(engine)
    await bot.intake.handle(says("忘记我", "m1"))
    (id_,) = [row["id"] for row in await rows(place, conversation)]
    events, _ = await bot.delivery.transcript(id_, 0)
    (said,) = [event for event in events if hasattr(event, "reply")]
    assert said.reply.custom == {"type": "erased"}


async def test_a_turn_under_way_on_the_other_channel_brings_nothing_back(place):
    engine = ScriptedEngine()
    bot = place.bot(engine)
    await bot.intake.handle(says("第一句", "a1", address="other"))
    (other,) = [row["id"] for row in await rows(place, conversation)]
    engine.answer = gate = Gate(engine)
    receipt = await bot.intake.receive(says("正在办", "a2", address="other"))
    bot.intake.go_on(receipt)
    await gate.entered.wait()
    mine = ScriptedEngine()
    second = place.bot(mine)
    mine.answer = forgets(mine, other)
    await second.intake.handle(says("忘记我", "b1", address="mine"))
    kept = {
        row["sequence"]: row["body"]
        for row in await rows(place, inbox)
        if row["conversation_id"] == other
    }
    assert kept[1] is None
    assert kept[2] is not None  # its answer is still to come
    gate.open.set()
    await bot.turns.idle()
    (state,) = [row["state"] for row in await rows(place, conversation) if row["id"] == other]
    assert state is None
    engine.answer = engine.echo
    await bot.turns.sweep()
    await bot.turns.idle()
    said = [item for item in await rows(place, outbox) if item["conversation_id"] == other]
    assert said[-1]["in_reply_to"] == 2
    assert engine.turns[-1].state is None


async def test_the_notice_is_said_once_where_no_page_shows_it(place):
    engine = ScriptedEngine()
    bot = place.bot(engine)
    first = await bot.intake.handle(says("路灯坏了", "m1", channel="telegram"))
    words = TEXTS.words("notice", "zh", version=notice.VERSION)
    assert [said.reply.text for said in first.said] == ["1: 路灯坏了", words]
    second = await bot.intake.handle(says("还有", "m2", channel="telegram"))
    texts = [said.reply.text for said in second.said]
    assert texts[-1] == "2: 还有"
    assert texts.count(words) == 1  # the first answer, which nobody has carried away here
    assert [turn.metadata["notice"] for turn in engine.turns] == [notice.VERSION] * 2
    plain = await bot.intake.handle(says("路灯坏了", "m1", channel="rest"))
    assert len(plain.said) == 1
    assert "notice" not in engine.turns[-1].metadata


async def test_in_danger_no_notice_stands_between(place):
    bot = place.bot(ScriptedEngine())
    answer = await bot.intake.handle(says("着火了", "m1", channel="telegram"))
    assert all("隐私告知" not in said.reply.text for said in answer.said)


async def test_an_album_that_is_still_coming_is_forgotten_too_and_no_one_elses(place, clock):
    engine = ScriptedEngine()
    bot = place.bot(engine)
    for address in ("41", "42"):
        await bot.intake.handle(says("路灯坏了", "m1", address=address, channel="telegram"))
        index = bot.turns._envelopes.index_address("telegram", address)
        now = clock.now()
        await place.database.run(parts.keep, index, "a1", 7, b"sealed", now=now, due=now)
    engine.answer = forgets(engine)
    await bot.intake.handle(says("忘记我", "m2", address="41", channel="telegram"))
    (left,) = await rows(place, telegram_part)
    assert left["address_index"] == bot.turns._envelopes.index_address("telegram", "42")


async def test_an_update_that_failed_is_forgotten_too_and_no_one_elses(place, clock):
    engine = ScriptedEngine()
    bot = place.bot(engine)
    for number, address in enumerate(("41", "42")):
        await bot.intake.handle(says("路灯坏了", "m1", address=address, channel="telegram"))
        index = bot.turns._envelopes.index_address("telegram", address)
        await place.database.run(updates._insert, number, index, b"sealed", clock.now())
    engine.answer = forgets(engine)
    await bot.intake.handle(says("忘记我", "m2", address="41", channel="telegram"))
    (left,) = await rows(place, telegram_update)
    assert left["update_id"] == 1


async def test_a_push_that_a_rest_caller_never_fetched_loses_its_words_and_is_reported(place):
    engine = ScriptedEngine()
    bot = place.bot(engine)
    await bot.intake.handle(says("路灯坏了", "m1", address="caller", channel="rest"))
    (id_,) = [row["id"] for row in await rows(place, conversation)]
    sealed = bot.turns._envelopes.seal_push(Push("case.replied", {"note": "words of the unit"}))
    pushed = await place.database.run(
        outgoing.push,
        id_,
        key="evt_1",
        body=sealed,
        urgency=1,
        status_of=lambda channel: bot.delivery.status(channel, carried=False),
        now=place.clock.now(),
    )
    assert pushed.status == "due"
    engine.answer = forgets(engine)
    answer = await bot.intake.handle(says("忘记我", "m2", address="caller", channel="rest"))
    assert [said.reply.text for said in answer.said] == ["已经删除。"]
    (push,) = [row for row in await rows(place, outbox) if row["event_key"]]
    assert (push["body"], push["status"], push["report"]) == (None, "dead", "due")
    assert push["reason"] == "forgotten"
    assert (await rows(place, conversation))[0]["unsent"] == 0
