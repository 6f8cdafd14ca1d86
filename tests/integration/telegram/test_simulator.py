"""The simulated Telegram holds to what Telegram itself does."""

import asyncio

import httpx
import pytest

from kernel.clock import SystemClock
from kernel.ids import SequentialIds
from tools.telegram_sim.server import TOKEN, Simulator, serving

USER = 5


@pytest.fixture
def sim():
    return Simulator.make(clock=SystemClock(), ids=SequentialIds())


@pytest.fixture
async def bot(sim):
    async with serving(sim) as base, httpx.AsyncClient(base_url=f"{base}/bot{TOKEN}") as client:
        yield client


@pytest.fixture
async def admin(sim):
    transport = httpx.ASGITransport(app=sim.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sim.test/sim") as client:
        yield client


async def call(bot, method, **given):
    answer = await bot.post(f"/{method}", json=given)
    return answer.status_code, answer.json()


async def test_an_update_is_given_until_a_later_one_is_asked_for(sim, bot):
    first = sim.citizens.say(USER, "1")["update_id"]
    sim.citizens.say(USER, "2")
    for _ in range(2):
        _, answer = await call(bot, "getUpdates")
        assert [item["message"]["text"] for item in answer["result"]] == ["1", "2"]
    _, answer = await call(bot, "getUpdates", offset=first + 1)
    assert [item["message"]["text"] for item in answer["result"]] == ["2"]
    _, answer = await call(bot, "getUpdates", offset=first + 2)
    assert answer["result"] == []


@pytest.mark.parametrize("method", ["getupdates", "GETUPDATES", "sendmessage"])
async def test_a_method_in_another_case_is_none(bot, method):
    status, answer = await call(bot, method, chat_id=USER, text="1")
    assert (status, answer["description"]) == (404, "Not Found")


async def test_a_question_waits_for_the_next_update(sim, bot):
    asked = asyncio.create_task(call(bot, "getUpdates", timeout=20))
    await sim.world.until(lambda: sim.world.questions)
    sim.citizens.say(USER, "1")
    _, answer = await asked
    assert len(answer["result"]) == 1


async def test_a_second_question_ends_the_first(sim, bot):
    first = asyncio.create_task(call(bot, "getUpdates", timeout=20))
    await sim.world.until(lambda: sim.world.questions)
    await call(bot, "getUpdates")
    status, answer = await first
    assert status == 409
    assert "terminated by other getUpdates" in answer["description"]


async def test_nothing_is_asked_for_while_updates_are_posted(bot):
    await call(bot, "setWebhook", url="http://127.0.0.1:9/hook")
    status, _ = await call(bot, "getUpdates")
    assert status == 409
    _, info = await call(bot, "getWebhookInfo")
    assert info["result"]["url"] == "http://127.0.0.1:9/hook"
    await call(bot, "deleteWebhook")
    status, _ = await call(bot, "getUpdates")
    assert status == 200


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "<x>", "parse_mode": "HTML"}, "can't parse entities"),
        ({"text": " "}, "message text is empty"),
        ({"text": "x", "chat_id": 99}, "chat not found"),
        ({"text": "x", "chat_id": "x"}, "chat not found"),
    ],
)
async def test_what_telegram_would_not_send_is_refused(sim, bot, given, words):
    sim.world.chat(USER)
    status, answer = await call(bot, "sendMessage", **{"chat_id": USER, **given})
    assert status == 400
    assert answer["description"].startswith(f"Bad Request: {words}")


@pytest.mark.parametrize(("data", "status"), [("x" * 64, 200), ("路" * 22, 400), ("", 400)])
async def test_the_data_of_a_button_has_at_most_64_bytes(sim, bot, data, status):
    sim.world.chat(USER)
    keyboard = {"inline_keyboard": [[{"text": "b", "callback_data": data}]]}
    got, _ = await call(bot, "sendMessage", chat_id=USER, text="x", reply_markup=keyboard)
    assert got == status


