"""Calls that clerks make where no message will do: the list, the same form, and the end of it."""

from datetime import timedelta

import pytest
from case_service import LANE

from api.contract import ReplyCase
from api.contract.events import DeliveryReport, DeliveryReports
from api.contract.surveys import SurveyAnswer
from api.jobs.surveys import SurveySweep
from api.people.rules.actor import Role
from kernel import json

ANSWER = ReplyCase.model_validate(
    {"claim_true": "yes", "contacted": False, "solved": "yes", "answer": "石板已经铺平"}
)


class Calls:
    """A clerk with a telephone, and the sweep that fills the list."""

    def __init__(self, service, unit, token):
        self.service = service
        self.unit = unit
        self.token = token

    async def replied(self, key="key-1", **changes):
        case = await self.service.open(key=key, **changes)
        await self.unit.sign_in(case.number)
        await self.unit.reply(case.number, ANSWER)
        return case.number

    async def sweep(self, **later):
        self.service.clock.advance(**later)
        desk = self.service.app.state.context.desk
        return await SurveySweep(self.service.database, desk).sweep()

    async def listed(self):
        reply = await self.service.raw("GET", "/v1/calls", token=self.token)
        assert reply.status == 200
        return json.loads(reply.body)

    async def post(self, path, body=b"{}"):
        reply = await self.service.raw("POST", path, body, token=self.token)
        return reply.status, json.loads(reply.body)

    async def state(self, number):
        return (await self.service.client.case(number, contact_point="cnv_1")).state


@pytest.fixture
async def calls(service):
    unit = await service.as_role(Role.UNIT, LANE)
    return Calls(service, unit, await service.token(Role.CLERK))


async def test_who_came_to_a_counter_is_called_and_never_written_to(calls):
    number = await calls.replied(channel="counter")
    assert await calls.sweep(days=1) == 1
    listed = await calls.listed()
    assert listed["total"] == 1
    task = listed["items"][0]
    assert (task["number"], task["why"], task["calls"]) == (number, "no_channel", 0)
    assert "survey.asked" not in [event.type for event in await calls.service.events(number)]
    assert await calls.state(number) == "callback"


async def test_a_chat_that_is_dead_is_not_written_to(calls):
    number = await calls.replied()
    event = (await calls.service.events(number))[-1]
    await calls.service.client.report_deliveries(
        DeliveryReports(items=(DeliveryReport(event=event.id, outcome="dead"),))
    )
    await calls.sweep(days=1)
    assert [item["why"] for item in (await calls.listed())["items"]] == ["no_channel"]


async def test_silence_is_called_after_the_third_message(calls):
    number = await calls.replied()
    for days in (1, 1, 2):
        await calls.sweep(days=days)
    assert (await calls.listed())["total"] == 0
    await calls.sweep(days=7)
    assert [item["why"] for item in (await calls.listed())["items"]] == ["silence"]
    assert await calls.state(number) == "callback"


async def test_the_form_on_the_telephone_is_the_form_of_the_chat(calls):
    number = await calls.replied(channel="counter")
    await calls.sweep(days=1)
    said = SurveyAnswer(
        contacted="no",
        solved="no",
        satisfaction="dissatisfied",
        reason="not_done",
        may_contact="no",
    )
    status, out = await calls.post(
        f"/v1/cases/{number}/survey", said.model_dump_json(exclude_none=True).encode()
    )
    assert (status, out["outcome"], out["final"]["solved"]) == (200, "rehandling", "no")
    assert (await calls.listed())["total"] == 0


async def test_a_button_tapped_while_a_call_waits_still_counts(calls):
    number = await calls.replied()
    for days in (1, 1, 2, 7):
        await calls.sweep(days=days)
    out = await calls.service.client.answer_survey(
        number,
        "cnv_1",
        SurveyAnswer(contacted="yes", solved="yes", satisfaction="satisfied"),
        idempotency_key="tap",
    )
    assert (out.taken, out.end, out.outcome) == ("yes", "answered", "closed")
    assert (await calls.listed())["total"] == 0


