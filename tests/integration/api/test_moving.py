"""The moves of a case over the wire: whose they are, and what they leave."""

import asyncio
from datetime import timedelta

import pytest
from case_service import LANE

from api.client import ApiProblem
from api.people.rules.actor import Role


async def refusal(awaitable) -> tuple[int, str]:
    with pytest.raises(ApiProblem) as refused:
        await awaitable
    return refused.value.status, refused.value.code


async def test_a_clerk_accepts_and_dispatches_what_was_not_sure(service, clock):
    case = await service.open(category="9900")
    clerk = await service.as_role(Role.CLERK)
    clock.advance(minutes=20)
    accepted = await clerk.accept(case.number)
    assert accepted.state == "accepted"
    sent = await clerk.dispatch(case.number, "WORKS", "桥归工务所管")
    assert sent.state == "dispatched"
    assert sent.clerk_by is None
    assert sent.unit is not None
    assert sent.unit.code == "WORKS"
    assert [item.code for item in sent.because] == ["clerk_decided"]
    entries = (await clerk.history(case.number)).entries
    assert [entry.move for entry in entries] == ["submit", "accept", "dispatch"]
    assert (entries[2].actor.role, entries[2].actor.name) == ("clerk", "A clerk")
    assert entries[2].reason == "桥归工务所管"


async def test_a_rejected_case_names_the_right_door(service):
    case = await service.open(category="9900")
    clerk = await service.as_role(Role.CLERK)
    rejected = await clerk.reject(case.number, "court", "法院已立案")
    assert (rejected.state, rejected.due_at, rejected.clerk_by) == ("rejected", None, None)
    mine = await service.client.case(case.number, contact_point="cnv_1")
    assert mine.exclusion == "court"
    assert mine.door is not None
    assert mine.door.zh == "请找小河法院。"


async def test_moves_out_of_turn_are_refused_and_leave_nothing(service):
    case = await service.open(category="9900")
    clerk = await service.as_role(Role.CLERK)
    assert await refusal(clerk.dispatch(case.number, "WORKS")) == (409, "move_not_allowed")
    assert await refusal(clerk.dispatch(case.number, "NOWHERE")) == (422, "unit_unknown")
    assert await refusal(clerk.reject(case.number, "nothing", "x")) == (422, "exclusion_unknown")
    await clerk.accept(case.number)
    assert await refusal(clerk.accept(case.number)) == (409, "move_not_allowed")
    assert len((await clerk.history(case.number)).entries) == 2


async def test_a_move_is_only_for_its_role(service):
    case = await service.open()
    unit = await service.as_role(Role.UNIT, LANE)
    admin = await service.as_role(Role.ADMIN)
    leader = await service.as_role(Role.LEADER)
    assert await refusal(unit.accept(case.number)) == (403, "forbidden")
    assert await refusal(admin.accept(case.number)) == (403, "forbidden")
    assert await refusal(leader.accept(case.number)) == (403, "forbidden")
    # The bot is the citizen, or nobody.
    assert await refusal(service.client.accept(case.number)) == (403, "contact_point_required")
    reply = await service.raw("POST", f"/v1/cases/{case.number}/accept", Contact_Point="cnv_1")
    assert reply.status == 403


async def test_a_late_detail_clears_what_was_owed(service):
    case = await service.open(owed=["photo", "shore"])
    more = await service.client.add_remark(
        case.number, "cnv_1", "补一下", details={"shore": "right"}, idempotency_key="d"
    )
    assert more.owed == ("photo",)
    assert more.details == {"shore": "right"}
    entry = (await service.client.history(case.number, contact_point="cnv_1")).entries[-1]
    assert (entry.move, entry.note) == ("add_details", "补一下")


async def test_urging_is_counted_and_limited(service, clock):
    case = await service.open()
    urged = await service.client.urge(case.number, "cnv_1", "还没人来", idempotency_key="u1")
    assert urged.urged == 1
    with pytest.raises(ApiProblem) as refused:
        await service.client.urge(case.number, "cnv_1", idempotency_key="u2")
    assert (refused.value.status, refused.value.code) == (429, "urge_limit_reached")
    next_at = clock.now() + timedelta(hours=24)
    assert refused.value.params == {"next_at": next_at.isoformat()}
    clock.advance(hours=24)
    # The key of a refused request is free.
    again = await service.client.urge(case.number, "cnv_1", idempotency_key="u2")
    assert again.urged == 2


async def test_a_withdrawn_case_takes_no_more_moves(service):
    case = await service.open()
    gone = await service.client.withdraw(case.number, "cnv_1", "修好了", idempotency_key="w")
    assert (gone.state, gone.due_at, gone.limit) == ("withdrawn", None, None)
    assert await refusal(service.client.urge(case.number, "cnv_1", idempotency_key="u")) == (
        409,
        "move_not_allowed",
    )
    assert await refusal(
        service.client.add_remark(case.number, "cnv_1", "x", idempotency_key="r")
    ) == (409, "move_not_allowed")


async def test_another_citizen_cannot_touch_a_case(service):
    case = await service.open()
    await service.client.register_contact_point("cnv_2", "web")
    for stranger in ("cnv_2", "cnv_unheard_of"):
        for attempt in (
            service.client.urge(case.number, stranger, idempotency_key="u"),
            service.client.withdraw(case.number, stranger, idempotency_key="w"),
            service.client.add_remark(case.number, stranger, "x", idempotency_key="r"),
        ):
            assert await refusal(attempt) == (404, "case_not_found")
    assert len((await service.client.history(case.number, contact_point="cnv_1")).entries) == 3


async def test_of_many_moves_at_once_each_is_made_whole_or_not_at_all(service):
    case = await service.open(category="9900")
    clerk = await service.as_role(Role.CLERK)
    answers = await asyncio.gather(
        *(clerk.accept(case.number) for _ in range(4)),
        *(
            service.client.add_remark(case.number, "cnv_1", f"第{n}句", idempotency_key=f"r{n}")
            for n in range(6)
        ),
        return_exceptions=True,
    )
    refused = [answer for answer in answers if isinstance(answer, ApiProblem)]
    assert [item.code for item in refused] == ["move_not_allowed"] * 3
    entries = (await clerk.history(case.number)).entries
    assert [entry.seq for entry in entries] == list(range(1, 9))
    assert {entry.note for entry in entries if entry.move == "remark"} == {
        f"第{n}句" for n in range(6)
    }
