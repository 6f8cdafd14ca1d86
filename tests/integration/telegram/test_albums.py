"""Albums as a queue: gathered, worked on under a lease, retried, and at last a dead letter."""

from datetime import UTC, datetime, timedelta

import pytest
import telegram.error
from citizens import TEXTS, ScriptedEngine, says, town
from sqlalchemy import select, update

from bot.channels.telegram import Options, parts
from bot.channels.telegram.update import ChatMessage, File
from bot.channels.telegram.updates import ATTEMPTS, BACKOFF
from bot.inbound.attachments import FileRefused
from bot.message import Reply
from bot.privacy import retention
from bot.store.tables import conversation, inbox, outbox, telegram_part
from kernel.supervisor import Supervisor

OPTIONS = Options("1:x", "s", "http://127.0.0.1:9")
LATE, LOST, SORRY = (
    TEXTS.words(f"telegram_{key}", "zh") for key in ("file_late", "file_lost", "given_up")
)


class Files:
    """Fetches files, fails for those in `broken`, and notes what it was asked for."""

    def __init__(self):
        self.broken = {}
        self.asked = []

    async def __call__(self, _chat, file):
        self.asked.append(file.id)
        if (error := self.broken.get(file.id)) is not None:
            raise error
        return f"att_{file.id}"


@pytest.fixture
async def place(database_url, clock, ids):
    async with town(database_url, clock, ids) as place:
        yield place


@pytest.fixture
def engine():
    return ScriptedEngine()


def process(place, engine, files):
    bot = place.bot(engine, telegram=OPTIONS, supervisor=Supervisor(place.clock))
    bot.telegram.channel.albums._fetch = files
    return bot


@pytest.fixture
def files():
    return Files()


@pytest.fixture
async def bot(place, engine, files):
    bot = process(place, engine, files)
    yield bot
    await bot.telegram.close()


def part(number: int, text: str = "") -> ChatMessage:
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    files = (File(f"f{number}", "a.jpg", "image/jpeg"),)
    return ChatMessage(5, number, f"m5.{number}", text, moment, "zh", files=files, album="9")


async def work(bot, clock, seconds=1):
    clock.advance(seconds=seconds)
    albums = bot.telegram.channel.albums
    while await albums.step() == 0:
        await albums.idle()
    await bot.turns.idle()


async def until_given_up(bot, clock):
    for _ in range(ATTEMPTS):
        await work(bot, clock, BACKOFF.longest)


async def names(place):
    found = select(inbox.c.message_id).order_by(inbox.c.sequence)
    return await place.database.read(lambda tx: list(tx.execute(found).scalars()))


async def kept(place):
    found = select(telegram_part).order_by(telegram_part.c.number)
    return await place.database.read(lambda tx: tx.execute(found).mappings().all())


async def times_sent(place, bot, words):
    """Count how often the citizen was told `words`."""
    bodies = await place.database.read(lambda tx: list(tx.execute(select(outbox.c.body)).scalars()))
    said = [bot.turns._envelopes.open_said(body) for body in bodies]
    return [item.text for item in said if isinstance(item, Reply)].count(words)


async def dead(place):
    return await place.database.read(parts.dead_letters, 10)


async def known(bot):
    """Have the citizen written before."""
    await bot.intake.handle(says("你好", "m5.99", address="5", channel="telegram"))


async def test_parts_that_a_dead_process_left_become_one_message(place, bot, engine, clock, files):
    other = process(place, engine, files)
    for number, text in ((1, "看"), (2, "")):
        await other.telegram.channel.albums.keep(part(number, text))
    await other.telegram.close()
    await work(bot, clock)
    assert await names(place) == ["g9.1"]
    (turn,) = engine.turns
    assert (turn.text, turn.metadata["attachments"]) == ("看", ["att_f1", "att_f2"])
    assert {row["body"] for row in await kept(place)} == {None}


async def test_an_album_waits_for_a_second_after_its_last_part(place, bot, clock):
    for number in (2, 1, 3):
        await bot.telegram.channel.albums.keep(part(number))
        await work(bot, clock, 0.9)
    assert await names(place) == []
    assert await bot.telegram.channel.albums.step() == pytest.approx(0.1)
    await work(bot, clock, 0.1)
    assert await names(place) == ["g9.1"]


