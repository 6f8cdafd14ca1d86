"""What one network address may do to the citizen's side: sockets, conversations, messages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import token_hex

import httpx
import pytest
from citizens import ScriptedEngine, Town, town
from fastapi import FastAPI
from sqlalchemy import func, select
from wire import Line, Refused, dial

from bot.inbound.quotas import HELD_SECONDS, Allowed, Quota
from bot.store.tables import conversation, inbox
from kernel.limiter.port import RateLimit
from kernel.limiter.valkey import PREFIX, ValkeyLimiter
from kernel.peer import normal_address

FEW = Allowed(
    sockets=3,
    sockets_all=5,
    conversations=Quota(RateLimit.per(60, 2), RateLimit.per(60, 4)),
    messages=Quota(RateLimit.per(60, 6), RateLimit.per(60, 1000)),
    cries=Quota(RateLimit.per(60, 2), RateLimit.per(60, 1000)),
)


@pytest.fixture
async def place(sqlite_url, clock, ids) -> AsyncIterator[Town]:
    async with town(sqlite_url, clock, ids) as place:
        yield place


def app_of(place: Town, **kw) -> FastAPI:
    app = FastAPI()
    app.include_router(place.bot(ScriptedEngine(), allowed=FEW, **kw).router)
    return app


@asynccontextmanager
async def chat(app: FastAPI, client: str = "198.51.100.7") -> AsyncIterator[Line]:
    line = await dial(app, client=client)
    try:
        line.send({"type": "hello", "secret": None, "last_event": 0, "language": "zh"})
        await line.until("welcome")
        yield line
    finally:
        await line.close()


def say(id_: str, text: str = "路灯坏了", n: int = 1) -> dict:
    return {"type": "say", "id": id_, "n": n, "text": text}


async def count(place: Town, table) -> int:
    return await place.database.read(lambda tx: tx.scalar(select(func.count()).select_from(table)))


async def refused_socket(app: FastAPI, client: str) -> dict:
    line = await dial(app, client=client)
    frame = await line.hear()
    with pytest.raises(Refused):
        await line.hear()
    return frame


async def test_sockets_of_one_address_are_bounded_and_others_still_come_in(place):
    app = app_of(place)
    async with chat(app), chat(app), chat(app):
        frame = await refused_socket(app, "198.51.100.7")
        assert (frame["type"], frame["code"], frame["again"]) == ("refused", "too_many_sockets", 30)
        assert "119" in frame["words"]
        async with chat(app, "198.51.100.8"):
            pass
    async with chat(app):
        pass


async def test_sockets_of_all_addresses_together_are_bounded(place):
    app = app_of(place)
    async with chat(app), chat(app), chat(app), chat(app, "10.0.0.1"), chat(app, "10.0.0.2"):
        assert (await refused_socket(app, "10.0.0.3"))["code"] == "too_many_sockets"


async def test_one_ipv6_network_counts_once_however_its_addresses_vary(place):
    app = app_of(place)
    async with chat(app, "2001:db8::1"), chat(app, "2001:db8::2:1"), chat(app, "2001:db8::3"):
        assert (await refused_socket(app, "2001:db8::ffff"))["code"] == "too_many_sockets"
        async with chat(app, "2001:db8:0:1::1"):
            pass


async def test_new_conversations_of_one_address_are_bounded_and_nothing_of_more_is_kept(
    place, clock
):
    app = app_of(place)
    for number in range(2):
        async with chat(app) as line:
            line.send(say(f"a{number}"))
            await line.until("ack")
    async with chat(app) as line:
        line.send(say("b"))
        frame = await line.until("refused")
        assert (frame["code"], frame["again"]) == ("too_busy", 31)
        assert "1 分钟" in frame["words"]
        line.send({"type": "attach"})
        assert (await line.until("refused"))["code"] == "too_busy"
        assert await count(place, conversation) == 2
        async with chat(app, "198.51.100.8") as other:
            other.send(say("c"))
            await other.until("ack")
        clock.advance(seconds=31)
        line.send(say("b"))
        await line.until("ack")


async def test_a_conversation_that_was_begun_goes_on_when_its_address_may_begin_no_more(place):
    app = app_of(place)
    async with chat(app) as first, chat(app) as second:
        for line in (first, second):
            line.send(say("a"))
            await line.until("ack")
        second.send(say("b", n=2))
        await second.until("ack", id="b")


async def test_messages_of_one_address_are_bounded_over_its_sockets(place):
    app = app_of(place)
    async with chat(app) as one, chat(app) as two:
        for number in range(3):
            for line in (one, two):
                line.send(say(f"m{number}", n=number + 1))
                await line.until("ack", id=f"m{number}")
        one.send(say("m3", n=4))
        assert (await one.until("refused"))["code"] == "too_many"
        assert await count(place, inbox) == 6


async def test_a_cry_of_danger_is_taken_in_beyond_the_limits_and_its_words_always_go_out(place):
    app = app_of(place)
    async with chat(app) as line:
        for number in range(6):
            line.send(say(f"m{number}", n=number + 1))
            await line.until("ack")
        for number in range(2):
            line.send(say(f"fire{number}", "我家着火了", n=7 + number))
            custom = {"type": "emergency", "kind": "fire", "call": ["119"]}
            frame = await line.until("event", custom=custom)
            assert "119" in frame["text"]
        line.send(say("fire2", "我家着火了", n=9))
        frame = await line.until("refused", id="fire2")
        assert (frame["code"], "again" in frame) == ("emergency", False)
        assert "119" in frame["words"]
        assert "没有记下" in frame["words"]
        assert await count(place, inbox) == 8


async def test_a_socket_that_lapsed_frees_its_place(place, clock):
    # A process that was killed frees nothing, and on a shared server its places must lapse.
    app = app_of(place)
    async with chat(app), chat(app), chat(app):
        clock.advance(seconds=HELD_SECONDS + 1)
        async with chat(app):
            pass


@pytest.mark.valkey
async def test_two_processes_with_one_server_count_together(place, valkey_url):
    here, there = ValkeyLimiter(valkey_url), ValkeyLimiter(valkey_url)
    address = f"2001:db8:{token_hex(2)}:{token_hex(2)}::1"
    await here._client.delete(*[f"{PREFIX}{key}" for key in ("socket", "conversation", "message")])
    one, two = app_of(place, limiter=here), app_of(place, limiter=there)
    async with chat(one, address), chat(one, address), chat(two, address):
        assert (await refused_socket(two, address))["code"] == "too_many_sockets"
    await here.close()
    await there.close()


def rest(app: FastAPI, client: str = "198.51.100.7", **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(client, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers)


async def test_the_open_rest_channel_is_bounded_by_address_and_says_until_when(place):
    app = app_of(place)
    async with rest(app) as caller:
        answers = [
            await caller.post(
                "/webhooks/rest/webhook", json={"sender": f"s{number}", "message": "路灯坏了"}
            )
            for number in range(3)
        ]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[-1].headers["retry-after"] == "31"
        cry = await caller.post(
            "/webhooks/rest/webhook", json={"sender": "s9", "message": "着火了"}
        )
        assert "119" in cry.json()[0]["text"]
    async with rest(app, "198.51.100.8") as other:
        assert (
            await other.post("/webhooks/rest/webhook", json={"sender": "t", "message": "你好"})
        ).status_code == 200


async def test_a_caller_with_the_service_token_speaks_for_many_and_has_no_quota(place):
    app = app_of(place, service_token="the token")
    async with rest(app, Authorization="Bearer the token") as caller:
        for number in range(9):
            answer = await caller.post(
                "/webhooks/rest/webhook", json={"sender": f"s{number}", "message": "路灯坏了"}
            )
            assert answer.status_code == 200


@pytest.mark.parametrize(
    ("given", "counted"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("no address", "unknown"),
    ],
)
def test_an_address_is_counted_in_one_form(given, counted):
    assert normal_address(given) == counted
