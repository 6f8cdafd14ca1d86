"""The outbox as a queue on a real database: attempts, due times, leases and dead letters."""

import asyncio
from datetime import UTC, datetime, timedelta
from shutil import copytree

import pytest
from citizens import ScriptedEngine, town
from pushes import Wire, rows
from road import Road
from sqlalchemy import Engine as SqlEngine
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.event import listen, remove

from bot.migrations import MIGRATIONS, VERSION_TABLE
from bot.outbound import outbox
from bot.outbound.sender import Failed, RetryAfter
from bot.push import PushPriority
from bot.store.conversations import Status
from bot.store.tables import conversation
from bot.store.tables import outbox as table
from kernel.database.database import Database
from kernel.database.migrate import upgrade


@pytest.fixture
async def place(database_url, clock, ids):
    async with town(database_url, clock, ids) as place:
        yield place


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
def road(place, wire):
    return Road(place, ScriptedEngine(), wire)


def _change(key="evt_1", **values):
    return lambda tx: tx.execute(update(table).where(table.c.event_key == key).values(values))


async def _row(place, key="evt_1"):
    query = select(table).where(table.c.event_key == key)
    return await place.database.read(lambda tx: tx.execute(query).mappings().one())


async def _unsent(place):
    return await place.database.read(lambda tx: tx.scalar(select(func.sum(conversation.c.unsent))))


async def test_after_its_last_attempt_a_row_is_a_dead_letter_and_the_next_goes_on(road, place):
    citizen = await road.citizen()
    await road.push(1, citizen)
    await road.push(2, citizen)
    await place.database.run(_change(attempts=outbox.ATTEMPTS - 1))
    road.wire.ends = [Failed("line to 13800138000 down")]
    await road.send()
    assert road.notes()[1:] == ["note 2"]
    assert await road.report() == [("evt_1", "dead"), ("evt_2", "sent")]
    (letter,) = await place.database.read(outbox.dead_letters, 10)
    assert (letter.queue, letter.attempts) == ("outbox", outbox.ATTEMPTS)
    assert letter.error is not None
    assert letter.error.startswith("line to ")
    assert "13800138000" not in letter.error
    assert await _unsent(place) == 0
    await road.send()
    assert len(road.notes()) == 2


async def test_a_dead_letter_that_is_replayed_is_sent_once_and_has_all_attempts(road, place, clock):
    citizen = await road.citizen()
    await road.push(1, citizen)
    await place.database.run(_change(attempts=outbox.ATTEMPTS - 1))
    road.wire.ends = [Failed("down"), Failed("down")]
    await road.send()
    (letter,) = await place.database.read(outbox.dead_letters, 10)
    assert await place.database.run(outbox.replay, letter.key, clock.now())
    assert not await place.database.run(outbox.replay, letter.key, clock.now())
    await road.send()
    assert (await _row(place))["attempts"] == 1
    clock.advance(seconds=1)
    await road.send()
    assert road.notes()[1:] == ["note 1"]
    assert (await road.report())[-1] == ("evt_1", "sent")
    assert await place.database.read(outbox.dead_letters, 10) == []
    assert await _unsent(place) == 0


async def test_a_dead_letter_without_words_is_neither_listed_nor_replayed(road, place, clock):
    citizen = await road.citizen()
    await road.push(1, citizen)
    change = _change(status=Status.FAILED, dead_at=clock.now(), body=None)
    await place.database.run(change)
    assert await place.database.read(outbox.dead_letters, 10) == []
    assert not await place.database.run(outbox.replay, (citizen, 4), clock.now())


async def test_a_row_that_no_attempt_ended_becomes_a_dead_letter_unsent(road, place, clock):
    """As one that kills its process each time."""
    citizen = await road.citizen()
    await road.push(1, citizen)
    await place.database.run(_change(attempts=outbox.ATTEMPTS, owner="dead", due_at=clock.now()))
    await road.send()
    assert road.notes()[1:] == []
    assert (await _row(place))["status"] == "failed"


async def test_a_lease_that_nobody_ended_lapses_and_the_row_goes_once_more(
    road, place, clock, monkeypatch
):
    citizen = await road.citizen()
    await road.push(1, citizen)
    run = place.database.run

    async def lost(function, *args, **kw):
        if function is outbox.end:
            raise ConnectionError("gone")
        return await run(function, *args, **kw)

    monkeypatch.setattr(place.database, "run", lost)
    await road.send()
    monkeypatch.undo()
    assert (await _row(place))["owner"] is not None
    clock.advance(seconds=outbox.LEASE.total_seconds() - 1)
    await road.send()
    assert road.notes()[1:] == ["note 1"]
    clock.advance(seconds=1)
    await road.send()
    assert road.notes()[1:] == ["note 1", "note 1"]
    assert (await rows(place.database))[-1] == ("evt_1", "sent", "due")
    assert await _unsent(place) == 0