async def test_a_part_that_comes_late_is_a_message_of_its_own(place, bot, clock):
    for number in (2, 1, 3):
        await bot.telegram.channel.albums.keep(part(number, str(number)))
        await work(bot, clock)
    assert await names(place) == ["g9.2", "g9.1", "g9.3"]


async def test_a_late_part_waits_while_its_album_is_worked_on(place, bot, clock):
    albums = bot.telegram.channel.albums
    await albums.keep(part(2))
    clock.advance(seconds=1)
    (first,) = await place.database.run(parts.claim, "one", clock.now(), 9)
    await albums.keep(part(1))
    await albums.keep(part(3))
    clock.advance(seconds=1)
    assert await place.database.run(parts.claim, "two", clock.now(), 9) == []
    await place.database.run(parts.done, first.lease, clock.now())
    (late,) = await place.database.run(parts.claim, "two", clock.now(), 9)
    assert [item.number for item in late.parts] == [1, 3]


async def test_an_album_whose_process_died_after_its_message_is_one_message(
    place, bot, engine, clock
):
    albums = bot.telegram.channel.albums
    await albums.keep(part(1, "看"))
    await albums.keep(part(2))
    clock.advance(seconds=1)
    (album,) = await place.database.run(parts.claim, "dead", clock.now(), 1)
    letters = [bot.turns._envelopes.open_message(item.body) for item in album.parts]
    await albums._hand_on(album, letters)  # killed before it was marked as done
    await bot.turns.idle()
    await work(bot, clock, parts.LEASE.total_seconds() - 1)
    assert {row["done_at"] for row in await kept(place)} == {None}
    await work(bot, clock)
    assert {row["body"] for row in await kept(place)} == {None}
    assert await names(place) == ["g9.1"]
    assert len(engine.turns) == 1


async def test_an_album_is_held_for_as_long_as_each_of_its_files_takes(place, bot, clock, files):
    albums = bot.telegram.channel.albums
    claims = []

    async def slowly(chat, file):
        clock.advance(seconds=60)
        claims.extend(await place.database.run(parts.claim, "two", clock.now(), 1))
        return await files(chat, file)

    albums._fetch = slowly
    for number in range(1, 5):
        await albums.keep(part(number))
    await work(bot, clock)
    assert claims == []
    assert await names(place) == ["g9.1"]


async def test_an_album_that_another_process_has_taken_is_left_to_it(place, bot, clock, files):
    albums = bot.telegram.channel.albums
    taken = []

    async def too_slowly(chat, file):
        clock.advance(seconds=80)
        taken.extend(await place.database.run(parts.claim, "two", clock.now(), 1))
        return await files(chat, file)

    albums._fetch = too_slowly
    await albums.keep(part(1, "看"))
    await work(bot, clock)
    assert len(taken) == 1
    assert await names(place) == []


async def test_words_do_not_wait_for_a_file_that_does_not_come(place, bot, engine, clock, files):
    files.broken = {"f2": telegram.error.NetworkError("away")}
    for number, text in ((1, "看"), (2, "")):
        await bot.telegram.channel.albums.keep(part(number, text))
    await work(bot, clock)
    for _ in range(3):
        await work(bot, clock, BACKOFF.longest)
        assert await names(place) == ["g9.1"]
    assert await times_sent(place, bot, LATE) == 1
    assert "attachments" not in engine.turns[0].metadata
    files.broken = {}
    await work(bot, clock, BACKOFF.longest)
    assert await names(place) == ["g9.1", "g9.1.1"]
    assert engine.turns[1].metadata["attachments"] == ["att_f1", "att_f2"]
    assert files.asked.count("f1") == 1, "what is kept is not fetched again"
    assert await dead(place) == []


async def test_words_do_not_wait_for_a_file_that_takes_long(place, bot, engine, clock, files):
    albums = bot.telegram.channel.albums

    async def hangs(*_):
        await clock.sleep(1000)

    albums._fetch, albums._patience = hangs, 0.01
    await albums.keep(part(1, "看"))
    await work(bot, clock)
    albums._fetch = files
    await work(bot, clock, 2)
    assert engine.turns[0].text == "看"
    assert await names(place) == ["g9.1", "g9.1.1"]