async def test_no_clerk_fills_in_a_survey_while_a_message_is_out_or_will_go_out(calls):
    number = await calls.replied()
    clerk = await calls.service.as_role(Role.CLERK)
    said = b'{"contacted": "yes", "solved": "yes", "satisfaction": "very_satisfied"}'

    async def tries():
        status, out = await calls.post(f"/v1/cases/{number}/survey", said)
        return status, out.get("code") or out["outcome"], "rate" in (await clerk.case(number)).moves

    for days in (0, 1, 1, 2):
        await calls.sweep(days=days)
        assert await tries() == (409, "survey_not_by_telephone", False)
    assert await calls.state(number) == "callback"
    await calls.sweep(days=7)
    assert "rate" in (await clerk.case(number)).moves
    assert await tries() == (200, "closed", False)


async def test_who_came_to_a_counter_may_be_called_before_the_list_says_so(calls):
    number = await calls.replied(channel="counter")
    said = b'{"contacted": "yes", "solved": "yes", "satisfaction": "satisfied"}'
    status, out = await calls.post(f"/v1/cases/{number}/survey", said)
    assert (status, out["outcome"]) == (200, "closed")


async def test_a_chat_that_died_since_the_question_may_be_called_at_once(calls):
    number = await calls.replied()
    await calls.sweep(days=1)
    event = (await calls.service.events(number))[-1]
    await calls.service.client.report_deliveries(
        DeliveryReports(items=(DeliveryReport(event=event.id, outcome="dead"),))
    )
    status, out = await calls.post(f"/v1/cases/{number}/survey", b'{"solved": "yes"}')
    assert (status, out["taken"]) == (200, "yes")


async def test_what_a_citizen_says_on_the_line_after_the_end_is_a_remark(calls):
    number = await calls.replied(channel="counter")
    await calls.sweep(days=1)
    await calls.sweep(days=10)
    status, out = await calls.post(f"/v1/cases/{number}/survey", b'{"solved": "no"}')
    assert (status, out["taken"], out["end"]) == (200, "late", "unreached")


async def test_calls_that_reach_nobody_close_the_case_as_unreached(calls):
    number = await calls.replied(channel="counter")
    await calls.sweep(days=1)
    rule = calls.service.app.state.context.desk.survey
    for tried in range(1, rule.calls):
        status, out = await calls.post(f"/v1/calls/{number}/unreached")
        assert (status, out["state"]) == (200, "telephone")
        assert (await calls.listed())["items"][0]["calls"] == tried
    status, out = await calls.post(f"/v1/calls/{number}/unreached")
    assert (status, out["end"], out["outcome"]) == (200, "unreached", "closed")
    status, out = await calls.post(f"/v1/calls/{number}/unreached")
    assert (status, out["code"]) == (409, "survey_not_by_telephone")


async def test_a_call_nobody_makes_ends_as_unreached_in_time(calls):
    number = await calls.replied(channel="counter")
    await calls.sweep(days=1)
    await calls.sweep(days=10)
    assert await calls.state(number) == "closed"
    assert (await calls.listed())["total"] == 0


async def test_who_left_no_number_is_not_on_the_list(calls):
    number = await calls.replied(channel="counter", contact={"mode": "anonymous"})
    await calls.sweep(days=1)
    assert (await calls.listed())["total"] == 0
    assert await calls.state(number) == "closed"


async def test_a_unit_sees_no_list_and_notes_no_call(calls):
    number = await calls.replied(channel="counter")
    await calls.sweep(days=1)
    calls.token = await calls.service.token(Role.UNIT, LANE)
    reply = await calls.service.raw("GET", "/v1/calls", token=calls.token)
    assert reply.status == 403
    status, out = await calls.post(f"/v1/calls/{number}/unreached")
    assert (status, out["code"]) == (403, "forbidden")


async def test_a_call_noted_twice_with_one_key_counts_once(calls):
    number = await calls.replied(channel="counter")
    await calls.sweep(days=1)
    for _ in range(2):
        reply = await calls.service.raw(
            "POST",
            f"/v1/calls/{number}/unreached",
            b"{}",
            token=calls.token,
            Idempotency_Key="same",
        )
        assert reply.status == 200
    assert (await calls.listed())["items"][0]["calls"] == 1


async def test_the_soonest_due_is_called_first(calls):
    later = await calls.replied(channel="counter")
    calls.service.clock.advance(hours=2)
    latest = await calls.replied(key="key-2", channel="counter")
    await calls.sweep(days=1)
    await calls.sweep(hours=timedelta(hours=3).seconds / 3600)
    assert [item["number"] for item in (await calls.listed())["items"]] == [later, latest]
