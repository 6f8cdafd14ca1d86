"""Polling: an update counts as received when it is kept, not before."""

import asyncio

from citizens import ScriptedEngine, town
from sqlalchemy.exc import OperationalError
from telegrams import USER, connected

from bot.channels.telegram import updates
from kernel import leases
from kernel.backoff import Backoff
from kernel.clock import SystemClock
from kernel.loops import Phase


def offsets(line):
    return [int(call.arguments.get("offset") or 0) for call in line.world.record.of("getUpdates")]


async def test_the_offset_moves_only_after_the_commit(polled, monkeypatch):
    await polled.says("一")
    receive = polled.bot.intake.receive
    tried = []
    whole = asyncio.Event()

    async def broken(inbound):
        tried.append(inbound.text)
        if not whole.is_set():
            raise OperationalError("disk", None, Exception())
        return await receive(inbound)

    monkeypatch.setattr(polled.bot.intake, "receive", broken)
    update = polled.sim.citizens.say(USER, "二")
    before = len(offsets(polled))
    await polled.world.until(lambda: len(tried) >= 2)
    assert polled.world.updates == [update]
    assert max(offsets(polled)[before:], default=0) <= update["update_id"]
    whole.set()
    assert (await polled.hears(2))[1] == "2: 二"
    await polled.world.until(lambda: not polled.world.updates)


async def test_while_a_message_is_being_kept_telegram_still_has_it(polled, monkeypatch):
    await polled.says("一")
    receive = polled.bot.intake.receive
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def slow(inbound):
        entered.set()
        await go_on.wait()
        return await receive(inbound)

    monkeypatch.setattr(polled.bot.intake, "receive", slow)
    update = polled.sim.citizens.say(USER, "二")
    await entered.wait()
    asked = len(offsets(polled))
    assert polled.world.updates == [update]
    assert asked == len(offsets(polled))
    go_on.set()
    await polled.hears(2)


async def test_what_was_kept_before_a_kill_is_not_taken_twice(place, engine):
    async with connected(
        lambda options: place.bot(engine, telegram=options), webhook=False
    ) as line:
        update = line.sim.citizens.say(USER, "路灯坏了")
        await line.hears(1)
        # Killed after the commit and before the next question: Telegram gives it again.
        line.world.push_raw({"message": update["message"]})
        await line.says("还有")
    assert [turn.text for turn in engine.turns] == ["路灯坏了", "还有"]


async def test_an_update_that_always_fails_does_not_keep_back_the_others(
    polled, place, monkeypatch
):
    receive = polled.bot.intake.receive

    async def broken(inbound):
        if inbound.text == "坏":
            raise RuntimeError("a mistake of ours")
        return await receive(inbound)

    monkeypatch.setattr(polled.bot.intake, "receive", broken)
    polled.sim.citizens.say(USER, "坏")
    polled.sim.citizens.say(USER, "好")
    assert await polled.hears(1) == ["1: 好"]
    assert polled.bot.telegram._loop.state.failing_since is None
    assert await place.database.read(leases.next_due, updates.QUEUE) is not None


async def test_one_process_polls_for_a_token(place, postgres_database_url, ids):
    engine = ScriptedEngine()
    async with (
        town(postgres_database_url, SystemClock(), ids) as place,
        connected(lambda options: place.bot(engine, telegram=options), webhook=False) as line,
    ):
        await line.says("一")
        second = place.bot(engine, telegram=line.options)
        await second.start()
        try:
            await line.world.until(lambda: len(line.world.record.of("getMe")) == 2)
            await line.says("二")
            statuses = {call.status for call in line.world.record.of("getUpdates")}
            assert statuses == {200}
        finally:
            await second.stop()


async def test_another_process_polls_ten_seconds_after_the_first_has_died(
    postgres_database_url, ids, clock
):
    async with (
        town(postgres_database_url, clock, ids) as place,
        connected(lambda options: place.bot(ScriptedEngine(), telegram=options), webhook=False) as (
            line
        ),
    ):
        first, second = line.bot.telegram, place.bot(ScriptedEngine(), telegram=line.options)

        def busy():
            """Tell whether a renewal, or a look at who asks, is under way."""
            other = second.telegram
            looks = (
                first._renewal,
                other._renewal,
                *(() if other.polling._held else (other._loop,)),
            )
            return any(loop.state.phase is Phase.RUNNING for loop in looks)

        await line.world.until(lambda: first.polling._held)
        await second.start()
        try:
            await passes(clock, busy, seconds=60)
            assert not second.telegram.polling._held, "renewed while a question lasts"
            for loop in (first._loop, first._renewal):  # killed: it gives nothing back
                await loop.stop(grace=0)
            await passes(clock, busy, seconds=9)
            assert second.telegram.polling._held
        finally:
            await second.stop()


async def passes(clock, busy, seconds):
    """Move the clock in steps, and let what has become due be done."""
    for _ in range(seconds * 2):
        clock.advance(seconds=0.5)
        for _ in range(5):  # what was woken begins
            await asyncio.sleep(0)
        while busy():  # noqa: ASYNC110 - loops tell their state by a property alone
            await asyncio.sleep(0.001)


async def test_a_webhook_of_before_is_taken_away(place, engine):
    async with connected(
        lambda options: place.bot(engine, telegram=options), webhook=False
    ) as line:
        await line.says("一")
        calls = [call.method for call in line.world.record.calls]
        assert calls.index("deleteWebhook") < calls.index("getUpdates")
        given = line.world.record.of("deleteWebhook")[0].arguments
        assert given["drop_pending_updates"] is False


async def test_telegram_that_is_away_for_a_while_costs_nothing(polled):
    from tools.telegram_sim.faults import Fault, FaultKind

    polled.bot.telegram._loop._backoff = Backoff(first=0.01)
    for kind in (FaultKind.SERVER_ERROR, FaultKind.FORBIDDEN, FaultKind.BAD_REQUEST):
        polled.world.faults.add(Fault(kind, "getUpdates"))
    assert await polled.says("一") == "1: 一"
    assert await polled.says("二") == "2: 二"
