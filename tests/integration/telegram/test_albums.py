"""Albums whose process dies while they are gathered."""

from datetime import UTC, datetime

import pytest
from citizens import ScriptedEngine, town
from sqlalchemy import select

from bot.channels.telegram import Options
from bot.channels.telegram.update import File, Heard
from bot.store.tables import inbox, telegram_part

OPTIONS = Options("1:x", "s", "http://127.0.0.1:9")


@pytest.fixture
async def place(sqlite_url, clock, ids):
    async with town(sqlite_url, clock, ids) as place:
        yield place


def part(number: int, text: str = "") -> Heard:
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    files = (File(f"f{number}", "a.jpg", "image/jpeg"),)
    return Heard(5, number, f"m5.{number}", text, moment, "zh", files=files, album="9")


async def names(place):
    return await place.database.read(
        lambda tx: [row[0] for row in tx.execute(select(inbox.c.message_id))]
    )


async def gather(bot):
    await bot.telegram.channel.albums.sweep()
    await bot.telegram.channel.albums.idle()
    await bot.turns.idle()
    await bot.telegram.close()


async def test_parts_that_a_dead_process_left_become_a_message(place, clock):
    engine = ScriptedEngine()
    dead, bot = (place.bot(engine, telegram=OPTIONS) for _ in range(2))
    await dead.telegram.channel.albums.keep(part(1, "看"))
    await dead.telegram.channel.albums.keep(part(2))
    await dead.telegram.channel.albums.stop()
    await dead.telegram.close()
    clock.advance(seconds=11)
    await gather(bot)
    assert await names(place) == ["g9.1"]
    assert [turn.text for turn in engine.turns] == ["看"]


async def test_a_claim_that_is_worked_off_twice_is_one_message(place, clock):
    engine = ScriptedEngine()
    bot = place.bot(engine, telegram=OPTIONS)
    albums = bot.telegram.channel.albums
    await albums.keep(part(1, "看"))
    await clock.sleepers(1)
    clock.advance(seconds=2)
    await albums.idle()
    # Killed between the message and the mark that it was taken.
    body = bot.telegram.channel.albums._seal(part(1, "看"))
    await place.database.run(
        lambda tx: tx.execute(telegram_part.update().values(done_at=None, body=body))
    )
    clock.advance(seconds=31)
    await gather(bot)
    assert await names(place) == ["g9.1"]
    assert len(engine.turns) == 1


async def test_a_part_that_comes_late_is_a_message_of_its_own(place, clock):
    engine = ScriptedEngine()
    bot = place.bot(engine, telegram=OPTIONS)
    albums = bot.telegram.channel.albums
    for number in (1, 2):
        await albums.keep(part(number, str(number)))
        await clock.sleepers(1)
        clock.advance(seconds=2)
        await albums.idle()
    await gather(bot)
    assert await names(place) == ["g9.1", "g9.2"]


async def test_parts_are_forgotten_when_they_cannot_come_again(place, clock):
    bot = place.bot(ScriptedEngine(), telegram=OPTIONS)
    albums = bot.telegram.channel.albums
    await albums.keep(part(1, "看"))
    await clock.sleepers(1)
    clock.advance(seconds=2)
    await albums.idle()
    clock.advance(days=3)
    await gather(bot)
    left = await place.database.read(lambda tx: tx.execute(select(telegram_part.c.album)).all())
    assert left == []
