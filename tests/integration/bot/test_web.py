"""The web chat's socket: who may open it, what it keeps, and how it goes on after a break."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from citizens import TEXTS, Gate, ScriptedEngine, Town, receipt_card, town
from fastapi import FastAPI
from patience import PATIENCE
from sqlalchemy import select, update
from wire import Line, Refused, dial

from bot.app import MessageRate
from bot.channels.web.sessions import LIFETIME
from bot.dialogue.engine.port import Outcome
from bot.message import Button, Reply
from bot.running import Bot
from bot.store.tables import conversation, inbox, outbox, web_session


@pytest.fixture
async def place(sqlite_url, clock, ids) -> AsyncIterator[Town]:
    async with town(sqlite_url, clock, ids) as place:
        yield place


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def bot(place, engine) -> Bot:
    return place.bot(engine)


def app_of(bot: Bot) -> FastAPI:
    app = FastAPI()
    app.include_router(bot.router)
    return app


@pytest.fixture
def app(bot) -> FastAPI:
    return app_of(bot)


@pytest.fixture
async def call(app) -> AsyncIterator[Callable[..., Any]]:
    lines: list[Line] = []

    async def call(
        secret: str | None = None, last_event: int = 0, language: str = "zh", **kw: Any
    ) -> tuple[Line, dict[str, Any]]:
        line = await dial(kw.pop("app", app), **kw)
        lines.append(line)
        line.send(
            {"type": "hello", "secret": secret, "last_event": last_event, "language": language}
        )
        return line, await line.until("welcome")

    yield call
    for line in lines:
        await line.close()


def say(id_: str, n: int, text: str) -> dict[str, Any]:
    return {"type": "say", "id": id_, "n": n, "text": text}


async def count(place: Town, table) -> int:
    return len(await place.database.read(lambda tx: tx.execute(select(table)).all()))


async def test_words_are_acknowledged_shown_and_answered(call):
    line, welcome = await call()
    assert welcome["resumed"] is False
    line.send(say("a1", 1, "路灯坏了"))
    ack = await line.until("ack", id="a1")
    mine, reply = await line.events(2)
    assert (mine["from"], mine["id"], mine["text"]) == ("you", "a1", "路灯坏了")
    assert mine["event"] == ack["event"]
    assert (reply["from"], reply["text"]) == ("agent", "1: 路灯坏了")
    assert (await line.until("state", waiting=False))["waiting"] is False


async def test_the_acknowledgement_does_not_wait_for_the_engine(call, engine):
    engine.answer = gate = Gate(engine)
    line, _ = await call()
    line.send(say("a1", 1, "路灯坏了"))
    await line.until("ack", id="a1")
    await line.until("state", waiting=True)
    gate.open.set()
    assert (await line.until("event", **{"from": "agent"}))["text"] == "1: 路灯坏了"


async def test_a_page_that_comes_back_gets_both_sides_after_its_last_event(call, engine):
    line, welcome = await call()
    line.send(say("a1", 1, "one"))
    line.send(say("a2", 2, "two"))
    seen = await line.events(4)
    await line.close()
    again, resumed = await call(welcome["secret"], last_event=seen[1]["event"])
    assert resumed["resumed"] is True
    assert resumed["secret"] == welcome["secret"]
    assert await again.events(2) == seen[2:]
    fresh, _ = await call(welcome["secret"])
    assert await fresh.events(4) == seen
    assert len(engine.turns) == 2


async def test_an_answer_given_while_the_page_was_away_is_there_when_it_returns(call, engine, bot):
    engine.answer = gate = Gate(engine)
    line, welcome = await call()
    line.send(say("a1", 1, "one"))
    await line.until("ack")
    await line.close()
    gate.open.set()
    await bot.turns.idle()
    again, _ = await call(welcome["secret"], last_event=1)
    assert (await again.until("event"))["text"] == "1: one"


async def test_a_message_sent_again_after_a_lost_acknowledgement_is_the_same_message(
    call, engine, place
):
    line, welcome = await call()
    line.send(say("a1", 1, "one"))
    first = await line.until("ack")
    await line.events(2)
    await line.close()
    again, _ = await call(welcome["secret"], last_event=2)
    again.send(say("a1", 1, "one"))
    assert await again.until("ack") == first
    again.send(say("a2", 2, "two"))
    await again.until("event", **{"from": "agent", "text": "2: two"})
    assert len(engine.turns) == 2
    assert await count(place, inbox) == 2


async def test_every_page_of_a_conversation_shows_what_is_said_on_one(call):
    one, welcome = await call()
    one.send(say("a1", 1, "hello"))
    await one.events(2)
    two, _ = await call(welcome["secret"], last_event=2)
    await two.until("state")
    one.send(say("a2", 2, "again"))
    heard = await two.events(2)
    assert [event["text"] for event in heard] == ["again", "2: again"]


async def test_a_number_that_skips_one_is_not_taken_until_the_missing_one_came(call, engine):
    line, _ = await call()
    line.send(say("a1", 1, "one"))
    await line.until("ack", id="a1")
    line.send(say("a3", 3, "three"))
    assert await line.until("gap") == {"type": "gap", "expected": 2}
    for id_, n, text in (("a2", 2, "two"), ("a3", 3, "three")):
        line.send(say(id_, n, text))
        await line.until("ack", id=id_)
    await line.until("event", **{"from": "agent", "text": "3: three"})
    assert [turn.text for turn in engine.turns] == ["one", "two", "three"]


async def test_a_button_sends_the_payload_that_was_offered_and_shows_its_title(call, engine):
    engine.answer = receipt_card
    line, _ = await call()
    line.send(say("a1", 1, "好"))
    offered = await line.until("event", **{"from": "agent"})
    assert offered["buttons"] == [
        {"id": f"{offered['event']}.0", "title": "查进度"},
        {"id": f"{offered['event']}.1", "title": "没有了"},
    ]
    assert "check_progress" not in str(offered["buttons"])
    assert offered["custom"]["number"] == "20260302-0001"
    line.send({"type": "say", "id": "a2", "n": 2, "button": offered["buttons"][0]["id"]})
    mine = await line.until("event", id="a2")
    assert mine["text"] == "查进度"
    await line.until("state", waiting=False)
    assert engine.turns[1].text == "/check_progress"


@pytest.mark.parametrize("name", ["2.7", "99.0", "1.0", "2.0 ", "/affirm", "02.0", "2", "-1.0", ""])
async def test_a_button_that_was_not_offered_is_refused(name, call, engine):
    engine.answer = receipt_card
    line, _ = await call()
    line.send(say("a1", 1, "好"))
    await line.until("event", **{"from": "agent"})
    line.send({"type": "say", "id": "a2", "n": 2, "button": name})
    refused = await line.until("refused")
    assert refused["words"] == TEXTS.words("refused_button", "zh")
    assert len(engine.turns) == 1


async def test_a_button_of_another_conversation_is_refused(call, engine):
    engine.answer = receipt_card
    one, _ = await call()
    one.send(say("a1", 1, "好"))
    await one.until("event", **{"from": "agent"})
    other, _ = await call()
    other.send({"type": "say", "id": "b1", "n": 1, "button": "2.0"})
    assert (await other.until("refused"))["code"] == "button"


async def test_a_typed_payload_is_plain_words(call, engine):
    line, _ = await call()
    line.send(say("a1", 1, '/change_language{"language":"en"}'))
    mine, _ = await line.events(2)
    assert mine["text"] == '/change_language{"language":"en"}'
    assert engine.turns[0].text.startswith("／change_language")


async def test_a_change_of_language_is_told_to_the_dialogue_but_not_shown(call, engine, place):
    line, _ = await call()
    line.send({"type": "language", "id": "l0", "n": 1, "language": "en"})
    assert (await line.until("ack", id="l0"))["event"] == 0
    assert engine.turns == []
    line.send(say("a1", 2, "hello"))
    await line.events(2)
    assert engine.turns[0].metadata["language"] == "en"
    line.send({"type": "language", "id": "l1", "n": 3, "language": "zh"})
    reply = await line.until("event")
    assert reply["from"] == "agent"
    assert engine.turns[1].text == '/change_language{"language":"zh"}'


async def test_an_unknown_secret_opens_nothing_and_is_not_taken_over(call):
    _line, welcome = await call("a-secret-that-a-page-made-up")
    assert welcome["expired"] is True
    assert welcome["resumed"] is False
    assert welcome["secret"] != "a-secret-that-a-page-made-up"
    assert len(welcome["secret"]) >= 22


async def test_a_secret_expires_and_use_prolongs_it(call, clock):
    line, welcome = await call()
    line.send(say("a1", 1, "hello"))
    await line.events(2)
    clock.advance(days=LIFETIME.days - 1)
    _, resumed = await call(welcome["secret"])
    assert resumed["resumed"] is True
    clock.advance(days=LIFETIME.days - 1)
    _, resumed = await call(welcome["secret"])
    assert resumed["resumed"] is True
    clock.advance(days=LIFETIME.days + 1)
    _, late = await call(welcome["secret"])
    assert late["resumed"] is False
    assert late["expired"] is True


async def test_opening_the_page_keeps_nothing(call, place):
    await call()
    assert await count(place, web_session) == await count(place, conversation) == 0


async def test_the_secret_is_kept_as_a_hash_only(call, place):
    line, welcome = await call()
    line.send(say("a1", 1, "hello"))
    await line.events(2)
    (row,) = await place.database.read(lambda tx: tx.execute(select(web_session)).all())
    assert welcome["secret"].encode() not in row.secret_hash
    assert welcome["secret"] not in row.address


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://test.evil.example", "http://test:81", None]
)
async def test_a_page_from_elsewhere_may_not_open_the_socket(app, origin):
    with pytest.raises(Refused):
        await dial(app, origin=origin)


async def test_an_allowed_origin_may_open_the_socket(place, engine, call):
    app = app_of(place.bot(engine, allowed_origins=["https://city.example/"]))
    _, welcome = await call(app=app, origin="https://city.example")
    assert welcome["secret"]


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "{",
        "[]",
        '"say"',
        "NaN",
        "[" * 5000,
        {"type": "say"},
        {"type": "say", "id": "a", "n": 1},
        {"type": "say", "id": "a", "n": 1, "text": 5},
        {"type": "say", "id": "a", "n": -1, "text": "x"},
        {"type": "say", "id": "a", "n": True, "text": "x"},
        {"type": "say", "id": "a" * 65, "n": 1, "text": "x"},
        {"type": "say", "id": "a b", "n": 1, "text": "x"},
        {"type": "language", "id": "a", "n": 1, "language": "fr"},
        {"type": "shout", "id": "a", "n": 1},
        {"type": "say", "id": "a", "n": 1, "text": "x" * 300_000},
    ],
)
async def test_a_frame_of_another_form_is_refused_in_words_and_the_line_stays(frame, call):
    line, _ = await call()
    line.send(frame)
    refused = await line.until("refused")
    assert refused["words"] == TEXTS.words("refused_frame", "zh")
    line.send(say("a1", 1, "still here"))
    await line.until("ack", id="a1")


async def test_a_page_that_only_talks_nonsense_is_hung_up_on(call):
    line, _ = await call()
    for _ in range(10):
        line.send("nonsense")
    with pytest.raises(Refused):
        await line.until("never")


async def test_a_socket_that_does_not_say_hello_is_closed(app):
    line = await dial(app)
    line.send(say("a1", 1, "hi"))
    with pytest.raises(Refused):
        await line.hear()


async def test_words_beyond_what_is_kept_are_refused_and_the_next_ones_taken(call, place):
    line, _ = await call()
    line.send(say("a1", 1, "路" * 30_000))
    refused = await line.until("refused", id="a1")
    assert refused["code"] == "too_large"
    line.send(say("a2", 2, "路灯"))
    await line.until("ack", id="a2")
    assert await count(place, inbox) == 1


async def test_who_writes_too_fast_is_told_when_to_go_on_and_order_is_kept(
    place, engine, clock, call
):
    app = app_of(place.bot(engine, pace=MessageRate(burst=2, per_second=0.5)))
    line, _ = await call(app=app)
    for n in (1, 2, 3, 4):
        line.send(say(f"a{n}", n, f"m{n}"))
    refused = await line.until("refused", id="a3")
    assert refused["again"] == 3
    assert (await line.until("gap"))["expected"] == 3
    clock.advance(seconds=4)
    for n in (3, 4):
        line.send(say(f"a{n}", n, f"m{n}"))
    await line.until("event", **{"from": "agent", "text": "4: m4"})
    assert [turn.text for turn in engine.turns] == ["m1", "m2", "m3", "m4"]


async def test_hostile_words_come_back_as_the_words_they_were(call):
    hostile = "<script>alert(1)</script> '; DROP TABLE inbox;-- **x** \ud800\x00"
    line, _ = await call()
    line.send(say("a1", 1, hostile))
    mine, reply = await line.events(2)
    cleaned = "<script>alert(1)</script> '; DROP TABLE inbox;-- **x** \ufffd"
    assert mine["text"] == cleaned
    assert reply["text"] == f"1: {cleaned}"


async def test_emergency_words_reach_the_page_while_the_engine_is_still_busy(call, engine):
    engine.answer = gate = Gate(engine)
    line, _ = await call()
    line.send(say("a1", 1, "我家着火了"))
    words = await line.until("event", **{"from": "agent"})
    assert words["text"] == TEXTS.words("emergency_fire", "zh", numbers="119")
    assert words["custom"] == {"type": "emergency", "kind": "fire", "call": ["119"]}
    gate.open.set()
    await line.until("event", **{"from": "agent"})


async def test_an_engine_that_is_away_is_told_and_the_answer_follows_by_itself(
    call, engine, bot, clock
):
    engine.down = True
    line, _ = await call()
    line.send(say("a1", 1, "路灯坏了"))
    frame = await line.until("event", **{"from": "agent"})
    assert frame["text"] == TEXTS.words("engine_down", "zh")
    engine.down = False
    clock.advance(seconds=5)
    await bot.turns.sweep()
    assert (await line.until("event", **{"from": "agent"}))["text"] == "1: 路灯坏了"


async def test_closing_the_channel_closes_its_sockets(call, bot):
    line, _ = await call()
    await bot.web.close()
    await asyncio.wait({line._task}, timeout=PATIENCE)
    assert line._task.done()


async def test_many_replies_come_in_order_with_increasing_events(call, engine):
    async def three(turn):
        return Outcome(
            tuple(Reply(f"{turn.text} {n}", (Button("x", "/x"),)) for n in range(3)), None
        )

    engine.answer = three
    line, _ = await call()
    for n in (1, 2):
        line.send(say(f"a{n}", n, f"m{n}"))
    heard = await line.events(8)
    numbers = [event["event"] for event in heard]
    assert numbers == sorted(set(numbers))
    said = [event["text"] for event in heard if event["from"] == "agent"]
    assert said == [f"m{m} {n}" for m in (1, 2) for n in range(3)]


async def test_the_page_has_its_words_and_asks_for_nothing_from_elsewhere(app):
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://test"
    ) as client:
        page = await client.get("/", headers={"accept-language": "fr, en;q=0.8"})
        assert page.status_code == 200
        assert '<html lang="en">' in page.text
        assert "{{" not in page.text
        assert f'<noscript><p class="note">{TEXTS.words("page_noscript", "en")}' in page.text
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert "http://" not in page.text.replace("http://www.w3.org/2000/svg", "")
        assert "https://" not in page.text
        assert '<html lang="zh">' in (await client.get("/?lang=zh")).text
        assert '<html lang="zh">' in (await client.get("/?lang=../etc")).text
        for name in ("chat.css", "chat.js", "seal.svg"):
            got = await client.get(f"/chat/{name}")
            assert got.status_code == 200
            assert got.headers["cache-control"] == "no-cache"
        for name in ("index.html", "..%2f..%2fapp.py", "page.py"):
            assert (await client.get(f"/chat/{name}")).status_code == 404


async def test_a_body_that_does_not_open_hides_itself_and_not_the_rest(call, place):
    line, welcome = await call()
    for n in (1, 2):
        line.send(say(f"a{n}", n, f"m{n}"))
    await line.events(4)
    await place.database.run(
        lambda tx: tx.execute(update(inbox).where(inbox.c.sequence == 1).values(body=b"x")).rowcount
    )
    again, _ = await call(welcome["secret"])
    assert {event["text"] for event in await again.events(3)} == {"1: m1", "m2", "2: m2"}


async def test_unsent_rows_are_none_for_the_web(call, place):
    line, _ = await call()
    line.send(say("a1", 1, "hello"))
    await line.events(2)
    rows = await place.database.read(lambda tx: tx.execute(select(outbox.c.status)).scalars().all())
    assert rows == ["sent"]
