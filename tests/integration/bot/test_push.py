"""The road out on a real database: events in by the hook, rows, words, sending, reports."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest
from citizens import ScriptedEngine, says, town
from fastapi import FastAPI
from pushes import OLD_SECRET, SECRET, Wire, contact_points, event, rows, signed
from road import Road
from sqlalchemy import Engine as SqlEngine
from sqlalchemy import insert, select, text, update
from sqlalchemy.event import listen, remove

from api.client import ApiUnavailable
from bot.outbound.hooks import LARGEST, PATH
from bot.outbound.reports import Reports
from bot.outbound.sender import Dead, Failed, Migrated, Refused, RetryAfter
from bot.store.tables import conversation, outbox
from kernel.supervisor import Supervisor


@pytest.fixture
def engine():
    return ScriptedEngine()


@pytest.fixture
async def place(database_url, clock, ids):
    async with town(database_url, clock, ids) as place:
        yield place


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
def road(place, engine, wire):
    return Road(place, engine, wire)


@asynccontextmanager
async def door(road):
    app = FastAPI()
    app.include_router(road.bot.router)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://city") as client:
        yield client


# The hook.


async def test_a_signed_event_is_one_row_and_a_repeat_changes_nothing(road, clock):
    citizen = await road.citizen()
    body, headers = signed(event(1, citizen), clock.now())
    async with door(road) as client:
        results = [
            (await client.post(PATH, content=body, headers=headers)).json()["result"]
            for _ in range(3)
        ]
    assert results == ["kept", "repeated", "repeated"]
    await road.send()
    assert road.notes()[-1] == "note 1"
    assert [key for key, _, _ in await rows(road.place.database)].count("evt_1") == 1


async def test_who_does_not_hold_the_secret_is_refused_and_nothing_is_kept(road, clock):
    citizen = await road.citizen()
    body, headers = signed(event(1, citizen), clock.now(), OLD_SECRET)
    late, late_headers = signed(event(2, citizen), clock.now() - timedelta(minutes=6))
    async with door(road) as client:
        wrong = await client.post(PATH, content=body, headers=headers)
        missing = await client.post(PATH, content=body)
        _, good = signed(event(1, citizen), clock.now())
        changed = await client.post(PATH, content=body.replace(b"note 1", b"note 9"), headers=good)
        stale = await client.post(PATH, content=late, headers=late_headers)
    for reply in (wrong, missing, changed, stale):
        assert (reply.status_code, reply.json()["code"]) == (401, "signature_wrong")
    assert all(key is None for key, _, _ in await rows(road.place.database))


async def test_during_a_rotation_both_secrets_are_good(place, engine, clock):
    bot = place.bot(engine, hook_secrets=[SECRET, OLD_SECRET])
    await bot.intake.handle(says("hello", "1"))
    (citizen,) = await contact_points(place.database)
    app = FastAPI()
    app.include_router(bot.router)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://city"
    ) as client:
        for number, secret in enumerate((SECRET, OLD_SECRET)):
            body, headers = signed(event(number, citizen), clock.now(), secret)
            assert (await client.post(PATH, content=body, headers=headers)).status_code == 200


async def test_an_unknown_contact_point_is_answered_and_dropped(road, clock):
    body, headers = signed(event(1, "cnv_nobody"), clock.now())
    async with door(road) as client:
        reply = await client.post(PATH, content=body, headers=headers)
    assert (reply.status_code, reply.json()) == (200, {"result": "unknown"})


async def test_what_is_no_event_and_what_is_too_large_is_told_so(road, clock):
    from api.contract.signing import sign

    async with door(road) as client:
        large = await client.post(PATH, content=b"x" * (LARGEST + 1))
        body = b'{"id": 1}'
        odd = await client.post(
            PATH, content=body, headers=sign("evt", clock.now(), body, [SECRET])
        )
    assert large.status_code == 413
    assert odd.status_code == 422


async def test_an_event_whose_data_is_broken_does_not_keep_back_those_behind_it(road):
    citizen = await road.citizen()
    broken = event(1, citizen).model_copy(update={"data": {"number": 7}})
    assert await road.bot.hooks.take(broken) == "unreadable"
    assert await road.push(2, citizen) == "kept"


# Words.


async def test_an_open_page_is_rung_and_shows_words_in_its_language(road):
    citizen = await road.citizen("page", "web", "hello there my friend")
    async with road.bot.delivery.listen(citizen) as listener:
        await road.push(1, citizen)
        assert await listener.wait(5) is not None
    said, _ = await road.bot.delivery.transcript(citizen, 0)
    assert "Qinhuai Urban Office" in said[-1].reply.text
    assert (await rows(road.place.database))[-1][1:] == ("sent", "due")


async def test_a_rest_caller_finds_the_push_in_the_next_answer(road):
    citizen = await road.citizen("caller", "rest")
    await road.push(1, citizen)
    answer = await road.bot.intake.handle(says("again", "2", address="caller"))
    assert ["note 1" in item.reply.text for item in answer.said] == [True, False]
    assert await road.report() == [("evt_1", "sent")]
    answer = await road.bot.intake.handle(says("and again", "3", address="caller"))
    assert len(answer.said) == 1


async def test_a_button_of_a_push_is_found_again(road):
    citizen = await road.citizen("page", "web")
    survey = {"round": 1, "question": "contacted"}
    assert await road.push(1, citizen, type_="survey.asked", **survey) == "kept"
    said, _ = await road.bot.delivery.transcript(citizen, 0)
    button = await road.bot.delivery.button(citizen, said[-1].event, 1)
    assert button is not None
    assert button.payload.startswith("/rate{")
    assert '"answer":"no"' in button.payload
    assert await road.bot.delivery.button(citizen, said[-1].event, 2) is None


# Sending.


async def test_pushes_of_a_chat_arrive_in_order_and_are_reported(road):
    citizens = [await road.citizen(f"chat{n}") for n in range(3)]
    for number in range(12):
        await road.push(number, citizens[number % 3])
    await road.send()
    for number in range(3):
        wanted = [f"note {n}" for n in range(number, 12, 3)]
        assert road.notes(f"chat{number}")[1:] == wanted
    assert sorted(await road.report()) == sorted((f"evt_{n}", "sent") for n in range(12))
    assert await road.report() == road.delivery_reports.reports


async def test_at_night_only_replies_go_out_and_pushes_follow_at_eight(road, clock):
    citizen = await road.citizen()
    clock.advance(hours=13)  # 22:00 in Shanghai
    await road.push(1, citizen)
    await road.write("are you there", "2", "a")
    await road.send()
    assert road.notes()[1:] == ["2: are you there"]
    clock.advance(hours=9, minutes=59)
    await road.send()
    assert len(road.notes()) == 2
    clock.advance(minutes=1)
    await road.send()
    assert road.notes()[2:] == ["note 1"]


async def test_a_reply_overtakes_the_pushes_that_wait_for_its_own_chat(road, wire, clock):
    citizen = await road.citizen()
    wire.ends = [RetryAfter(30)]
    await road.push(1, citizen)
    await road.send()
    await road.push(2, citizen)
    await road.write("and?", "2", "a")
    clock.advance(seconds=31)
    await road.send()
    assert road.notes()[1:] == ["2: and?", "note 1", "note 2"]


async def test_a_pause_that_is_asked_for_is_kept_by_that_chat_alone(road, wire, clock):
    one, other = await road.citizen("one"), await road.citizen("other")
    wire.ends = [RetryAfter(30)]
    await road.push(1, one)
    await road.send()
    await road.push(2, other)
    await road.send()
    assert road.notes()[2:] == ["note 2"]
    clock.advance(seconds=29)
    await road.send()
    assert road.notes()[2:] == ["note 2"]
    clock.advance(seconds=1)
    await road.send()
    assert road.notes()[2:] == ["note 2", "note 1"]
    assert [outcome for _, outcome in await road.report()] == ["sent", "sent"]


async def test_two_chats_that_are_slowed_at_once_slow_everybody(road, wire, clock):
    citizens = [await road.citizen(f"chat{n}") for n in range(3)]
    wire.ends = [RetryAfter(5), RetryAfter(5)]
    await road.push(0, citizens[0])
    await road.push(1, citizens[1])
    await road.send()
    await road.push(2, citizens[2])
    await road.sending.look()
    for _ in range(20):
        await asyncio.sleep(0.002)
    assert road.notes()[3:] == []
    while road.sending._busy:
        clock.advance(seconds=0.5)
        await asyncio.sleep(0.005)
    assert road.notes()[3:] == ["note 2"]


async def test_a_broken_line_is_tried_again_and_reported_meanwhile(road, wire, clock):
    citizen = await road.citizen()
    wire.ends = [Failed("line down"), Failed("line down")]
    await road.push(1, citizen)
    await road.send()
    assert await road.report() == [("evt_1", "failed")]
    clock.advance(seconds=1)
    await road.send()
    clock.advance(seconds=2)
    await road.send()
    assert road.notes()[1:] == ["note 1"]
    assert (await road.report())[-1] == ("evt_1", "sent")


async def test_what_the_channel_never_takes_does_not_keep_back_the_next(road, wire):
    citizen = await road.citizen()
    wire.ends = [Refused("too odd")]
    await road.push(1, citizen)
    await road.push(2, citizen)
    await road.send()
    assert road.notes()[1:] == ["note 2"]
    assert await road.report() == [("evt_1", "dead"), ("evt_2", "sent")]


async def test_a_blocked_bot_is_silent_until_the_citizen_writes_again(road, wire):
    citizen = await road.citizen()
    wire.ends = [Dead("blocked")]
    await road.push(1, citizen)
    await road.push(2, citizen)
    await road.send()
    await road.push(3, citizen)
    await road.send()
    assert road.notes()[1:] == []
    assert await road.report() == [("evt_1", "dead"), ("evt_2", "dead"), ("evt_3", "dead")]
    await road.write("I am back", "2", "a")
    await road.push(4, citizen)
    await road.send()
    assert road.notes()[1:] == ["2: I am back", "note 4"]


async def test_who_writes_while_the_channel_says_blocked_is_not_buried(road, wire):
    citizen = await road.citizen()

    async def blocked(*_args, **_kw):
        await road.write("back", "2", "a")
        return Dead("blocked")

    send, wire.send = wire.send, blocked
    await road.push(1, citizen)
    await road.send()
    wire.send = send
    road.place.clock.advance(seconds=1)
    await road.send()
    assert sorted(road.notes()[1:]) == ["2: back", "note 1"]


async def test_a_chat_that_moved_is_followed(road, wire):
    citizen = await road.citizen()
    wire.ends = [Migrated("a2")]
    await road.push(1, citizen)
    await road.push(2, citizen)
    await road.send()
    assert road.notes("a2") == ["note 1", "note 2"]
    await road.write("here", "2", "a2")
    assert await contact_points(road.place.database) == [citizen]


async def test_reports_wait_while_the_case_service_is_away(road):
    citizen = await road.citizen()
    await road.push(1, citizen)
    await road.send()
    road.delivery_reports.away = True
    with pytest.raises(ApiUnavailable):
        await road.bot.reports.tell()
    assert (await rows(road.place.database))[-1] == ("evt_1", "sent", "due")
    road.delivery_reports.away = False
    later = Reports(
        database=road.place.database,
        bell=road.place.bell,
        supervisor=Supervisor(road.place.clock),
        report=road.delivery_reports,
    )
    assert await later.tell() == 1
    assert (await rows(road.place.database))[-1] == ("evt_1", "sent", None)


async def test_one_chat_gets_one_message_a_second_and_all_together_as_many_as_allowed(
    place, engine, wire, clock
):
    road = Road(place, engine, wire)
    citizens = [await road.citizen(f"chat{n}") for n in range(4)]
    slow = Road(place, engine, wire, process="p1", total=3, chat=1)
    began, arrivals = clock.now(), []

    def arrived():
        arrivals.append((clock.now() - began).total_seconds())
        return False

    for number in range(12):
        await road.push(number, citizens[number % 4])
    wire.gone = arrived
    await slow.sending.look()
    while len(arrivals) < 12:
        clock.advance(seconds=0.05)
        for _ in range(20):
            await asyncio.sleep(0.001)
    await slow.sending.idle()
    for start in arrivals:
        assert sum(start <= arrival < start + 1 for arrival in arrivals) <= 3
    assert arrivals[-1] >= 3


# Faults of the road out.


async def test_a_push_whose_sender_broke_unexpectedly_is_sent_at_a_later_look(road, clock):
    citizen = await road.citizen()
    await road.push(1, citizen)
    sends, broken = road.wire.send, iter([RuntimeError("unexpected")])

    async def send(*args, **kw):
        if (error := next(broken, None)) is not None:
            raise error
        return await sends(*args, **kw)

    road.wire.send = send
    await road.send()
    assert (await rows(road.place.database))[-1] == ("evt_1", "due", "due")
    clock.advance(seconds=2)
    await road.send()
    assert (await rows(road.place.database))[-1] == ("evt_1", "sent", "due")


async def test_reports_go_on_after_more_than_a_thousand_failures_in_a_row(place, clock):
    supervisor = Supervisor(clock)
    result, healthy = [], asyncio.Event()

    async def report(reports):
        result.append(reports)
        if len(result) <= 1100:
            raise ApiUnavailable("away")
        healthy.set()

    reports = Reports(
        database=place.database, bell=place.bell, supervisor=supervisor, report=report
    )
    road = Road(place, ScriptedEngine(), Wire())
    citizen = await road.citizen()
    await road.push(1, citizen)
    await road.send()
    reports.loop.start()
    async with asyncio.timeout(60):
        while not healthy.is_set():
            clock.advance(seconds=301)
            await asyncio.sleep(0)
    await supervisor.stop()
    assert len(result) == 1101


async def test_a_look_reads_due_rows_in_the_order_of_an_index(road):
    await road.citizen()
    statements = []

    def seen(connection, cursor, statement, parameters, context, many):
        if "outbox.urgency" in statement and "LIMIT" in statement:
            statements.append((statement, parameters))

    listen(SqlEngine, "before_cursor_execute", seen)
    try:
        await road.sending.look()
    finally:
        remove(SqlEngine, "before_cursor_execute", seen)
    [(statement, parameters)] = statements[:1]
    plan = await road.place.database.read(_plan, statement, parameters)
    assert "outbox_send" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan


def _plan(tx, statement, parameters):
    driver = tx.dialect
    if driver == "postgresql":  # of an empty table a scan would be cheapest
        tx.execute(text("SET LOCAL enable_seqscan = off"))
        tx.execute(text("SET LOCAL enable_bitmapscan = off"))
        tx.execute(text("SET LOCAL enable_hashjoin = off"))
        tx.execute(text("SET LOCAL enable_mergejoin = off"))
    explain = "EXPLAIN " if driver == "postgresql" else "EXPLAIN QUERY PLAN "
    rows = tx.connection.exec_driver_sql(explain + statement, parameters).all()
    return "\n".join(" ".join(str(cell) for cell in row) for row in rows)


async def test_a_reply_that_comes_between_reading_and_marking_is_not_lost(road, monkeypatch):
    place = road.place
    inbound = says("hello", "1", address="a", channel="rest")
    receipt = await road.bot.intake.receive(inbound)
    road.bot.intake.go_on(receipt)
    await road.bot.turns.idle()
    read, late = place.database.read, iter([True])

    def write(tx):
        row = tx.execute(select(outbox).order_by(outbox.c.event.desc())).mappings().first()
        tx.execute(insert(outbox), {**row, "event": row["event"] + 1})
        tx.execute(update(conversation).values(unsent=conversation.c.unsent + 1))

    async def read_then_write(function, *args):
        found = await read(function, *args)
        if next(late, False):
            await place.database.run(write)
        return found

    monkeypatch.setattr(place.database, "read", read_then_write)
    _, said = await road.bot.delivery.answers(receipt.conversation, receipt.sequence)
    monkeypatch.undo()
    left = await road.bot.delivery.late(receipt.conversation)
    assert len(said) + len(left) == 2


async def test_a_push_whose_answer_was_lost_comes_again_with_the_repeated_call(road):
    await road.bot.intake.handle(says("hello", "1", address="a", channel="rest"))
    (citizen,) = await contact_points(road.place.database)
    await road.bot.hooks.take(event(1, citizen))

    async def call(message: str) -> list[str]:
        answer = await road.bot.intake.handle(says("news?", message, address="a", channel="rest"))
        return [item.reply.text for item in answer.said]

    lost = await call("2")
    assert any("note 1" in text for text in lost)
    assert await call("2") == lost, "killed before the answer reached its caller, who repeats"
    assert not any("note 1" in text for text in await call("3"))
