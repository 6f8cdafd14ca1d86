"""Rights are granted to words: buttons' titles that are typed, a case with its code, commands."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from citizens import TEXTS, ScriptedEngine, receipt_card, says, town

from bench.citizens import MATTER
from bench.counting import product
from bot.dialogue import offers
from bot.dialogue.engine.port import Outcome
from bot.message import Button, Reply
from nlu.serve.exact import RIGHTS

Say = Callable[..., Awaitable[list[dict[str, Any]]]]
DOMAIN = Path(__file__).parents[2] / "domain"


@pytest.fixture
async def client(tmp_path) -> AsyncIterator[httpx.AsyncClient]:
    # What is said is the subject, and a busy machine is slow in the first seconds after a start.
    async with product(tmp_path / "var", api_timeout=30, engine_timeout=40, lease=120) as client:
        yield client


@pytest.fixture
def say(client, request) -> Say:
    """Say one thing as a citizen of this test; give the entries of the answer."""

    async def say(words: str, who: str = "") -> list[dict[str, Any]]:
        body = {
            "sender": f"{request.node.nodeid}{who}",
            "message": words,
            "metadata": {"language": "zh"},
        }
        answer = await client.post("/webhooks/rest/webhook", json=body)
        return list(answer.raise_for_status().json())

    return say


def words_of(entries: list[dict[str, Any]]) -> str:
    return "\n".join(entry.get("text", "") for entry in entries)


def titles(entries: list[dict[str, Any]]) -> list[str]:
    return [button["title"] for entry in entries for button in entry.get("buttons", ())]


async def opened(say: Say) -> dict[str, Any]:
    for words in MATTER:
        entries = await say(words)
    return next(entry["custom"] for entry in entries if "custom" in entry)


def test_each_privacy_title_of_the_dialogue_is_known_to_the_understanding():
    responses = yaml.safe_load((DOMAIN / "responses-privacy.yml").read_text("utf-8"))["responses"]
    shown = {
        item["text"].casefold(): do
        for do in ("export", "delete", "connect")
        for item in responses[f"utter_piece_privacy_{do}"]
    }
    assert shown == RIGHTS


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("删除我的资料", "确定要删除吗"),
        ("删除我的资料。", "确定要删除吗"),
        ("Delete my data", "Are you sure?"),
        ("导出我的资料", "完整的副本"),
        ("连接我的另一个渠道", "把两个渠道连起来"),
    ],
)
async def test_a_right_typed_by_its_title_is_granted_without_having_been_offered(
    say, words, answer
):
    assert answer in words_of(await say(words))


async def test_a_right_typed_in_the_middle_of_the_questions_is_granted(say):
    await say(MATTER[0])
    assert "确定要删除吗" in words_of(await say("删除我的资料"))


async def test_typed_titles_lead_to_the_end_of_an_erasure(say):
    receipt = await opened(say)
    assert "删除我的资料" in titles(await say("隐私"))
    assert "删除，并撤回在办的事" in titles(await say("删除我的资料"))
    assert "已经删除" in words_of(await say("删除，并撤回在办的事"))
    assert receipt["number"] not in words_of(await say("查进度"))


async def test_going_on_typed_by_its_title_does_not_drop_the_matter(say):
    await say(MATTER[0])
    assert titles(await say("算了，不登记了")) == ["不登记了", "继续登记"]
    assert "接着来" in words_of(await say("继续登记"))
    assert "确认提交" in titles(await say(MATTER[1]))


async def test_a_withdrawal_is_confirmed_by_its_typed_title(say):
    await opened(say)
    assert "撤回" in titles(await say("撤回工单"))
    assert "已撤回" in words_of(await say("撤回")).replace("已经撤回", "已撤回")


@pytest.mark.parametrize(
    "form",
    ["{number} {code}", "{code} {number}", "{number}，查询码 {code}", "工单号：{number}\n{code}"],
)
async def test_a_case_is_looked_up_by_its_number_and_code_in_one_message(say, form):
    receipt = await opened(say)
    number, code = receipt["number"], receipt["access_code"]
    other = words_of(await say(form.format(number=number, code=code), who="other"))
    assert number in other
    assert "没有查到" not in other
    assert "办理" in other or "签收" in other
    assert number in words_of(await say("查进度", who="other"))


async def test_a_number_with_the_code_of_another_case_is_told_to_be_wrong(say):
    number = (await opened(say))["number"]
    assert "查询码不对" in words_of(await say(f"{number} ABCD-EFGH-2345", who="other"))


@pytest.mark.parametrize(
    "command", ["/session_start", "/back", "/restart", " /restart ", '/back{"a":"b"}']
)
async def test_a_command_of_the_engine_is_answered_and_keeps_the_conversation(say, command):
    await say(MATTER[0])
    assert words_of(await say(command)) == TEXTS.words("no_command", "zh")
    assert "确认提交" in titles(await say(MATTER[1]))


async def test_an_unknown_command_of_a_client_is_answered(say):
    assert words_of(await say("/no_such_thing"))


async def test_typed_commands_are_answered_on_every_channel(database_url, clock, ids):
    async with town(database_url, clock, ids) as place:
        engine = ScriptedEngine()
        intake = place.bot(engine).intake
        for number, typed in enumerate(("/back", "/nonsense", "/x@city_bot"), start=1):
            answer = await intake.handle(says(typed, str(number), language="zh"))
            assert answer.said[0].reply.text == TEXTS.words("no_command", "zh")
        await intake.handle(says("/privacy", "8"))
        await intake.handle(says("/etc/passwd 打不开", "9"))
        assert [turn.text for turn in engine.turns] == ["/privacy", "／etc/passwd 打不开"]


async def test_a_typed_title_is_the_tap_on_the_button_of_the_last_turn_only(
    database_url, clock, ids
):
    async with town(database_url, clock, ids) as place:
        engine = ScriptedEngine()
        engine.answer = receipt_card
        intake = place.bot(engine).intake
        await intake.handle(says("路灯坏了", "1"))
        engine.answer = engine.echo
        await intake.handle(says(" 没有了 ", "2"))
        await intake.handle(says("没有了", "3"))
        assert [turn.text for turn in engine.turns] == ["路灯坏了", "/deny", "没有了"]
        assert [turn.state for turn in engine.turns] == [None, b"1", b"2"]


async def test_buttons_are_kept_for_an_engine_that_keeps_its_own_state(database_url, clock, ids):
    async def stateless(turn):
        return Outcome((Reply("?", buttons=(Button("Go on", "/deny"),)),), None)

    async with town(database_url, clock, ids) as place:
        engine = ScriptedEngine()
        engine.answer = stateless
        intake = place.bot(engine).intake
        await intake.handle(says("hello", "1"))
        await intake.handle(says("go  on", "2"))
        assert [(turn.text, turn.state) for turn in engine.turns] == [
            ("hello", None),
            ("/deny", None),
        ]


def test_a_state_without_buttons_is_kept_as_it_came():
    assert offers.pack((Reply("."),), b'{"v":1}') == b'{"v":1}'
    assert offers.unpack(b'{"v":1}') == ({}, b'{"v":1}')
    assert offers.unpack(None) == ({}, None)
