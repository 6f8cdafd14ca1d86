"""The road in, on both databases: what is kept, in which order it is answered, and how often."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from citizens import TEXTS, Gate, ScriptedEngine, Town, says, town
from sqlalchemy import func, select, text, update

from bot.dialogue.desk import HandoverResult
from bot.dialogue.engine.port import Outcome
from bot.dialogue.turns import ATTEMPTS, Times
from bot.limits import HANDLED, KEPT, MessageTooLong
from bot.message import Reply
from bot.migrations import MIGRATIONS, VERSION_TABLE
from bot.store import turns as store
from bot.store.tables import conversation, inbox, outbox
from kernel.database import migrate
from kernel.database.database import Database

pytestmark = pytest.mark.usefixtures("clock", "ids")


@pytest.fixture
async def place(database_url, clock, ids) -> AsyncIterator[Town]:
    async with town(database_url, clock, ids) as place:
        yield place


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


def words(answer) -> list[str]:
    return [said.reply.text for said in answer.said]


async def rows(place: Town, statement):
    return await place.database.read(lambda tx: tx.execute(statement).all())


async def until(condition, place: Town) -> None:
    """Let everything that can run do so until the condition holds."""
    for _ in range(2_000):
        if await condition() if asyncio.iscoroutinefunction(condition) else condition():
            return
        await place.database.read(lambda tx: None)
    raise AssertionError("never came true")


async def test_a_message_is_answered_and_its_conversation_goes_on(place, engine):
    bot = place.bot(engine)
    assert words(await bot.intake.handle(says("你好", "1"))) == ["1: 你好"]
    assert words(await bot.intake.handle(says("路灯坏了", "2"))) == ["2: 路灯坏了"]
    first, second = engine.turns
    assert first.state is None
    assert second.state == b"1"
    assert first.message_id == f"{first.conversation}.1"
    assert second.message_id == f"{first.conversation}.2"
    assert first.metadata["language"] == "zh"


async def test_a_turn_takes_two_write_transactions(place, engine):
    bot = place.bot(engine)
    await bot.intake.handle(says("first", "1"))
    written = []
    run = place.database.run

    async def counted(function, *args, **kw):
        written.append(function.__name__)
        return await run(function, *args, **kw)

    place.database.run = counted
    await bot.intake.handle(says("second", "2"))
    assert written == ["claim", "end_turn"]


async def test_a_repeated_message_gets_the_stored_replies_and_no_second_turn(place, engine):
    bot = place.bot(engine)
    first = await bot.intake.handle(says("你好", "1"))
    again = await bot.intake.handle(says("你好", "1"))
    assert again == first
    assert len(engine.turns) == 1
    assert len(await rows(place, select(inbox.c.sequence))) == 1


async def test_a_message_repeated_while_under_way_is_answered_by_the_same_turn(place, engine):
    bot = place.bot(engine)
    engine.answer = gate = Gate(engine)
    first = asyncio.create_task(bot.intake.handle(says("你好", "1")))
    await gate.entered.wait()
    again = asyncio.create_task(bot.intake.handle(says("你好", "1")))
    await until(lambda: _listening(place), place)
    gate.open.set()
    assert words(await first) == words(await again) == ["1: 你好"]
    assert len(engine.turns) == 1


def _listening(place: Town) -> bool:
    return bool(place.bell._listeners._mailboxes)


async def test_one_id_from_two_senders_is_two_messages(place, engine):
    bot = place.bot(engine)
    await bot.intake.handle(says("你好", "1", address="a"))
    await bot.intake.handle(says("你好", "1", address="b"))
    assert len({turn.conversation for turn in engine.turns}) == 2


async def test_messages_sent_at_once_are_answered_one_by_one_in_the_order_they_came(place, engine):
    bot = place.bot(engine)
    sequences: dict[str, int] = {}
    receive = bot.intake.receive

    async def noted(inbound):
        receipt = await receive(inbound)
        sequences[inbound.text] = receipt.sequence
        return receipt

    bot.intake.receive = noted
    texts = [f"m{number}" for number in range(20)]
    answers = await asyncio.gather(*(bot.intake.handle(says(text, text)) for text in texts))
    assert [turn.text for turn in engine.turns] == sorted(texts, key=sequences.__getitem__)
    for text_, answer in zip(texts, answers, strict=True):
        assert words(answer) == [f"{sequences[text_]}: {text_}"]
    events = await rows(
        place, select(outbox.c.event, outbox.c.in_reply_to).order_by(outbox.c.event)
    )
    assert [row.in_reply_to for row in events] == list(range(1, 21))


async def test_two_processes_never_run_one_conversation_at_once(place, engine):
    running = most = 0

    async def careful(turn):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await place.database.read(lambda tx: None)
        running -= 1
        return await engine.echo(turn)

    engine.answer = careful
    bots = [place.bot(engine), place.bot(engine)]
    answers = await asyncio.gather(
        *(bots[number % 2].intake.handle(says(f"m{number}", str(number))) for number in range(12))
    )
    assert most == 1
    assert sorted(int(words(answer)[0].split(":")[0]) for answer in answers) == list(range(1, 13))


async def test_a_holder_that_died_is_followed_by_the_sweep_when_its_lease_has_lapsed(
    place, engine, clock
):
    dead = place.bot(engine)
    await dead.intake.receive(says("你好", "1"))  # and no more: the process is gone
    bot = place.bot(engine)
    assert await bot.turns.sweep() == 0
    clock.advance(seconds=16)
    assert await bot.turns.sweep() == 1
    await bot.turns.idle()
    assert [turn.text for turn in engine.turns] == ["你好"]
    (row,) = await rows(place, select(inbox.c.attempts, inbox.c.done_at))
    assert row.attempts == 1
    assert row.done_at == clock.now()


async def test_the_engine_is_told_which_messages_it_may_have_had_before(place, engine, clock):
    await place.bot(engine).intake.receive(says("one", "1"))  # by a process that is gone
    clock.advance(seconds=16)
    bot = place.bot(engine)
    await bot.turns.sweep()
    await bot.turns.idle()
    await bot.intake.handle(says("two", "2"))
    assert [(turn.text, turn.again) for turn in engine.turns] == [("one", True), ("two", False)]


async def test_the_next_message_finds_what_a_dead_holder_left_and_comes_after_it(
    place, engine, clock
):
    await place.bot(engine).intake.receive(says("one", "1"))
    clock.advance(seconds=16)
    answer = await place.bot(engine).intake.handle(says("two", "2"))
    assert [turn.text for turn in engine.turns] == ["one", "two"]
    assert words(answer)[-1] == "2: two"


async def test_a_late_answer_comes_with_the_next_call_once(place, engine, clock):
    await place.bot(engine).intake.receive(says("one", "1"))
    clock.advance(seconds=16)
    bot = place.bot(engine)
    await bot.turns.sweep()
    await bot.turns.idle()
    assert words(await bot.intake.handle(says("two", "2"))) == ["1: one", "2: two"]
    assert words(await bot.intake.handle(says("three", "3"))) == ["3: three"]


async def test_a_turn_whose_fence_was_raised_is_thrown_away_and_repeated(place, engine, clock):
    slow = place.bot(engine)
    engine.answer = gate = Gate(engine)
    first = asyncio.create_task(slow.intake.handle(says("你好", "1")))
    await gate.entered.wait()
    clock.advance(seconds=16)
    engine.answer = engine.echo
    other = place.bot(engine)
    await other.turns.sweep()
    await other.turns.idle()
    gate.open.set()
    assert words(await first) == ["1: 你好"]
    assert len(engine.turns) == 2
    assert len(await rows(place, select(outbox.c.event))) == 1


async def test_an_engine_that_is_away_is_told_once_and_the_message_answered_later(
    place, engine, clock
):
    bot = place.bot(engine)
    engine.down = True
    answer = await bot.intake.handle(says("路灯坏了", "1"))
    assert words(answer) == [TEXTS.words("engine_down", "zh")]
    assert not answer.done
    for _ in range(ATTEMPTS + 3):  # being away is not the message's fault
        clock.advance(seconds=61)
        await bot.turns.sweep()
        await bot.turns.idle()
    engine.down = False
    assert await bot.turns.sweep() == 0
    clock.advance(seconds=61)
    await bot.turns.sweep()
    await bot.turns.idle()
    again = await bot.intake.handle(says("路灯坏了", "1"))
    assert words(again) == [TEXTS.words("engine_down", "zh"), "1: 路灯坏了"]
    assert again.done


async def test_waiting_grows_with_the_age_of_the_message(place, engine, clock):
    bot = place.bot(engine)
    engine.down = True
    await bot.intake.handle(says("路灯坏了", "1"))
    waits = []
    for _ in range(7):
        before = clock.now()
        (row,) = await rows(place, select(conversation.c.free_at))
        waits.append((row.free_at - before).total_seconds())
        clock.set(row.free_at)
        await bot.turns.sweep()
        await bot.turns.idle()
    assert waits == [2, 2, 4, 8, 16, 32, 60]


async def test_who_writes_again_has_the_engine_tried_at_once(place, engine):
    bot = place.bot(engine)
    engine.down = True
    await bot.intake.handle(says("one", "1"))
    engine.down = False
    assert words(await bot.intake.handle(says("two", "2"))) == ["2: two"]
    assert [turn.text for turn in engine.turns] == ["one", "one", "two"]


async def test_a_message_that_always_fails_is_parked_with_an_apology_and_frees_the_next(
    place, engine, clock
):
    async def picky(turn):
        if turn.text == "poison":
            raise RuntimeError("cannot")
        return await engine.echo(turn)

    engine.answer = picky
    bot = place.bot(engine)
    await bot.intake.handle(says("poison", "1"))
    for _ in range(ATTEMPTS):
        clock.advance(seconds=61)
        await bot.turns.sweep()
        await bot.turns.idle()
    assert len(engine.turns) == ATTEMPTS
    replies = await bot.intake.handle(says("poison", "1"))
    assert words(replies) == [TEXTS.words("engine_down", "en"), TEXTS.words("parked", "en")]
    (row,) = await rows(place, select(inbox.c.parked_at, inbox.c.body, inbox.c.done_at))
    assert row.parked_at is not None
    assert row.body is not None
    assert "1: fine" in words(await bot.intake.handle(says("fine", "2")))


async def test_a_message_that_kills_the_process_is_parked_too(place, engine, clock):
    await place.bot(engine).intake.receive(says("killer", "1"))
    bot = place.bot(engine)
    for _ in range(ATTEMPTS - 1):
        clock.advance(seconds=16)
        ((id_, fence),) = await place.database.read(store.due, clock.now(), 1)
        await place.database.run(store.take, id_, fence, "dies", bot.turns.ask(clock.now())[1])
    clock.advance(seconds=16)
    await bot.turns.sweep()
    await bot.turns.idle()
    assert engine.turns == []
    answer = await bot.intake.handle(says("killer", "1"))
    assert words(answer) == [TEXTS.words("parked", "en")]


async def test_an_engine_too_slow_counts_as_failed_and_words_come(place, engine):
    bot = place.bot(engine, times=Times(engine=0.01))
    engine.answer = Gate(engine)
    answer = await bot.intake.handle(says("hello", "1"))
    assert words(answer) == [TEXTS.words("engine_down", "en")]
    (row,) = await rows(place, select(inbox.c.attempts, inbox.c.done_at))
    assert row.attempts == 1
    assert row.done_at is None


async def test_who_waits_behind_a_stuck_turn_is_told_that_the_words_are_kept(place, engine, clock):
    bot = place.bot(engine)
    engine.answer = gate = Gate(engine)
    first = asyncio.create_task(bot.intake.handle(says("one", "1")))
    await gate.entered.wait()
    second = asyncio.create_task(bot.intake.handle(says("two", "2")))
    while not second.done():
        clock.advance(seconds=0.5)
        await place.database.read(lambda tx: None)
    answer = await second
    assert words(answer) == [TEXTS.words("still_working", "en")]
    assert not answer.done
    gate.open.set()
    await first
    await bot.turns.idle()
    assert words(await bot.intake.handle(says("two", "2"))) == ["2: two"]


async def test_emergency_words_come_first_and_with_the_engine_down(place, engine):
    bot = place.bot(engine)
    engine.down = True
    answer = await bot.intake.handle(says("我家着火了", "1"))
    assert words(answer) == [
        TEXTS.words("emergency_fire", "zh", numbers="119"),
        TEXTS.words("engine_down", "zh"),
    ]
    assert answer.said[0].reply.custom == {"type": "emergency", "kind": "fire", "call": ["119"]}
    assert words(await bot.intake.handle(says("我家着火了", "1"))) == words(answer)


async def test_emergency_words_are_committed_before_the_turn_begins(place, engine):
    bot = place.bot(engine)
    engine.answer = gate = Gate(engine)
    task = asyncio.create_task(bot.intake.handle(says("The house is on fire", "1")))
    await gate.entered.wait()
    assert [row.event for row in await rows(place, select(outbox.c.event))] == [2]
    assert engine.turns[0].metadata["emergency"] == "fire"
    gate.open.set()
    assert words(await task) == [
        TEXTS.words("emergency_fire", "en", numbers="119"),
        "1: The house is on fire",
    ]


async def test_emergency_words_come_in_every_mode_and_do_not_wait_for_a_running_turn(place, engine):
    bot = place.bot(engine)
    await bot.intake.handle(says("你好", "1"))
    await place.database.run(
        lambda tx: tx.execute(update(conversation).values(mode="live")).rowcount
    )
    engine.answer = gate = Gate(engine)
    slow = asyncio.create_task(bot.intake.handle(says("等一下", "2")))
    await gate.entered.wait()
    receipt = await bot.intake.receive(says("着火了", "3"))
    assert [said.reply.text for said in receipt.replies] == [
        TEXTS.words("emergency_fire", "zh", numbers="119")
    ]
    gate.open.set()
    await slow


async def test_emergency_rules_that_break_do_not_keep_a_message_out(place, engine):
    def broken(_text):
        raise RuntimeError("rule")

    bot = place.bot(engine, emergency=broken)
    assert words(await bot.intake.handle(says("你好", "1"))) == ["1: 你好"]


async def test_the_desk_answers_a_live_conversation_and_the_engine_stays_silent(place, engine):
    class Desk:
        def __init__(self):
            self.turns = []

        async def take(self, turn, mode):
            self.turns.append(turn)
            return HandoverResult(Outcome((), turn.state))

    desk = Desk()
    bot = place.bot(engine, desk=desk)
    await bot.intake.handle(says("你好", "1"))
    await place.database.run(
        lambda tx: tx.execute(update(conversation).values(mode="live")).rowcount
    )
    answer = await bot.intake.handle(says("在吗", "2"))
    assert words(answer) == []
    assert answer.done
    assert [turn.text for turn in desk.turns] == ["在吗"]
    assert len(engine.turns) == 1


async def test_an_empty_message_is_answered_in_words_without_the_engine(place, engine):
    bot = place.bot(engine)
    answer = await bot.intake.handle(says(" \n\x00 ", "1", language="en"))
    assert words(answer) == [TEXTS.words("empty", "en")]
    assert engine.turns == []


async def test_a_very_long_message_is_kept_whole_and_answered_in_words(place, engine):
    bot = place.bot(engine)
    long = "路" * (HANDLED + 1)
    answer = await bot.intake.handle(says(long, "1"))
    assert words(answer) == [TEXTS.words("too_long", "zh", length=HANDLED + 1, limit=HANDLED)]
    assert engine.turns == []
    (heard, _), _ = await bot.delivery.transcript(await _only_conversation(place), 0)
    assert heard.body.text == long


async def test_a_message_beyond_what_is_kept_is_refused_and_leaves_nothing(place, engine):
    bot = place.bot(engine)
    with pytest.raises(MessageTooLong):
        await bot.intake.handle(says("路" * KEPT, "1"))
    assert await rows(place, select(inbox.c.sequence)) == []


async def test_typed_words_that_look_like_a_payload_do_not_reach_the_engine_as_one(place, engine):
    bot = place.bot(engine)
    await bot.intake.handle(says("/affirm 1", "1", channel="web"))
    await bot.intake.handle(says("/affirm", "2", channel="web", metadata={"payload": True}))
    await bot.intake.handle(says("/affirm 3", "3", channel="web", metadata={"payload": "yes"}))
    assert [turn.text for turn in engine.turns] == ["／affirm 1", "/affirm", "／affirm 3"]


async def test_nothing_readable_is_kept_in_the_tables(place, engine):
    bot = place.bot(engine)
    await bot.intake.handle(says("机密的路灯", "1", address="13912345678"))
    for table in (conversation, inbox, outbox):
        for row in await rows(place, select(table)):
            flat = b"|".join(
                value if isinstance(value, bytes) else str(value).encode() for value in row
            )
            assert "路灯".encode() not in flat
            assert b"13912345678" not in flat


async def test_a_body_that_does_not_open_is_parked_and_not_retried_for_ever(place, engine, clock):
    await place.bot(engine).intake.receive(says("你好", "1"))
    await place.database.run(lambda tx: tx.execute(update(inbox).values(body=b"broken")).rowcount)
    clock.advance(seconds=16)
    bot = place.bot(engine)
    await bot.turns.sweep()
    await bot.turns.idle()
    (row,) = await rows(place, select(inbox.c.parked_at))
    assert row.parked_at is not None


async def test_the_language_of_the_engine_is_kept_for_the_words_of_the_house(place, engine):
    async def english(turn):
        return Outcome((Reply("ok"),), None, "en")

    bot = place.bot(engine)
    engine.answer = english
    await bot.intake.handle(says("请说英文", "1"))
    engine.down = True
    assert words(await bot.intake.handle(says("路灯", "2"))) == [TEXTS.words("engine_down", "en")]


async def test_the_sweep_looks_at_unanswered_conversations_by_an_index(place, engine, clock):
    if place.database.dialect != "sqlite":
        pytest.skip("PostgreSQL plans by statistics, which an empty table has not")
    plan = await place.database.read(
        lambda tx: tx.execute(
            text(
                "EXPLAIN QUERY PLAN SELECT id FROM conversation WHERE received > answered"
                " AND free_at <= '2026' ORDER BY free_at LIMIT 5"
            )
        ).all()
    )
    assert "conversation_unanswered" in str(plan)


async def test_the_tables_are_those_that_the_migrations_make(empty_database_url):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from bot.store.tables import metadata

    database = Database(empty_database_url)

    def differences():
        migrate.upgrade(database.engine, MIGRATIONS, VERSION_TABLE)
        with database.engine.connect() as connection:
            context = MigrationContext.configure(
                connection,
                opts={
                    "include_name": lambda name, kind, _parent: (
                        kind != "table" or not name.startswith("alembic_version")
                    )
                },
            )
            return compare_metadata(context, metadata)

    assert await asyncio.to_thread(differences) == []
    await database.close()


async def _only_conversation(place: Town) -> str:
    ((id_,),) = await rows(place, select(conversation.c.id))
    return id_


async def test_a_count_of_messages_is_what_came_in(place, engine):
    bot = place.bot(engine)
    for number in range(3):
        await bot.intake.handle(says("hi", str(number)))
    (row,) = await rows(
        place,
        select(
            conversation.c.received,
            conversation.c.answered,
            conversation.c.last_event,
            conversation.c.lease_owner,
            select(func.count()).select_from(inbox).scalar_subquery().label("kept"),
        ),
    )
    assert tuple(row) == (3, 3, 6, None, 3)