async def test_who_lost_the_lease_can_not_end_the_row_of_the_next_holder(road, place, clock):
    citizen = await road.citizen()
    await road.push(1, citizen)
    begin = {"urgency": PushPriority.BROADCAST}
    first = await place.database.run(outbox.begin, citizen, owner="a", now=clock.now(), **begin)
    clock.advance(seconds=10)
    second = await place.database.run(outbox.begin, citizen, owner="b", now=clock.now(), **begin)
    assert second.lease.lapsed
    assert await place.database.run(outbox.end, first.lease, Status.REFUSED, "late")
    assert await place.database.run(outbox.fail, first, "late", 0, clock.now()) is None
    assert (await _row(place))["owner"] == "b"
    assert not await place.database.run(outbox.end, second.lease, Status.SENT)
    assert await _unsent(place) == 0


async def test_parts_that_have_arrived_are_skipped_by_the_next_process(place, wire, clock):
    one = Road(place, ScriptedEngine(), wire)
    citizen = await one.citizen()
    wire.ends = [Failed("down", parts=3)]
    await one.push(1, citizen)
    await one.send()
    await one.sending.stop()
    skipped = []
    send = wire.send

    async def seen(*args, **kw):
        skipped.append(kw["skip"])
        return await send(*args, **kw)

    wire.send = seen
    other = Road(place, ScriptedEngine(), wire, process="p2")
    clock.advance(seconds=1)
    await other.send()
    assert skipped == [3]


async def test_a_reply_behind_one_that_failed_gives_it_an_attempt_at_once(road, place, clock):
    await road.citizen()
    road.wire.ends = [Failed("down")]
    await road.write("first", "2", "a")
    await road.send()
    assert not [note for note in road.notes() if "first" in note]
    await road.write("second", "3", "a")
    await road.send()
    assert [note for note in road.notes() if "first" in note or "second" in note] == [
        "2: first",
        "3: second",
    ]
    most = await place.database.read(lambda tx: tx.scalar(select(func.max(table.c.attempts))))
    assert most == 1


@pytest.mark.parametrize("end", [RetryAfter(60), Failed("down")])
async def test_what_waits_behind_a_row_is_due_when_it_is_so_that_no_look_reads_it(
    road, place, clock, end
):
    citizen = await road.citizen()
    road.wire.ends = [end]
    await road.push(1, citizen)
    await road.push(2, citizen)
    await road.send()
    first, second = await _row(place), await _row(place, "evt_2")
    assert first["due_at"] == second["due_at"] > clock.now()
    await road.push(3, citizen)
    assert len(await _heads(place, clock.now())) == 1
    await road.send()
    assert await _heads(place, clock.now()) == []
    assert road.notes()[1:] == []
    clock.advance(seconds=60)
    await road.send()
    assert road.notes()[1:] == ["note 1", "note 2", "note 3"]


async def _heads(place, now, limit=256):
    return await place.database.read(
        outbox.waiting, "telegram", PushPriority.BROADCAST, now, [], limit
    )


async def test_rows_that_an_older_process_wrote_after_the_migration_are_sent(road, place, wire):
    citizen = await road.citizen()
    await road.push(1, citizen)
    await road.push(2, citizen)
    await place.database.run(_change("evt_1", status="sending", channel=None, due_at=None))
    await place.database.run(_change("evt_2", channel=None, due_at=None))
    await road.sending.stop()
    await Road(place, ScriptedEngine(), wire, process="p2").send()
    assert road.notes()[1:] == ["note 1", "note 2"]
    assert await _unsent(place) == 0


