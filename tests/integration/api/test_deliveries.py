"""Reports on messages: what the console reads, and whether a citizen can be reached."""

import pytest
from case_service import LANE, body_of

from api.client import ApiProblem
from api.contract.events import DeliveryReports
from api.people.rules.actor import Role
from api.store.events.events import Events
from kernel import json


def reports(*items):
    return DeliveryReports.model_validate({"items": items})


@pytest.fixture
async def announced(service):
    """A case whose unit has signed in, and the id of the event that told it."""
    case = await service.open()
    unit = await service.as_role(Role.UNIT, LANE)
    await unit.sign_in(case.number)
    return case.number, (await service.events(case.number))[-1].id


async def reachable(service, point="cnv_1"):
    return await service.database.read(
        lambda tx: Events(tx, service.keyring, service.ids).is_reachable(point)
    )


async def failed(service, query=""):
    clerk = await service.token(Role.CLERK)
    return body_of(await service.raw("GET", f"/v1/deliveries{query}", token=clerk))["items"]


async def test_the_last_word_on_a_message_counts(service, announced, clock):
    number, event = announced
    assert await reachable(service)
    failure = {"event": event, "outcome": "failed", "reason": "429"}
    assert (await service.client.report_deliveries(reports(failure))).taken == 1
    (shown,) = await failed(service)
    assert (shown["order"], shown["type"]) == (number, "case.signed_in")
    assert (shown["outcome"], shown["reason"], shown["reports"]) == ("failed", "429", 1)
    assert await reachable(service)
    dead = {"event": event, "outcome": "dead", "reason": "bot was blocked by the user"}
    await service.client.report_deliveries(reports(dead))
    (shown,) = await failed(service, f"?number={number}")
    assert (shown["outcome"], shown["reports"]) == ("dead", 2)
    assert not await reachable(service)
    await service.client.report_deliveries(reports({"event": event, "outcome": "sent"}))
    assert await failed(service) == []
    assert await reachable(service)


async def test_a_report_on_nothing_we_told_is_not_taken(service, announced):
    _, event = announced
    taken = await service.client.report_deliveries(
        reports({"event": "evt_none", "outcome": "dead"}, {"event": event, "outcome": "sent"})
    )
    assert taken.taken == 1


async def test_reports_are_a_services_and_the_list_is_the_hotlines(service, announced):
    number, event = announced
    unit = await service.as_role(Role.UNIT, LANE)
    with pytest.raises(ApiProblem) as refused:
        await unit.report_deliveries(reports({"event": event, "outcome": "sent"}))
    assert refused.value.code == "forbidden"
    for role, unit_code in ((Role.UNIT, LANE), (Role.SERVICE, None)):
        token = await service.token(role, unit_code)
        assert (await service.raw("GET", "/v1/deliveries", token=token)).status == 403
    empty = await service.raw("POST", "/v1/deliveries", json.dumps({"items": []}).encode())
    assert empty.status == 422
    assert number


async def test_old_words_are_wiped_and_the_count_goes_on(service, announced, clock):
    number, _ = announced
    clock.advance(days=100)
    assert await service.expire() >= 4
    await service.expire()
    assert await service.expire() == 0
    assert {str(dict(event.data)) for event in await service.events(number)} == {"{}"}
    unit = await service.as_role(Role.UNIT, LANE)
    await unit.progress(number, "still at it")
    assert [event.seq for event in await service.events(number)] == [1, 2, 3, 4, 5]


async def test_of_a_citizen_who_is_forgotten_events_keep_no_words_and_lead_nowhere(
    service, announced
):
    number, _ = announced
    unit = await service.as_role(Role.UNIT, LANE)
    await unit.progress(number, "spoke to Mr Wang at the door")
    await service.client.withdraw(number, "cnv_1", idempotency_key="w")
    erased = await service.raw(
        "POST", "/v1/citizens/erase", b'{"withdraw":true}', Contact_Point="cnv_1"
    )
    assert erased.status == 200
    events = await service.events(number)
    assert {event.type for event in events} >= {"case.progress", "case.withdrawn"}
    assert not [event for event in events if "note" in event.data or event.contact_point == "cnv_1"]
    assert events[-1].data["number"] == number
