"""The webhook's door: who is let in, and when an update counts as received."""

import json

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from telegrams import OUR_ADDRESS, SECRET, USER

from bot.channels.telegram.webhook import HEADER
from bot.store.tables import inbox, telegram_update

PATH = "/telegram/webhook"


@pytest.fixture
async def door(posted):
    transport = httpx.ASGITransport(app=posted.app)
    async with httpx.AsyncClient(transport=transport, base_url=OUR_ADDRESS) as client:
        yield client


def update(text="路灯坏了", number=7, id_=5):
    user = {"id": USER, "is_bot": False, "first_name": "N"}
    chat = {"id": USER, "type": "private", "first_name": "N"}
    return {
        "update_id": id_,
        "message": {
            "message_id": number, "date": 1772413200, "chat": chat, "from": user, "text": text,
        },
    }  # fmt: skip


async def kept(place):
    return await place.database.read(lambda tx: len(tx.execute(select(inbox.c.sequence)).all()))


@pytest.mark.parametrize(
    "headers", [{}, {HEADER: ""}, {HEADER: "wrong"}, {HEADER: SECRET[:-1]}, {HEADER: SECRET + "x"}]
)
async def test_without_the_secret_nothing_is_taken(door, place, headers):
    answer = await door.post(PATH, json=update(), headers=headers)
    assert answer.status_code == 401
    assert answer.json()["code"] == "secret_wrong"
    assert await kept(place) == 0


async def test_an_update_is_answered_when_it_is_kept(door, place):
    answer = await door.post(PATH, json=update(), headers={HEADER: SECRET})
    assert answer.status_code == 200
    assert await kept(place) == 1


async def test_a_replayed_update_changes_nothing(door, place, posted, engine):
    posted.world.chat(USER)
    for id_ in (5, 5, 6):  # the same message under another number is the same message
        answer = await door.post(PATH, json=update(id_=id_), headers={HEADER: SECRET})
        assert answer.status_code == 200
    await posted.hears(1)
    assert await kept(place) == 1
    assert len(engine.turns) == 1


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b"\xff", b'{"update_id": "1"}'])
async def test_what_is_no_update_is_refused(door, body):
    answer = await door.post(PATH, content=body, headers={HEADER: SECRET})
    assert answer.status_code == 400


async def test_a_body_without_end_is_refused(door):
    answer = await door.post(PATH, content=b" " * 2_000_000, headers={HEADER: SECRET})
    assert answer.status_code == 413


async def test_an_update_that_cannot_be_read_is_acknowledged_and_kept_aside(door, place):
    broken = {"update_id": 1, "message": {"message_id": "x"}}
    answer = await door.post(PATH, json=broken, headers={HEADER: SECRET})
    assert answer.status_code == 200
    assert await kept(place) == 0
    aside = await place.database.read(
        lambda tx: tx.execute(select(telegram_update.c.update_id)).all()
    )
    assert aside == [(1,)]


async def test_an_update_that_cannot_be_kept_is_asked_for_again(
    door, place, posted, engine, monkeypatch
):
    receive = posted.bot.intake.receive

    async def broken(inbound):
        raise OperationalError("disk", None, Exception())

    monkeypatch.setattr(posted.bot.intake, "receive", broken)
    answer = await door.post(PATH, json=update(), headers={HEADER: SECRET})
    assert answer.status_code == 503
    monkeypatch.setattr(posted.bot.intake, "receive", receive)
    posted.world.chat(USER)
    await door.post(PATH, content=json.dumps(update()), headers={HEADER: SECRET})
    assert await posted.hears(1) == ["1: 路灯坏了"]


async def test_telegram_is_told_the_address_and_the_secret(posted):
    await posted.world.until(lambda: posted.world.hook.url)
    assert posted.world.hook.url == OUR_ADDRESS + PATH
    assert posted.world.hook.secret == SECRET


async def test_there_is_no_door_when_updates_are_polled_for(polled):
    transport = httpx.ASGITransport(app=polled.app)
    async with httpx.AsyncClient(transport=transport, base_url=OUR_ADDRESS) as client:
        answer = await client.post(PATH, json=update(), headers={HEADER: SECRET})
    assert answer.status_code == 404
