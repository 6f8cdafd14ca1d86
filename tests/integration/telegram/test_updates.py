"""Updates that fail by themselves: kept as they came, taken again, and at last a dead letter."""

from datetime import timedelta

import pytest
from citizens import KEYRING, TEXTS, ScriptedEngine, says, town
from sqlalchemy import select
from sqlalchemy import update as change
from sqlalchemy.exc import DataError, OperationalError
from telegrams import USER

from bot.channels.telegram import Options, updates
from bot.privacy import retention
from bot.store.envelope import Envelopes
from bot.store.tables import inbox, outbox, telegram_update

OPTIONS = Options("1:x", "s", "http://127.0.0.1:9")


@pytest.fixture
async def place(database_url, clock, ids):
    async with town(database_url, clock, ids) as place:
        yield place


@pytest.fixture
async def bot(place):
    bot = place.bot(ScriptedEngine(), telegram=OPTIONS)
    yield bot
    await bot.turns.idle()
    await bot.telegram.close()


def update(number=5, text="路灯坏了"):
    return {
        "update_id": number,
        "message": {
            "message_id": number,
            "date": 1772413200,
            "chat": {"id": USER, "type": "private"},
            "from": {"id": USER, "is_bot": False, "first_name": "A"},
            "text": text,
        },
    }


@pytest.fixture
def broken(bot, monkeypatch):
    """Break the intake with an error until it is mended."""
    receive = bot.intake.receive

    class Broken:
        calls = 0
        error: Exception = RuntimeError("路灯坏了")

        async def receive(self, inbound):
            self.calls += 1
            raise self.error

        def mend(self):
            monkeypatch.setattr(bot.intake, "receive", receive)

    broken = Broken()
    monkeypatch.setattr(bot.intake, "receive", broken.receive)
    return broken


async def kept(place, table=telegram_update):
    return await place.database.read(lambda tx: tx.execute(select(table)).mappings().all())


async def until_given_up(place, bot, clock):
    for _ in range(updates.ATTEMPTS):
        clock.advance(seconds=updates.BACKOFF.longest)
        await bot.telegram.channel.updates.step()
    return await place.database.read(updates.dead_letters, 10)


async def test_an_update_that_fails_is_kept_encrypted_and_taken_again(place, bot, broken, clock):
    await bot.telegram.channel.take(update())
    (row,) = await kept(place)
    assert "路灯".encode() not in row["body"]
    assert Envelopes(KEYRING).open_message(row["body"]).metadata == update()
    await bot.telegram.channel.updates.step()
    assert broken.calls == 1, "it is not due yet"
    broken.mend()
    clock.advance(seconds=2)
    await bot.telegram.channel.updates.step()
    assert await kept(place) == []
    assert len(await kept(place, inbox)) == 1


@pytest.mark.parametrize(
    "error", [RuntimeError("路灯坏了"), DataError("路灯坏了", None, Exception())]
)
async def test_an_update_that_fails_for_ever_is_a_dead_letter_and_can_be_replayed(
    place, bot, broken, clock, error
):
    broken.error = error
    await bot.telegram.channel.take(update())
    (dead,) = await until_given_up(place, bot, clock)
    assert (dead.queue, dead.key, dead.attempts) == ("telegram-updates", (5,), updates.ATTEMPTS)
    assert dead.error == type(error).__name__, "the words of an error may be a citizen's"
    calls = broken.calls
    assert calls == updates.ATTEMPTS
    await until_given_up(place, bot, clock)
    assert broken.calls == calls, "it is not tried by itself any more"
    broken.mend()
    assert await place.database.run(updates.replay, (5,), clock.now())
    await bot.telegram.channel.updates.step()
    assert await kept(place) == []
    assert len(await kept(place, inbox)) == 1


async def test_an_update_that_cannot_be_read_is_a_dead_letter_too(place, bot, clock):
    await bot.telegram.channel.take({"update_id": 6, "message": {"message_id": "x"}})
    (dead,) = await until_given_up(place, bot, clock)
    assert dead.key == (6,)


async def sent_texts(place, bot):
    """Give what the citizen was told, but for what answers a message."""
    unasked = select(outbox.c.body).where(outbox.c.in_reply_to.is_(None))
    bodies = await place.database.read(lambda tx: list(tx.execute(unasked).scalars()))
    return [bot.turns._envelopes.open_said(body).text for body in bodies]