async def test_a_tap_is_answered_once(sim, bot):
    sim.world.chat(USER)
    keyboard = {"inline_keyboard": [[{"text": "b", "callback_data": "1"}]]}
    await call(bot, "sendMessage", chat_id=USER, text="x", reply_markup=keyboard)
    query = sim.citizens.tap(USER, "1")
    assert (await call(bot, "answerCallbackQuery", callback_query_id=query))[0] == 200
    assert (await call(bot, "answerCallbackQuery", callback_query_id=query))[0] == 400


async def test_arguments_come_as_json_as_form_as_query_and_with_files(sim, bot):
    sim.world.chat(USER)
    keyboard = '{"inline_keyboard":[[{"text":"b","callback_data":"1"}]]}'
    form = {"chat_id": str(USER), "text": "[x]", "reply_markup": keyboard}
    assert (await bot.post("/sendMessage", data=form)).status_code == 200
    assert (await bot.get("/sendMessage", params=form)).status_code == 200
    files = {"photo": ("a.jpg", b"picture")}
    assert (
        await bot.post("/sendPhoto", data={"chat_id": str(USER)}, files=files)
    ).status_code == 200
    assert [item.text for item in sim.citizens.shown(USER)] == ["[x]", "[x]", ""]
    assert (b"picture") in [content for _, content in sim.world.files.values()]


async def test_a_wrong_token_and_an_unknown_method_are_refused(sim, bot):
    assert (await call(bot, "noSuchMethod"))[0] == 404
    url = str(bot.base_url).replace(TOKEN, "1:wrong")
    async with httpx.AsyncClient(base_url=url) as other:
        assert (await call(other, "getMe"))[0] == 401


async def test_a_file_is_had_by_its_path(sim, bot):
    update = sim.citizens.photo(USER, b"picture")
    _, answer = await call(bot, "getFile", file_id=update["message"]["photo"][-1]["file_id"])
    path = answer["result"]["file_path"]
    base = str(bot.base_url).replace("/bot", "/file/bot")
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{base}{path}")).content == b"picture"


async def test_an_update_is_posted_again_until_it_is_taken_and_those_of_a_chat_in_order(sim):
    got = []

    def answer(request):
        import json

        got.append((json.loads(request.content), request.headers))
        return httpx.Response(200 if len(got) > 2 else 500)

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    async with client, serving(sim, client=client) as base, httpx.AsyncClient() as bot:
        await bot.post(
            f"{base}/bot{TOKEN}/setWebhook", json={"url": "https://c.test/h", "secret_token": "s"}
        )
        sim.citizens.say(USER, "1")
        sim.citizens.say(USER, "2")
        await sim.world.until(lambda: not sim.world.updates)
    assert [update["message"]["text"] for update, _ in got] == ["1", "1", "1", "2"]
    assert {headers["x-telegram-bot-api-secret-token"] for _, headers in got} == {"s"}


async def test_citizens_are_moved_and_faults_come_from_outside(sim, bot, admin):
    assert (await admin.post("/say", json={"user": USER, "text": "hello"})).status_code == 200
    await admin.post("/faults", json={"kind": "retry_after", "value": 3, "times": 1})
    status, answer = await call(bot, "sendMessage", chat_id=USER, text="x")
    assert (status, answer["parameters"]) == (429, {"retry_after": 3})
    assert (await call(bot, "sendMessage", chat_id=USER, text="x"))[0] == 200
    chat = (await admin.get(f"/chats/{USER}")).json()
    assert [message["text"] for message in chat] == ["hello", "x"]
    assert (await admin.get("/rates")).json()["messages"] == 1
    calls = (await admin.get("/calls", params={"method": "sendMessage"})).json()
    assert [item["status"] for item in calls] == [429, 200]
    assert "Telegram, simulated" in (await admin.get("/")).text


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/dance", {}, 404),
        ("/say", {}, 422),
        ("/tap", {"user": USER, "title": "none"}, 409),
        ("/faults", {"kind": "plague"}, 422),
        ("/edit", {"user": USER, "message_id": 7, "text": "x"}, 409),
    ],
)
async def test_what_cannot_be_done_is_said(admin, path, body, status):
    assert (await admin.post(path, json=body)).status_code == status
