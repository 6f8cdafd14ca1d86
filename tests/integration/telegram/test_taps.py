"""Taps on buttons that were never offered, or were offered to somebody else, or long ago."""

import pytest
from citizens import TEXTS, receipt_card
from telegrams import USER


async def answer_of(line, query):
    await line.world.until(lambda: query in line.world.answered)
    return line.world.answered[query].get("text")


@pytest.fixture
async def offered(posted, engine):
    engine.answer = receipt_card
    await posted.says("好", USER)
    engine.answer = engine.echo
    return posted


@pytest.mark.parametrize(
    "data", ["99.0", "2.9", "/affirm", "2.0 ", "0.0", "x" * 64, "2.0.0", "１.０", "999999999999.1"]
)
async def test_a_button_that_was_never_offered_is_answered_kindly(offered, engine, data):
    message = offered.sim.citizens.shown(USER)[0]
    query = offered.sim.citizens.tap_forged(
        USER, data, offered.world.chat(USER).messages[message.message_id]
    )
    assert await answer_of(offered, query) == TEXTS.words("refused_button", "zh")
    assert [turn.text for turn in engine.turns] == ["好"]


async def test_a_button_of_anothers_conversation_does_nothing(offered, engine):
    (shown,) = offered.sim.citizens.shown(USER)
    data = next(iter(shown.buttons))
    await offered.says("路灯坏了", USER + 1)
    message = {**offered.world.chat(USER + 1).messages[1]}
    query = offered.sim.citizens.tap_forged(USER + 1, data, message)
    assert await answer_of(offered, query) == TEXTS.words("refused_button", "zh")
    assert "/check_progress" not in [turn.text for turn in engine.turns]


async def test_a_tap_below_the_message_of_anothers_chat_is_not_heard(offered, engine):
    (shown,) = offered.sim.citizens.shown(USER)
    data = next(iter(shown.buttons))
    message = offered.world.chat(USER).messages[shown.message_id]
    offered.sim.citizens.tap_forged(USER + 1, data, message)
    await offered.world.until(lambda: not offered.world.updates)
    await offered.says("还在", USER)
    assert [turn.text for turn in engine.turns] == ["好", "还在"]


async def test_an_impatient_finger_says_a_thing_once(offered, engine):
    (shown,) = offered.sim.citizens.shown(USER)
    data = next(iter(shown.buttons))
    message = dict(offered.world.chat(USER).messages[shown.message_id])
    queries = [offered.sim.citizens.tap_forged(USER, data, message) for _ in range(3)]
    for query in queries:
        await answer_of(offered, query)
    await offered.says("好了")
    await offered.world.until(lambda: len(engine.turns) >= 3)
    assert [turn.text for turn in engine.turns] == ["好", "/check_progress", "好了"]


async def test_a_button_that_was_tapped_says_so(offered, engine):
    offered.sim.citizens.tap_title(USER, "没有了")
    await offered.world.until(
        lambda: "✓ 没有了" in offered.sim.citizens.shown(USER)[0].buttons.values()
    )
    query = offered.sim.citizens.tap_title(USER, "✓ 没有了")
    assert await answer_of(offered, query) == TEXTS.words("telegram_chosen", "zh")


async def test_no_button_carries_more_than_its_place(offered):
    (shown,) = offered.sim.citizens.shown(USER)
    assert list(shown.buttons) == ["2.0", "2.1"]
