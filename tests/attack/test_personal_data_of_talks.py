"""A conversation marked in every declared column is forgotten, and wiped in time."""

from datetime import timedelta

import pytest
from citizens import KEYRING, ScriptedEngine, says, town
from marks import Marks, everything, expected, on_disk, plant
from sqlalchemy import select, update

from bot.dialogue.engine.port import Outcome
from bot.message import Reply
from bot.privacy.retention import expire
from bot.store.tables import conversation, inbox, metadata, outbox
from kernel.privacy.personal import Fate, Term

TABLES = tuple(metadata.sorted_tables)
DECLARED = expected(TABLES, ("conversation",))
PERIODS = {"keep_bodies_days": timedelta(days=90)}


@pytest.fixture
async def place(database_url, clock, ids):
    async with town(database_url, clock, ids) as place:
        yield place


async def a_conversation(place, bot, address, channel):
    """Have somebody write on a channel, and mark all that is theirs."""
    await bot.intake.handle(says("路灯坏了", "m1", address=address, channel=channel))
    index = bot.turns._envelopes.index_address(channel, address)

    def mark(tx):
        id_ = tx.scalar(select(conversation.c.id).where(conversation.c.address_index == index))
        # What is planted where an address is looked up by: the page's own session.
        marks = Marks({"conversation": [id_]})
        samples = {
            "telegram_part": {"address_index": index, "done_at": None},
            "telegram_update": {"address_index": index},
        }
        plant(tx, TABLES, KEYRING, marks, place.clock.now(), samples)
        # Words that a page's address is made of are no words of a message.
        return marks

    marks = await place.database.run(mark)
    assert marks.columns() == set(DECLARED)
    return marks


async def forget(place, bot, engine, marks, address, channel):
    async def answer(turn):
        mark = {"type": "erased", "contact_points": list(marks.owners["conversation"])}
        return Outcome((Reply("已经删除。", custom=mark),), b"words again")

    engine.answer = answer
    return await bot.intake.handle(says("忘记我", "m2", address=address, channel=channel))


@pytest.mark.parametrize("status", ["due", "sent", "dead", "failed"])
async def test_who_is_forgotten_leaves_no_mark_and_a_neighbour_keeps_all(place, tmp_path, status):
    engine = ScriptedEngine()
    bot = place.bot(engine)
    mine = await a_conversation(place, bot, "41", "rest")
    other = await a_conversation(place, bot, "42", "rest")
    await place.database.run(lambda tx: tx.execute(update(outbox).values(status=status)))
    await forget(place, bot, engine, mine, "41", "rest")
    stay = {name for name, item in DECLARED.items() if item.erased is Fate.KEPT}
    found = await everything(place.database, TABLES, KEYRING) + on_disk(tmp_path)
    assert mine.left_in(found) == stay
    assert other.left_in(found) == set(DECLARED)


async def test_what_is_over_is_gone_by_itself_and_nothing_else(place, clock, tmp_path):
    bot = place.bot(ScriptedEngine())
    marks = await a_conversation(place, bot, "41", "web")
    over = {name for name, item in DECLARED.items() if isinstance(item.until, Term)}
    over |= {"web_session.address", "telegram_update.body", "telegram_part.body"}  # with its row
    clock.advance(days=89)
    await place.database.run(
        lambda tx: tx.execute(update(metadata.tables["web_session"]).values(expires_at=clock.now()))
    )
    assert await place.database.run(expire, clock.now(), PERIODS) == 0
    clock.advance(days=2)
    while await place.database.run(expire, clock.now(), PERIODS):
        pass
    found = await everything(place.database, TABLES, KEYRING) + on_disk(tmp_path)
    assert marks.left_in(found) == set(DECLARED) - over
    assert await place.database.read(lambda tx: tx.scalar(select(inbox.c.body))) is None
