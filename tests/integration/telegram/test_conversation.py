"""Whole conversations through the simulated Telegram, by polling and by webhook."""

import pytest
from citizens import ScriptedEngine, receipt_card, town
from telegrams import USER, connected

from kernel.clock import SystemClock


@pytest.fixture
def engine():
    return ScriptedEngine()


@pytest.fixture(params=["polling", "webhook"])
async def line(request, sqlite_url, ids, engine):
    async with town(sqlite_url, SystemClock(), ids) as place:
        make = lambda options: place.bot(engine, telegram=options)  # noqa: E731
        async with connected(make, webhook=request.param == "webhook") as line:
            yield line


async def test_words_come_in_and_replies_go_out_in_order(line, engine):
    for number in range(1, 6):
        line.sim.citizens.say(USER, f"第{number}句")
    assert await line.hears(5) == [f"{number}: 第{number}句" for number in range(1, 6)]
    assert len({turn.conversation for turn in engine.turns}) == 1
    assert all(turn.channel == "telegram" for turn in engine.turns)


async def test_a_button_sends_what_it_stands_for_and_shows_that_it_was_tapped(line, engine):
    engine.answer = receipt_card
    await line.says("好")
    engine.answer = engine.echo
    query = line.sim.citizens.tap_title(USER, "没有了")
    await line.hears(2)
    assert engine.turns[-1].text == "/deny"
    await line.world.until(lambda: line.world.answered.get(query))
    await line.world.until(
        lambda: "✓ 没有了" in line.sim.citizens.shown(USER)[0].buttons.values()
    )
    assert "查进度" in line.sim.citizens.shown(USER)[0].buttons.values()