@pytest.mark.parametrize("spoken", ["zh", "en"])
async def test_the_citizen_of_a_dead_letter_is_told_once(place, bot, clock, spoken, request):
    first = says({"zh": "你好", "en": "hello"}[spoken], "m1", address=str(USER), channel="telegram")
    await bot.intake.handle(first)
    broken = request.getfixturevalue("broken")
    await bot.telegram.channel.take(update())
    for _ in range(updates.ATTEMPTS - 2):
        clock.advance(seconds=updates.BACKOFF.longest)
        await bot.telegram.channel.updates.step()
    assert await sent_texts(place, bot) == [], "it may still be handled"
    await until_given_up(place, bot, clock)
    assert await sent_texts(place, bot) == [TEXTS.words("telegram_given_up", spoken)]
    calls = broken.calls
    assert await place.database.run(updates.replay, (5,), clock.now())
    assert len(await until_given_up(place, bot, clock)) == 1
    assert broken.calls == calls + updates.ATTEMPTS
    assert len(await sent_texts(place, bot)) == 1


async def test_a_citizen_whose_update_cannot_be_opened_is_told_too(place, bot, clock, request):
    await bot.intake.handle(says("你好", "m1", address=str(USER), channel="telegram"))
    request.getfixturevalue("broken")
    await bot.telegram.channel.take(update())
    await place.database.run(lambda tx: tx.execute(change(telegram_update).values(body=b"broken")))
    (dead,) = await until_given_up(place, bot, clock)
    assert (dead.attempts, dead.error) == (2, "DecryptionError")
    assert await sent_texts(place, bot) == [TEXTS.words("telegram_given_up", "zh")]


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({}, [(USER, "zh")]),
        ({"from": {"id": USER, "language_code": "en-GB"}}, [(USER, "en")]),
        ({"chat": {"id": -USER, "type": "group"}}, []),
    ],
)
async def test_of_strangers_only_the_one_of_a_private_chat_is_told(
    bot, place, clock, about, expected
):
    said = []
    bot.telegram.channel._apologies._say = lambda *what: said.append(what)
    raw = update()
    raw["message"] = {**raw["message"], **about, "date": "of no use"}
    await bot.telegram.channel.take(raw)
    assert len(await until_given_up(place, bot, clock)) == 1
    assert said == [(chat, TEXTS.words("telegram_given_up", spoken)) for chat, spoken in expected]


async def test_a_store_that_fails_costs_a_kept_update_no_attempt(place, bot, broken, clock):
    await bot.telegram.channel.take(update())
    broken.error = OperationalError("away", None, Exception())
    assert await until_given_up(place, bot, clock) == []
    (row,) = await kept(place)
    assert (row["attempts"], row["owner"]) == (1, None)


async def test_an_update_that_is_delivered_again_is_kept_once(place, bot, broken):
    for _ in range(2):
        await bot.telegram.channel.take(update())
    assert len(await kept(place)) == 1


async def test_what_a_dead_process_was_taking_is_taken_by_another(place, bot, broken, clock):
    await bot.telegram.channel.take(update())
    clock.advance(seconds=2)
    (lease,) = await place.database.run(updates._claim, "dead", clock.now())
    broken.mend()
    await bot.telegram.channel.updates.step()
    assert len(await kept(place)) == 1, "the lease of the other holds"
    clock.advance(seconds=updates.LEASE.total_seconds())
    await bot.telegram.channel.updates.step()
    assert await kept(place) == []
    await place.database.run(updates._drop, lease)
    assert len(await kept(place, inbox)) == 1


async def test_a_dead_letter_is_deleted_when_words_are_kept_no_longer(place, bot, broken, clock):
    await bot.telegram.channel.take(update())
    await until_given_up(place, bot, clock)
    periods = {"keep_bodies_days": timedelta(days=90)}
    await place.database.run(retention.expire, clock.now(), periods)
    assert len(await kept(place)) == 1
    clock.advance(days=91)
    await place.database.run(retention.expire, clock.now(), periods)
    assert await kept(place) == []
