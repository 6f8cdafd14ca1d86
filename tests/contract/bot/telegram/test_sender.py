"""What the road out may rely on when it sends by Telegram, against the simulator."""

import pytest
from citizens import TEXTS
from patience import PATIENCE
from telegrams import USER

from bot.channels.telegram import Options
from bot.channels.telegram.markup import escape
from bot.channels.telegram.sending import TelegramSender, parts_of
from bot.message import Button, Reply
from bot.outbound.sender import Dead, Failed, Migrated, Refused, RetryAfter, Sent
from kernel.clock import SystemClock
from kernel.ids import SequentialIds
from tools.telegram_sim.faults import Fault, FaultKind
from tools.telegram_sim.methods import Methods
from tools.telegram_sim.server import TOKEN, Simulator, serving

ADDRESS = str(USER)


@pytest.fixture
async def sim():
    return Simulator.make(clock=SystemClock(), ids=SequentialIds())


@pytest.fixture
def patience():
    """Seconds that a call waits for its answer."""
    return PATIENCE


@pytest.fixture
async def sender(sim, patience):
    from telegram import Bot
    from telegram.request import HTTPXRequest

    async with serving(sim) as base:
        options = Options(TOKEN, "x", base)
        request = HTTPXRequest(read_timeout=patience, connect_timeout=PATIENCE)
        bot = Bot(options.token, base_url=f"{options.api_url}/bot", request=request)
        sim.world.chat(USER)
        yield TelegramSender(bot)
        sim.world.faults.clear()
        await request.shutdown()


def shown(sim):
    return [item.text for item in sim.citizens.shown(USER)]


async def test_a_reply_arrives_with_its_buttons(sim, sender):
    reply = Reply("<b>好</b> & 是", (Button("好", '/choose{"code": "0302"}'),))
    assert await sender.send(ADDRESS, reply, event=4) == Sent(("1",))
    (message,) = sim.citizens.shown(USER)
    assert (message.text, message.buttons) == ("<b>好</b> & 是", {"4.0": "好"})


async def test_a_long_reply_goes_on_after_the_part_that_arrived_last(sim, sender):
    reply = Reply("字" * 10_000)
    sim.world.faults.add(Fault(FaultKind.RETRY_AFTER, value=3))
    assert await sender.send(ADDRESS, reply, event=1) == RetryAfter(3.0, 0)
    assert isinstance(await sender.send(ADDRESS, reply, event=1, skip=1), Sent)
    assert [len(text) for text in shown(sim)] == [4096, 1808]


async def test_a_picture_has_its_words_below_it(sim, sender):
    reply = Reply("看" * 2000, image="https://city.test/a.png")
    await sender.send(ADDRESS, reply, event=1)
    first, second = sim.citizens.shown(USER)
    assert (first.photo, len(first.text), len(second.text)) == (
        "https://city.test/a.png",
        1024,
        976,
    )


async def test_a_picture_that_telegram_cannot_fetch_leaves_its_words_and_address(sim, sender):
    reply = Reply("看", image="/local.png")
    assert isinstance(await sender.send(ADDRESS, reply, event=1), Sent)
    assert shown(sim) == ["看\n/local.png"]


async def test_a_pause_that_is_asked_for_is_told(sim, sender):
    sim.world.faults.add(Fault(FaultKind.RETRY_AFTER, value=7))
    assert await sender.send(ADDRESS, Reply("x"), event=1) == RetryAfter(7.0, 0)


async def test_a_citizen_who_blocked_the_bot_is_not_reached(sim, sender):
    sim.world.block(USER)
    assert isinstance(await sender.send(ADDRESS, Reply("x"), event=1), Dead)


async def test_a_chat_that_is_no_more_is_not_reached(sender):
    assert isinstance(await sender.send("987654", Reply("x"), event=1), Dead)


async def test_a_chat_that_moved_is_told_of(sim, sender):
    sim.world.move(USER, 4711)
    assert await sender.send(ADDRESS, Reply("x"), event=1) == Migrated("4711")


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_broken_telegram_may_be_tried_again(sim, sender, status):
    sim.world.faults.add(Fault(FaultKind.SERVER_ERROR, value=status))
    assert isinstance(await sender.send(ADDRESS, Reply("x"), event=1), Failed)


@pytest.mark.parametrize("patience", [0.5])
@pytest.mark.parametrize("kind", [FaultKind.SILENT, FaultKind.LOST])
async def test_no_answer_in_time_may_be_tried_again(sim, sender, kind):
    sim.world.faults.add(Fault(kind, value=1.0))
    assert isinstance(await sender.send(ADDRESS, Reply("x"), event=1), Failed)
    assert shown(sim) == (["x"] if kind is FaultKind.LOST else [])


async def test_a_late_answer_is_waited_for(sim, sender):
    sim.world.faults.add(Fault(FaultKind.LATE, value=0.1))
    assert await sender.send(ADDRESS, Reply("x"), event=1) == Sent(("1",))


async def test_what_telegram_does_not_take_is_not_tried_again(sim, sender):
    sim.world.faults.add(Fault(FaultKind.BAD_REQUEST))
    assert isinstance(await sender.send(ADDRESS, Reply("x"), event=1), Refused)


async def test_nobody_who_listens_may_be_tried_again(sim):
    from telegram import Bot

    bot = Bot(TOKEN, base_url="http://127.0.0.1:9/bot")
    outcome = await TelegramSender(bot).send(ADDRESS, Reply("x"), event=1)
    assert isinstance(outcome, Failed)
    for request in bot._request:
        await request.shutdown()


async def test_a_token_that_is_not_taken_is_not_told_to_anyone(sim):
    from telegram import Bot

    token = "123456789:AAthis-token-is-a-secret-of-the-city"
    async with serving(sim) as base:
        bot = Bot(token, base_url=f"{base}/bot")
        outcome = await TelegramSender(bot).send(ADDRESS, Reply("x"), event=1)
        for request in bot._request:
            await request.shutdown()
    assert isinstance(outcome, Failed)
    assert "secret-of-the-city" not in outcome.reason


async def test_all_words_of_ours_are_taken(sim):
    sim.world.chat(USER)
    send = Methods(sim.world).table["sendMessage"]
    for language in ("zh", "en"):
        for key in TEXTS.keys(language):
            names = TEXTS.parameters(key, language) - {"city", "hotline"}
            words = TEXTS.words(key, language, **dict.fromkeys(names, "<&>"))
            (part,) = parts_of(Reply(words), 1)
            await send({"chat_id": USER, "text": escape(part.words), "parse_mode": "HTML"})
            assert shown(sim)[-1] == words.strip()
    assert len(shown(sim)) > 150
