"""The unit's moves: sign in, progress, reply, return; what the citizen is told of each."""

from datetime import timedelta

import pytest
from case_service import LANE

from api.client import ApiProblem
from api.contract import ReplyCase
from api.people.rules.actor import Role


def reply(**changes):
    return ReplyCase.model_validate(
        {
            "claim_true": "yes",
            "contacted": False,
            "solved": "yes",
            "answer": "石板已经重新铺平",
        }
        | changes
    )


@pytest.fixture
async def unit(service):
    return await service.as_role(Role.UNIT, LANE)


@pytest.fixture
async def clerk(service):
    return await service.as_role(Role.CLERK)


async def last_event(service, number):
    return (await service.events(number))[-1]


async def test_a_unit_signs_in_tells_progress_and_replies(service, unit, clock):
    case = await service.open()
    clock.advance(minutes=10)
    signed = await unit.sign_in(case.number)
    assert (signed.state, signed.due_at) == ("processing", case.due_at)
    event = await last_event(service, case.number)
    assert event.type == "case.signed_in"
    assert event.data["unit"]["names"]["en"] == case.unit.names.en
    assert (event.data["next"], event.data["next_by"]) == ("reply", event.data["due_at"])

    progressed = await unit.progress(case.number, "明天到货")
    assert progressed.state == "processing"
    event = await last_event(service, case.number)
    assert (event.type, event.data["note"]) == ("case.progress", "明天到货")

    clock.advance(hours=2)
    contacted = clock.now() - timedelta(hours=1)
    done = await unit.reply(case.number, reply(contacted=True, contacted_at=contacted))
    assert (done.state, done.due_at) == ("replied", None)
    event = await last_event(service, case.number)
    assert event.type == "case.replied"
    assert (event.data["note"], event.data["solved"]) == ("石板已经重新铺平", "yes")
    assert event.data["next"] == "survey"
    entry = (await unit.history(case.number)).entries[-1]
    assert (entry.move, entry.note) == ("reply", "石板已经重新铺平")
    assert entry.because[0].params["contacted_at"] == contacted.isoformat()


async def test_a_dispatch_tells_until_when_the_unit_signs_in(service, clock):
    case = await service.open()
    event = await last_event(service, case.number)
    assert (event.type, event.data["next"]) == ("case.dispatched", "sign_in")
    # Four working hours from nine in the morning, over the break at noon.
    assert event.data["next_by"] < case.due_at.isoformat()


async def test_each_move_is_the_holding_units_alone(service, unit, clerk):
    case = await service.open()
    stranger = await service.as_role(Role.UNIT, "WORKS")
    with pytest.raises(ApiProblem) as refused:
        await stranger.sign_in(case.number)
    assert refused.value.code == "case_not_found"
    with pytest.raises(ApiProblem) as refused:
        await clerk.sign_in(case.number)
    assert refused.value.code == "forbidden"
    with pytest.raises(ApiProblem) as refused:
        await unit.progress(case.number, "not signed in")
    assert refused.value.code == "move_not_allowed"
    assert len(await service.events(case.number)) == 3


@pytest.mark.parametrize(
    "lack",
    [
        {"contacted": True},
        {"solved": "no"},
        {"solved": "partly"},
        {"answer": " "},
        {"claim_true": "perhaps"},
        {"contacted": True, "contacted_at": "2026-03-02T10:00:00"},
    ],
)
async def test_a_reply_that_leaves_out_what_is_due_is_refused(lack):
    with pytest.raises(ValueError, match="ReplyCase"):
        reply(**lack)


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_citizen_cannot_have_been_contacted_before_the_case_or_after_now(
    service, unit, clock, hours
):
    case = await service.open()
    await unit.sign_in(case.number)
    with pytest.raises(ApiProblem) as refused:
        await unit.reply(
            case.number,
            reply(contacted=True, contacted_at=clock.now() + timedelta(hours=hours)),
        )
    assert refused.value.code == "contact_time_invalid"


async def test_a_return_is_decided_by_a_clerk_and_the_next_unit_is_told(service, unit, clerk):
    case = await service.open()
    returned = await unit.return_case(case.number, "不归我们管", "三定方案写明归工务所")
    assert (returned.state, returned.due_at) == ("return_pending", case.due_at)
    assert returned.clerk_by is not None
    event = await last_event(service, case.number)
    assert (event.type, event.data["next"]) == ("case.returned", "decide_return")
    assert event.data["unit"]["code"] == LANE
    assert "不归我们管" not in str(event.data)

    freed = await clerk.accept_return(case.number)
    assert (freed.state, freed.unit) == ("accepted", None)
    with pytest.raises(ApiProblem) as gone:
        await unit.case(case.number)
    assert gone.value.code == "case_not_found"
    event = await last_event(service, case.number)
    assert (event.type, event.data["next"]) == ("case.return_accepted", "dispatch")
    sent = await clerk.dispatch(case.number, "WORKS")
    assert (sent.state, sent.unit.code) == ("dispatched", "WORKS")


async def test_a_unit_that_is_held_to_a_case_signs_in_anew(service, unit, clerk):
    case = await service.open()
    await unit.sign_in(case.number)
    await unit.return_case(case.number, "不归我们管", "三定方案写明归工务所")
    with pytest.raises(ApiProblem) as refused:
        await unit.accept_return(case.number)
    assert refused.value.code == "forbidden"
    back = await clerk.refuse_return(case.number, "属地先行解决")
    assert (back.state, back.clerk_by, back.unit.code) == ("dispatched", None, LANE)
    assert (await unit.sign_in(case.number)).state == "processing"


async def test_a_move_sent_twice_with_one_key_is_made_and_told_once(service, unit):
    case = await service.open()
    for _ in range(2):
        await unit.sign_in(case.number, idempotency_key="once")
    types = [event.type for event in await service.events(case.number)]
    assert types.count("case.signed_in") == 1


async def test_a_clerk_sends_an_answered_case_back(service, unit, clerk):
    case = await service.open()
    await unit.sign_in(case.number)
    await unit.reply(case.number, reply())
    again = await clerk.rehandle(case.number, "市民来电说还没好")
    assert again.state == "rehandling"
    assert again.due_at is not None
    assert (await unit.survey(case.number)).end == "dropped"
    assert (await unit.reply(case.number, reply())).state == "replied"
    assert (await unit.survey(case.number)).round == 2