async def test_words_of_danger_do_not_wait_at_all_and_the_picture_follows(place, bot, clock, files):
    await bot.telegram.channel._heard(part(1, "着火了"))
    await bot.turns.idle()
    assert await names(place) == ["m5.1"]
    assert files.asked == []
    await work(bot, clock)
    assert await names(place) == ["m5.1", "g9.1.1"]


async def test_an_album_whose_file_never_comes_is_a_dead_letter_and_its_citizen_is_told_once(
    place, bot, engine, clock, files
):
    files.broken = {"f1": telegram.error.NetworkError("https://api/bot1:x/getFile")}
    for number, text in ((1, "看"), (2, "")):
        await bot.telegram.channel.albums.keep(part(number, text))
    await work(bot, clock)
    await until_given_up(bot, clock)
    (letter,) = await dead(place)
    assert (letter.queue, letter.key[1:]) == ("telegram-albums", ("9", 1))
    assert (letter.attempts, letter.error) == (ATTEMPTS, "NetworkError")
    assert files.asked.count("f1") == ATTEMPTS
    assert await names(place) == ["g9.1", "g9.1.1"]
    assert engine.turns[1].metadata["attachments"] == ["att_f2"], "what came is handed on"
    assert await times_sent(place, bot, LOST) == 1
    assert await place.database.run(parts.replay, letter.key, clock.now())
    await until_given_up(bot, clock)
    assert len(await dead(place)) == 1
    assert await times_sent(place, bot, LOST) == 1
    files.broken = {}
    assert await place.database.run(parts.replay, letter.key, clock.now())
    await work(bot, clock)
    assert await dead(place) == []
    assert engine.turns[-1].metadata["attachments"] == ["att_f1", "att_f2"]


async def test_a_picture_without_words_that_never_comes_says_only_that(place, bot, clock, files):
    await known(bot)
    files.broken = {"f1": RuntimeError("away")}
    await bot.telegram.channel.albums.keep(part(1))
    await work(bot, clock)
    await until_given_up(bot, clock)
    assert await names(place) == ["m5.99"]
    assert await times_sent(place, bot, LOST) == 1
    assert len(await dead(place)) == 1


@pytest.mark.parametrize("error", [FileRefused(), telegram.error.BadRequest("File is too big")])
async def test_a_file_that_is_never_taken_is_told_at_once(place, bot, engine, clock, files, error):
    files.broken = {"f1": error}
    await bot.telegram.channel.albums.keep(part(1, "看"))
    await work(bot, clock)
    assert [turn.text for turn in engine.turns] == ["看"]
    refused = TEXTS.words("telegram_file_refused", "zh")
    assert (
        await times_sent(place, bot, LOST if not isinstance(error, FileRefused) else refused) == 1
    )
    assert files.asked == ["f1"]


async def test_parts_that_cannot_be_opened_are_a_dead_letter_at_once(place, bot, clock):
    await known(bot)
    await bot.telegram.channel.albums.keep(part(1, "看"))
    await place.database.run(lambda tx: tx.execute(update(telegram_part).values(body=b"broken")))
    await work(bot, clock)
    (letter,) = await dead(place)
    assert (letter.attempts, letter.error) == (1, "DecryptionError")
    assert await times_sent(place, bot, SORRY) == 1


async def test_an_album_is_handed_back_when_its_process_stops(place, bot, clock):
    albums = bot.telegram.channel.albums

    async def hangs(*_):
        await clock.sleep(1000)

    albums._fetch = hangs
    await albums.keep(part(1))
    clock.advance(seconds=1)
    await albums.step()
    await clock.sleepers(1)
    await albums.stop()
    (row,) = await kept(place)
    assert (row["owner"], row["attempts"], row["due_at"]) == (None, 0, clock.now())


async def test_parts_are_deleted_when_words_are_kept_no_longer(place, bot, clock):
    await bot.telegram.channel.albums.keep(part(1, "看"))
    await work(bot, clock)
    periods = {"keep_bodies_days": timedelta(days=90)}
    clock.advance(days=91)
    while await place.database.run(retention.expire, clock.now(), periods):
        pass
    assert await kept(place) == []
    assert len(await place.database.read(lambda tx: tx.execute(select(conversation)).all())) == 1