def test_the_migration_puts_what_was_due_or_being_sent_into_the_queue(empty_database_url, tmp_path):
    older = tmp_path / "older"
    copytree(MIGRATIONS, older)
    for script in (older / "versions").glob("*.py"):
        if script.name >= "0008":
            script.unlink()
    database = Database(empty_database_url)
    upgrade(database.engine, older, VERSION_TABLE)
    before = [("due", 1), ("sending", 2), ("sent", 3)]
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO conversation (id, channel, address_index, address, mode, received,"
                " answered, last_event, unsent, free_at, fence, created_at) VALUES"
                " ('c', 'rest', :blob, :blob, 'bot', 0, 0, 3, 2, :at, 0, :at)"
            ),
            {"blob": b"a", "at": "2026-03-02 01:00:00.000000"},
        )
        for status, number in before:
            connection.execute(
                text(
                    "INSERT INTO outbox (conversation_id, event, status, created_at)"
                    " VALUES ('c', :number, :status, :at)"
                ),
                {"number": number, "status": status, "at": "2026-03-02 01:00:00.000000"},
            )
    upgrade(database.engine, MIGRATIONS, VERSION_TABLE)
    with database.engine.connect() as connection:
        query = select(table.c.status, table.c.channel, table.c.due_at).order_by(table.c.event)
        found = [tuple(row) for row in connection.execute(query)]
    due = ("due", "rest", datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
    assert found == [due, due, ("sent", None, None)]
    database.engine.dispose()


# What a look costs.


async def test_a_look_reads_no_row_of_another_channel_and_none_that_waits(road, place, clock):
    await road.citizen()
    now = clock.now()
    await place.database.run(_fill, "rest", now, 3000)
    await place.database.run(_fill, "telegram", now + timedelta(minutes=1), 3000)
    plan = await _plan_of_look(place, now)
    assert plan.count("outbox_send") >= len(PushPriority)
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan
    assert "Filter: (due_at" not in plan
    if place.database.dialect == "sqlite":
        assert plan.count("(channel=? AND urgency=? AND due_at<?)") == len(PushPriority)
    else:
        conditions = [line for line in plan.splitlines() if "Index Cond" in line]
        assert len(conditions) == len(PushPriority)
        for line in conditions:
            assert all(name in line for name in ("channel", "urgency", "due_at"))
        assert "Rows Removed by Filter" not in plan
    assert await _heads(place, now) == []


async def test_a_push_is_sent_in_two_commits_and_five_statements(road, place):
    """Beside the sender's own look: one read, a claim, an end."""
    citizen = await road.citizen()
    await road.push(1, citizen)
    await road.send()
    await road.push(2, citizen)
    statements, commits = [], []

    def see(connection, cursor, statement, parameters, context, many):
        if statement.startswith(("SELECT", "UPDATE", "INSERT", "DELETE")):
            statements.append(statement)

    run = place.database.run

    async def counted(function, *args, **kw):
        commits.append(function.__name__)
        return await run(function, *args, **kw)

    place.database.run = counted
    listen(SqlEngine, "before_cursor_execute", see)
    try:
        await road.sending.heed(citizen)
        await _all_sent(road)
    finally:
        remove(SqlEngine, "before_cursor_execute", see)
        place.database.run = run
    assert road.notes()[-1] == "note 2"
    assert commits == ["begin", "end"]
    assert len(statements) <= 5, statements


async def _all_sent(road):
    while road.sending._busy:  # pushes are spread out, so time has to pass a little
        await asyncio.sleep(0.002)
        road.place.clock.advance(milliseconds=1)


async def _plan_of_look(place, now):
    seen = []

    def see(connection, cursor, statement, parameters, context, many):
        if "outbox" in statement:
            seen.append((statement, parameters))

    listen(SqlEngine, "before_cursor_execute", see)
    try:
        await _heads(place, now)
    finally:
        remove(SqlEngine, "before_cursor_execute", see)
    [(statement, parameters)] = seen

    def explain(tx):
        if tx.dialect == "postgresql":
            tx.execute(text("ANALYZE outbox"))
        word = "EXPLAIN ANALYZE " if tx.dialect == "postgresql" else "EXPLAIN QUERY PLAN "
        return tx.connection.exec_driver_sql(word + statement, parameters).all()

    found = await place.database.run(explain)
    return "\n".join(" ".join(map(str, row)) for row in found)


def _fill(tx, channel, due, count):
    columns = {"received": 0, "answered": 0, "last_event": 1, "unsent": 1, "fence": 0}
    names = [f"{channel}{number:06}" for number in range(count)]
    tx.execute(
        insert(conversation),
        [
            {
                **columns,
                "id": name,
                "channel": channel,
                "address_index": name.encode(),
                "address": b"a",
                "mode": "bot",
                "free_at": due,
                "created_at": due,
            }
            for name in names
        ],
    )
    row = {"event": 1, "body": b"b", "status": "due", "created_at": due, "urgency": 1}
    row |= {"channel": channel, "due_at": due}
    tx.execute(insert(table), [{**row, "conversation_id": name} for name in names])
