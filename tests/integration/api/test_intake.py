"""What a clerk takes down at a window or on the line becomes the same case as from a chat."""

import pytest
from case_service import EAST, LANE

from api.people.rules.actor import Role
from kernel import json

MATTER = {
    "channel": "counter",
    "kind": "complaint",
    "category": "0201",
    "happened": "老街门口的石板松了，已经绊倒两个人",
    "place": {"text": "老街街道灯市口3号", "district": EAST, "street": LANE},
    "demand": "请铺平",
    "contact": {"mode": "named", "name": "王小河", "phone": "13800001234"},
}


@pytest.fixture
async def take_down(service):
    token = await service.token(Role.CLERK)

    async def post(key=None, token=token, **changes):
        body = json.dumps({**MATTER, **changes})
        body = body if isinstance(body, bytes) else body.encode()
        headers = {"Idempotency_Key": key} if key else {}
        reply = await service.raw("POST", "/v1/intake", body, token=token, **headers)
        return reply.status, json.loads(reply.body)

    return post


async def test_a_matter_told_at_a_window_has_a_number_a_unit_and_a_code_at_once(take_down):
    status, case = await take_down()
    assert (status, case["state"], case["channel"]) == (201, "dispatched", "counter")
    assert case["unit"] is not None
    assert case["access_code"]


async def test_what_the_category_wants_and_nobody_said_is_owed(service, take_down):
    required = service.catalogue.categories["0201"].required
    status, case = await take_down(place=None, contact={"mode": "named"})
    assert status == 201
    said = {"happened", "demand"}
    assert set(case["owed"]) == set(required) - said
    assert case["state"] in {"submitted", "dispatched"}


async def test_who_stays_anonymous_owes_no_contact(take_down):
    _, case = await take_down(contact={"mode": "anonymous"})
    assert "contact" not in case["owed"]


async def test_a_form_sent_twice_opens_one_case(take_down):
    _, first = await take_down(key="form-1")
    _, again = await take_down(key="form-1")
    assert first["number"] == again["number"]


async def test_two_who_come_to_a_window_are_two_citizens(service, take_down):
    _, one = await take_down()
    _, other = await take_down()
    points = {
        event.contact_point
        for case in (one, other)
        for event in await service.events(case["number"])
    }
    assert len(points) == 2


async def test_a_unit_takes_nothing_down(service, take_down):
    status, out = await take_down(token=await service.token(Role.UNIT, LANE))
    assert (status, out["code"]) == (403, "forbidden")


async def test_a_category_that_is_not_there_is_told(take_down):
    status, out = await take_down(category="7777")
    assert (status, out["code"]) == (422, "category_unknown")


async def test_a_chat_is_not_a_window(take_down):
    status, _ = await take_down(channel="web")
    assert status == 422
