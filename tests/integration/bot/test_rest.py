"""Rasa's REST channel: what any client of it relies on, and every way to call it wrongly."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from citizens import TEXTS, Gate, ScriptedEngine, Town, receipt_card, town
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.app import MessageRate
from bot.dialogue.engine.port import EngineUnavailable, Outcome
from bot.limits import KEPT
from bot.message import Reply
from bot.running import Bot
from bot.store.tables import inbox

WEBHOOK = "/webhooks/rest/webhook"


@pytest.fixture
async def place(sqlite_url, clock, ids) -> AsyncIterator[Town]:
    async with town(sqlite_url, clock, ids) as place:
        yield place


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


def client_of(bot: Bot) -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(bot.router)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://test",
        headers={"Content-Type": "application/json"},
    )


@pytest.fixture
async def client(place, engine) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(place.bot(engine)) as client:
        yield client


async def kept(place: Town) -> int:
    return len(await place.database.read(lambda tx: tx.execute(select(inbox.c.sequence)).all()))


async def test_a_message_is_answered_with_rasas_list(client):
    answer = await client.post(WEBHOOK, json={"sender": "w", "message": "路灯坏了"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == [{"recipient_id": "w", "text": "1: 路灯坏了"}]


async def test_buttons_custom_and_image_come_as_rasa_sends_them(client, engine):
    async def everything(turn):
        outcome = await receipt_card(turn)
        return Outcome((*outcome.replies, Reply("图", image="https://city.example/a.png")), None)

    engine.answer = everything
    answer = await client.post(WEBHOOK, json={"sender": "w", "message": "好"})
    assert answer.json() == [
        {
            "recipient_id": "w",
            "text": "已受理，编号 20260302-0001。",
            "buttons": [
                {"title": "查进度", "payload": "/check_progress"},
                {"title": "没有了", "payload": "/deny"},
            ],
        },
        {
            "recipient_id": "w",
            "custom": {"type": "receipt", "number": "20260302-0001", "unit": "秦淮区城管局"},
        },
        {"recipient_id": "w", "text": "图"},
        {"recipient_id": "w", "image": "https://city.example/a.png"},
    ]


async def test_a_call_with_an_id_can_be_repeated(client, engine, place):
    body = {"sender": "w", "message": "路灯坏了", "metadata": {"message_id": "m-1"}}
    first = await client.post(WEBHOOK, json=body)
    again = await client.post(WEBHOOK, json=body)
    assert again.json() == first.json()
    assert len(engine.turns) == 1
    body["metadata"] = {"message_id": 1}
    assert (await client.post(WEBHOOK, json=body)).json()[0]["text"] == "2: 路灯坏了"
    assert await kept(place) == 2


async def test_a_call_without_an_id_is_a_new_message(client, engine):
    for _ in range(2):
        await client.post(WEBHOOK, json={"sender": "w", "message": "路灯坏了"})
    assert len(engine.turns) == 2


async def test_metadata_goes_along_and_cannot_pretend_to_be_ours(client, engine):
    metadata = {
        "message_id": "m",
        "source": {"app": ["x", 1, None, 1.5]},
        "payload": True,
        "title": "forged",
        "emergency": "fire",
        "language": "en",
    }
    await client.post(WEBHOOK, json={"sender": "w", "message": "hello", "metadata": metadata})
    (turn,) = engine.turns
    assert turn.metadata["source"] == {"app": ["x", 1, None, 1.5]}
    assert turn.metadata["language"] == "en"
    assert not {"message_id", "payload", "title"} & set(turn.metadata)


async def test_a_payload_is_one_as_for_rasas_clients(client, engine):
    await client.post(WEBHOOK, json={"sender": "w", "message": ' /greet{"name":"x"}'})
    assert engine.turns[0].text == '/greet{"name":"x"}'


async def test_outside_demo_mode_the_token_is_wanted(place, engine):
    async with client_of(place.bot(engine, demo=False, service_token="secret-token")) as client:
        body = {"sender": "w", "message": "hi"}
        for headers, query in (
            ({}, ""),
            ({"authorization": "Bearer wrong"}, ""),
            ({"authorization": "Basic secret-token"}, ""),
            ({}, "?token=wrong"),
            ({"authorization": "Bearer wrong"}, "?token=secret-token"),
            ({"authorization": "Bearer sécret".encode("latin-1").decode("latin-1")}, ""),
        ):
            refused = await client.post(
                WEBHOOK + query,
                json=body,
                headers={key: value.encode("utf-8") for key, value in headers.items()},
            )
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"] == "Bearer"
            assert refused.json()["code"] == "token_wrong"
        assert engine.turns == []
        good = {"authorization": "bearer secret-token"}
        assert (await client.post(WEBHOOK, json=body, headers=good)).status_code == 200
        assert (await client.post(f"{WEBHOOK}?token=secret-token", json=body)).status_code == 200
        assert (await client.post("/model/parse", json={"text": "x"})).status_code == 401


async def test_without_a_token_set_nobody_is_let_in(place, engine):
    async with client_of(place.bot(engine, demo=False)) as client:
        for query in ("", "?token="):
            answer = await client.post(WEBHOOK + query, json={"sender": "w", "message": "hi"})
            assert answer.status_code == 401


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "json_broken"),
        (b"{", 400, "json_broken"),
        (b"\xff\xfe", 400, "json_broken"),
        (b'{"sender": "w", "message": NaN}', 400, "json_broken"),
        (b"[" * 100_000, 413, "message_too_large"),
        (b"[" * 50_000, 400, "json_broken"),
        (b"[]", 422, "field_wrong"),
        (b"null", 422, "field_wrong"),
        (b"{}", 422, "field_wrong"),
        (b'{"sender": "w"}', 422, "field_wrong"),
        (b'{"message": "x"}', 422, "field_wrong"),
        (b'{"sender": "", "message": "x"}', 422, "field_wrong"),
        (b'{"sender": "w\\u0000", "message": "x"}', 422, "field_wrong"),
        (b'{"sender": "\\ud800", "message": "x"}', 422, "field_wrong"),
        (b'{"sender": " w", "message": "x"}', 422, "field_wrong"),
        (b'{"sender": true, "message": "x"}', 422, "field_wrong"),
        (b'{"sender": "w", "message": null}', 422, "field_wrong"),
        (b'{"sender": "w", "message": 5}', 422, "field_wrong"),
        (b'{"sender": "w", "message": "x", "metadata": []}', 200, None),
        (b'{"sender": "w", "message": "x", "metadata": [1]}', 422, "field_wrong"),
        (b'{"sender": "w", "message": "x", "metadata": {"message_id": ""}}', 422, "field_wrong"),
        (b'{"sender": "w", "message": "x", "metadata": {"message_id": {}}}', 422, "field_wrong"),
        (b'{"sender": "w", "message": "x", "metadata": {"n": 1e999}}', 422, "field_wrong"),
        (b'{"sender": "w", "message": "x", "metadata": {"language": "fr"}}', 422, "field_wrong"),
        (
            b'{"sender": "w", "message": "x", "metadata": {"a":' + b"[" * 30 + b"]" * 30 + b"}}",
            422,
            "field_wrong",
        ),
        (b'{"sender": 5, "message": "x"}', 200, None),
    ],
)
async def test_a_call_of_another_form_gets_the_right_status(client, body, status, code):
    answer = await client.post(WEBHOOK, content=body)
    assert answer.status_code == status, answer.text
    if code is not None:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == code
        assert "Traceback" not in answer.text


async def test_the_longest_message_fits_and_a_longer_one_leaves_nothing(client, place):
    fits = await client.post(WEBHOOK, json={"sender": "w", "message": "x" * KEPT})
    assert fits.status_code == 200
    assert fits.json()[0]["text"] == TEXTS.words("too_long", "en", length=KEPT, limit=8000)
    over = await client.post(WEBHOOK, json={"sender": "w", "message": "x" * (KEPT + 1)})
    assert over.status_code == 413
    huge = await client.post(WEBHOOK, json={"sender": "w", "message": "x" * 100_000})
    assert huge.status_code == 413
    assert await kept(place) == 1


async def test_a_body_without_a_length_is_cut_off_where_it_grows_too_large(client):
    sent = 0

    async def endless():
        nonlocal sent
        while True:
            sent += 1
            yield b"x" * 10_000

    answer = await client.post(WEBHOOK, content=endless())
    assert answer.status_code == 413
    assert sent < 20


@pytest.mark.parametrize(
    ("message", "came"),
    [
        ("😀👍🏽", "😀👍🏽"),
        ("\ud83d\ude00 and \ud800", "😀 and \ufffd"),
        ("a\x00b\u202ec", "abc"),
        ("'; DROP TABLE inbox;--", "'; DROP TABLE inbox;--"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("[x](javascript:1) {slot} %s", "[x](javascript:1) {slot} %s"),
    ],
)
async def test_odd_words_are_kept_and_answered(client, message, came):
    body = json.dumps({"sender": "w", "message": message}).encode()
    answer = await client.post(WEBHOOK, content=body)
    assert answer.json()[0]["text"] == f"1: {came}"


async def test_an_empty_message_gets_words(client, engine):
    answer = await client.post(WEBHOOK, json={"sender": "w", "message": "  "})
    assert answer.status_code == 200
    assert answer.json()[0]["text"] == TEXTS.words("empty", "zh")
    assert engine.turns == []


async def test_an_engine_that_breaks_gives_words_and_no_traceback(client, engine):
    async def broken(turn):
        raise ValueError("secret detail")

    engine.answer = broken
    answer = await client.post(WEBHOOK, json={"sender": "w", "message": "hello"})
    assert answer.status_code == 200
    assert answer.json()[0]["text"] == TEXTS.words("engine_down", "en")
    assert "secret detail" not in answer.text


async def test_a_sender_that_floods_is_slowed_and_others_are_not(place, engine, clock):
    async with client_of(place.bot(engine, pace=MessageRate(burst=3, per_second=1))) as client:
        body = {"sender": "w", "message": "hi"}
        statuses = [(await client.post(WEBHOOK, json=body)).status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        refused = await client.post(WEBHOOK, json=body)
        assert refused.headers["retry-after"] == "2"
        other = await client.post(WEBHOOK, json={"sender": "v", "message": "hi"})
        assert other.status_code == 200
        clock.advance(seconds=2)
        assert (await client.post(WEBHOOK, json=body)).status_code == 200


async def test_calls_of_one_sender_at_once_each_get_their_own_answer(client, engine):
    engine.answer = gate = Gate(engine)
    calls = [
        asyncio.create_task(client.post(WEBHOOK, json={"sender": "w", "message": f"m{number}"}))
        for number in range(5)
    ]
    await gate.entered.wait()
    gate.open.set()
    for number, answer in enumerate(await asyncio.gather(*calls)):
        assert [entry["text"].split(": ")[1] for entry in answer.json()] == [f"m{number}"]


async def test_parse_understands_without_answering(client, place):
    answer = await client.post("/model/parse", json={"text": "你好\x00", "message_id": "p1"})
    assert answer.status_code == 200
    assert answer.json()["intent"]["name"] == "greet"
    assert answer.json()["text"] == "你好"
    assert answer.json()["message_id"] == "p1"
    assert await kept(place) == 0


async def test_parse_with_the_engine_away_says_so(client, engine):
    engine.down = True
    answer = await client.post("/model/parse", json={"text": "你好"})
    assert answer.status_code == 503
    assert answer.json()["code"] == "engine_unavailable"


async def test_something_that_breaks_inside_is_a_500_without_detail(client, engine):
    async def broken(text):
        raise EngineUnavailable if text is None else KeyError("inner secret")

    engine.parse = broken
    answer = await client.post("/model/parse", json={"text": "你好"})
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert "inner secret" not in answer.text


async def test_the_channel_says_that_it_is_there(client):
    answer = await client.get("/webhooks/rest/")
    assert answer.json() == {"status": "ok"}
    assert (await client.get(WEBHOOK)).status_code == 405


async def test_the_routes_are_documented(place, engine):
    app = FastAPI()
    app.include_router(place.bot(engine).router)
    paths = app.openapi()["paths"]
    webhook = paths[WEBHOOK]["post"]
    assert webhook["requestBody"]["content"]["application/json"]["schema"]["required"] == [
        "sender",
        "message",
    ]
    assert set(webhook["responses"]) == {
        "200",
        "400",
        "401",
        "413",
        "415",
        "422",
        "429",
        "503",
    }
    assert "/model/parse" in paths
    assert "/" not in paths


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_no_json_at_all_breaks_the_channel(sqlite_url, clock, ids):
    async def enter(stack: AsyncExitStack) -> httpx.AsyncClient:
        place = await stack.enter_async_context(town(sqlite_url, clock, ids))
        bot = place.bot(ScriptedEngine(), pace=MessageRate(burst=10_000))
        return await stack.enter_async_context(client_of(bot))

    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        client = runner.run(enter(stack))

        @settings(max_examples=150, deadline=None)
        @given(
            st.fixed_dictionaries({}, optional={"sender": JSON, "message": JSON, "metadata": JSON})
        )
        def call(body):
            answer = runner.run(client.post(WEBHOOK, content=json.dumps(body).encode()))
            assert answer.status_code in (200, 400, 422)

        call()
        runner.run(stack.aclose())
