"""What goes wrong between us and Telegram, and what citizens notice of it."""

import pytest
from telegrams import USER

from kernel.database.sqlite_group import TransactionLost
from tools.telegram_sim.faults import Fault, FaultKind


async def test_a_pause_that_telegram_asks_for_costs_no_reply_and_no_order(polled):
    polled.world.faults.add(Fault(FaultKind.RETRY_AFTER, value=1, times=2))
    polled.sim.citizens.say(USER, "一")
    polled.sim.citizens.say(USER, "二")
    assert await polled.hears(2) == ["1: 一", "2: 二"]
    moments = [call.at for call in polled.world.record.of("sendMessage", USER)]
    assert (moments[1] - moments[0]).total_seconds() >= 1.0


@pytest.mark.parametrize("kind", [FaultKind.SERVER_ERROR, FaultKind.SILENT])
async def test_a_telegram_that_is_broken_for_a_while_costs_no_reply_and_no_order(polled, kind):
    polled.world.faults.add(Fault(kind, value=0.1, times=2))
    polled.sim.citizens.say(USER, "一")
    polled.sim.citizens.say(USER, "二")
    assert await polled.hears(2) == ["1: 一", "2: 二"]


async def test_one_who_blocked_the_bot_is_let_alone_and_answered_on_coming_back(polled, engine):
    def statuses():
        return [call.status for call in polled.world.record.of("sendMessage", USER)]

    await polled.says("一")
    await polled.world.until(lambda: len(polled.sim.citizens.shown(USER)) == 2)  # and the notice

    async def blocks_meanwhile(turn):
        polled.world.block(USER)
        return await engine.echo(turn)

    engine.answer = blocks_meanwhile
    polled.sim.citizens.say(USER, "二")
    await polled.world.until(lambda: 403 in statuses())
    engine.answer = engine.echo
    assert await polled.says("三") == "3: 三"
    assert statuses() == [200, 200, 403, 200]


async def test_a_chat_that_moved_is_followed(polled, engine):
    await polled.says("一")
    await polled.world.until(lambda: len(polled.sim.citizens.shown(USER)) == 2)  # and the notice

    async def moves_meanwhile(turn):
        polled.world.move(USER, USER + 1)
        return await engine.echo(turn)

    engine.answer = moves_meanwhile
    polled.sim.citizens.say(USER, "二")
    assert await polled.hears(1, USER + 1) == ["2: 二"]
    engine.answer = engine.echo
    assert (await polled.says("三", USER + 1)) == "3: 三"
    assert len({turn.conversation for turn in engine.turns}) == 1


async def test_what_telegram_does_not_take_does_not_keep_back_what_follows(polled):
    polled.world.faults.add(Fault(FaultKind.BAD_REQUEST))
    polled.sim.citizens.say(USER, "一")
    polled.sim.citizens.say(USER, "二")
    assert await polled.hears(1) == ["2: 二"]


async def test_replies_that_a_stop_left_are_sent_at_the_next_start(place, engine):
    from telegrams import connected

    made = []

    def make(options):
        made.append(options)
        return place.bot(engine, telegram=options)

    async with connected(make, webhook=False) as line:
        line.world.faults.add(Fault(FaultKind.SERVER_ERROR, times=1000))
        line.sim.citizens.say(USER, "一")
        await line.world.until(lambda: line.world.record.of("sendMessage"))
        await line.bot.stop()
        line.world.faults.clear()
        line.bot = make(made[0])
        await line.bot.start()
        assert await line.hears(1) == ["1: 一"]
        await line.bot.stop()


async def test_an_update_is_never_passed_over_because_a_neighbour_undid_its_commit(
    polled, place, engine, monkeypatch
):
    update = {
        "update_id": 900,
        "message": {
            "message_id": 900,
            "date": int(place.clock.now().timestamp()),
            "chat": {"id": USER, "type": "private"},
            "from": {"id": USER, "is_bot": False, "first_name": "A"},
            "text": "一",
        },
    }
    channel = polled.bot.telegram.channel

    async def lost(*_, **__):
        raise TransactionLost("undone")

    with monkeypatch.context() as patch:
        patch.setattr(place.database, "run", lost)
        for _ in range(7):
            with pytest.raises(TransactionLost):
                await channel.take(update)
    await channel.take(update)
    assert await polled.hears(1) == ["1: 一"]
