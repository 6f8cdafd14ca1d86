"""The example channel: what is its own; what holds for every channel is in `test_channels`."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from citizens import ScriptedEngine, town
from telegrams import NOTICES
from texting import Phone, takes_it, texting

import examples.sms.channel

MOST_LINES = 60


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
async def phone(sqlite_url, clock, ids, engine) -> AsyncIterator[Phone]:
    async with town(sqlite_url, clock, ids) as place, texting(place, engine) as phone:
        yield phone


async def test_a_message_that_is_posted_twice_is_answered_once(phone, engine):
    assert (await phone.posts("路灯坏了", "1")).status_code == 200
    await phone.hears()
    assert (await phone.posts("路灯坏了", "1")).status_code == 200
    await phone.posts("在夫子庙", "2")
    assert await phone.hears_words() == ["2: 在夫子庙"]
    assert len(engine.turns) == 2


async def test_the_notice_is_sent_once_with_the_first_answer(phone):
    await phone.posts("路灯坏了", "1")
    first = await phone.hears()
    await phone.posts("在夫子庙", "2")
    second = await phone.hears()
    assert [len(NOTICES & {*said}) for said in (first, second)] == [1, 0]


async def test_a_post_without_the_secret_or_without_its_fields_is_refused(phone, engine):
    assert (await phone.posts("路灯坏了", "1", secret="another")).status_code == 401
    broken = await phone.client.post(
        "/sms", content=b'{"id": "1"}', headers={"Authorization": "Bearer the secret"}
    )
    assert broken.status_code == 400
    assert engine.turns == []


@pytest.mark.parametrize("trouble", [503, 429])
async def test_what_the_gateway_does_not_take_is_sent_again(phone, clock, trouble):
    refusals = [httpx.Response(trouble, headers={"retry-after": "2"})]

    def answer(request: httpx.Request) -> httpx.Response:
        return refusals.pop() if refusals else takes_it(request)

    phone.answer = answer
    await phone.posts("路灯坏了", "1")
    await phone.bot.turns.idle()
    for sending in phone.bot.sending:
        await sending.look()
        await sending.idle()
    assert refusals == []
    assert phone.texts.empty()
    clock.advance(seconds=400)
    for sending in phone.bot.sending:
        await sending.look()
    assert (await phone.hears_words())[0] == "1: 路灯坏了"


def test_the_example_is_short_enough_to_be_read_at_once():
    lines = Path(examples.sms.channel.__file__).read_text().splitlines()
    assert 30 < len(lines) <= MOST_LINES
