"""Moves that cannot be: forbidden, empty-handed, twice at once, of a unit that is gone."""

import asyncio

import pytest
from case_service import LANE

from api import contract
from api.client import ApiProblem
from api.domain.lifecycle import ENDS, TABLE, Move
from api.people.rules.actor import Role
from api.services.moves.moving import ACTS
from kernel import json


@pytest.fixture
async def unit(service):
    return await service.as_role(Role.UNIT, LANE)


@pytest.fixture
async def clerk(service):
    return await service.as_role(Role.CLERK)


async def refused(call):
    with pytest.raises(ApiProblem) as problem:
        await call
    return problem.value.status, problem.value.code


async def test_two_moves_at_once_make_one_of_them(service, unit):
    case = await service.open()
    results = await asyncio.gather(
        *(unit.sign_in(case.number) for _ in range(8)), return_exceptions=True
    )
    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert {result.code for result in results if isinstance(result, ApiProblem)} == {
        "move_not_allowed"
    }
    history = (await unit.history(case.number)).entries
    assert [item.seq for item in history] == list(range(1, len(history) + 1))
    assert [item.move for item in history].count("sign_in") == 1
    types = [event.type for event in await service.events(case.number)]
    assert types.count("case.signed_in") == 1


async def test_two_cases_merged_into_each_other_at_once_end_one_of_them(service, clerk):
    one, other = await service.open("key-1"), await service.open("key-2")
    results = await asyncio.gather(
        clerk.move(one.number, "merge", contract.Merge(into=other.number)),
        clerk.move(other.number, "merge", contract.Merge(into=one.number)),
        return_exceptions=True,
    )
    states = [(await clerk.case(case.number)).state for case in (one, other)]
    assert sorted(states) == ["dispatched", "merged"]
    assert sum(not isinstance(result, Exception) for result in results) == 1


async def test_nothing_moves_a_case_that_has_ended_but_a_word(on_sqlite):
    case = await on_sqlite.open()
    await on_sqlite.client.withdraw(case.number, "cnv_1", idempotency_key="w")
    clients = {
        role: await on_sqlite.as_role(role, LANE if role is Role.UNIT else None)
        for role in (Role.CLERK, Role.SUPERVISOR, Role.LEADER, Role.UNIT)
    }
    tried = 0
    for move, act in ACTS.items():
        role = next((client for client in clients if client in TABLE[move].roles), None)
        if role is None or move in (Move.REMARK, Move.ADD_DETAILS) or act.order is not None:
            continue
        status, code = await refused(clients[role].move(case.number, move.value.replace("_", "-")))
        assert (status, code) == (409, "move_not_allowed")
        tried += 1
    why = contract.Why(reason="late")
    for role, path in ((Role.SUPERVISOR, "supervise"), (Role.LEADER, "instruct")):
        assert await refused(clients[role].move(case.number, path, why)) == (
            409,
            "move_not_allowed",
        )
    assert tried >= 2
    assert (await clients[Role.CLERK].case(case.number)).state in ENDS


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("return", {"reason": "不归"}),
        ("return", {"evidence": "清单"}),
        ("ask-extension", {"reason": "慢"}),
        ("ask-extension", {"reason": "慢", "until": "2026-03-20T10:00:00"}),
        ("ask-supplement", {"note": "  "}),
        ("meet", {"participants": [], "reason": "x", "until": "2026-03-20T10:00:00Z"}),
        ("give-view", {"stand": "perhaps", "reason": "x"}),
    ],
)
async def test_a_move_without_what_it_needs_is_refused_by_field(on_sqlite, path, body):
    case = await on_sqlite.open()
    token = await on_sqlite.token(Role.UNIT, LANE)
    reply = await on_sqlite.raw(
        "POST", f"/v1/cases/{case.number}/{path}", json.dumps(body).encode(), token=token
    )
    assert reply.status == 422
    assert json.loads(reply.body.decode())["fields"]


async def test_a_detail_a_unit_and_a_month_that_do_not_exist_are_named(service, unit, clerk):
    case = await service.open()
    await unit.sign_in(case.number)
    ask = contract.AskSupplement(note="请补充", details=("no_such",))
    assert await refused(unit.move(case.number, "ask-supplement", ask)) == (422, "detail_unknown")
    order = contract.OpenAssessment(reason="x", members=("NOBODY",))
    assert await refused(clerk.move(case.number, "open-assessment", order)) == (
        422,
        "unit_unknown",
    )
    assert (await unit.case(case.number)).state == "processing"
    reply = await service.raw(
        "GET", "/v1/assessments/candidates?month=2026-13", token=await service.token(Role.CLERK)
    )
    assert reply.status == 422


async def test_a_unit_that_is_gone_still_holds_its_case_until_a_clerk_takes_it(service, clerk):
    """The catalogue may lose a unit: its cases are shown by its code and can be handed on."""
    case = await service.open()
    desk = service.app.state.context.desk
    gone = {code: item for code, item in desk.catalogue.units.items() if code != LANE}
    object.__setattr__(desk.catalogue, "units", gone)
    seen = await clerk.case(case.number)
    assert (seen.unit.code, seen.unit.names.zh) == (LANE, LANE)
    assert await refused(
        clerk.move(case.number, "tier-up", contract.ChangeTier(reason="撤了"))
    ) == (409, "no_tier")
    moved = await clerk.move(
        case.number, "tier-up", contract.ChangeTier(unit="WORKS", reason="单位撤了")
    )
    assert (moved.state, moved.unit.code) == ("dispatched", "WORKS")
