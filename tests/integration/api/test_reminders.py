"""What is owed is reminded of twice at most; the month's candidates and their reasons."""

import pytest
from case_service import LANE, body_of

from api import contract
from api.jobs.reminders import ReminderSweep, _due
from api.jobs.sweep import Sweep
from api.people.rules.actor import Role
from api.services.moves.reminding import remind


@pytest.fixture
def sweep(service):
    desk = service.app.state.context.desk
    return ReminderSweep(service.database, desk).sweep


async def reminders(service, number):
    return [event for event in await service.events(number) if event.type == "case.reminded"]


async def test_what_is_owed_is_reminded_of_twice_at_most_however_late(service, sweep, clock):
    case = await service.open(owed=["photo"])
    assert await sweep() == 0
    clock.advance(days=30)  # a long time of nobody looking: one reminder all the same
    await sweep()
    first = await reminders(service, case.number)
    assert len(first) == 1
    assert first[0].data["owed_names"]
    for _ in range(4):
        clock.advance(days=7)
        await sweep()
    assert len(await reminders(service, case.number)) == 2
    assert await sweep() == 0


async def test_what_came_is_not_reminded_of(service, sweep, clock):
    case = await service.open(owed=["shore"])
    await service.client.add_remark(
        case.number, "cnv_1", details={"shore": "left"}, idempotency_key="r"
    )
    clock.advance(days=7)
    await sweep()
    assert await reminders(service, case.number) == []


async def test_a_case_that_waits_for_an_answer_goes_on_after_two_reminders(service, sweep, clock):
    case = await service.open()
    unit = await service.as_role(Role.UNIT, LANE)
    await unit.sign_in(case.number)
    await unit.move(case.number, "ask-supplement", contract.AskSupplement(note="哪个门？"))
    for _ in range(3):
        clock.advance(days=7)
        await sweep()
    assert (await unit.case(case.number)).state == "processing"
    assert len(await reminders(service, case.number)) == 2
    history = (await unit.history(case.number)).entries
    assert history[-1].because[0].code == "no_details_came"


async def test_an_ended_case_is_not_reminded_of(service, sweep, clock):
    case = await service.open(owed=["photo"])
    await service.client.withdraw(case.number, "cnv_1", idempotency_key="w")
    clock.advance(days=7)
    await sweep()
    assert await reminders(service, case.number) == []
    assert await sweep() == 0


async def test_the_month_lists_what_is_concentrated_repeated_and_hard(service):
    numbers = [(await service.open(f"key-{n}", contact_point=f"cnv_{n}")).number for n in range(5)]
    clerk = await service.as_role(Role.CLERK)
    await clerk.move(numbers[0], "mark-hard", contract.Why(reason="产权不清"))
    for n in range(3):
        await service.open(f"again-{n}", contact_point="cnv_again", category="0101")
    token = await service.token(Role.CLERK)
    reply = await service.raw("GET", "/v1/assessments/candidates?month=2026-03", token=token)
    found = [
        (item["why"], item["category"]["code"], item["count"]) for item in body_of(reply)["items"]
    ]
    assert ("concentrated", "0201", 5) in found
    assert ("repeated", "0101", 3) in found
    assert ("hard", "0201", 1) in found
    empty = await service.raw("GET", "/v1/assessments/candidates?month=2025-12", token=token)
    assert body_of(empty)["items"] == []


async def test_assessments_tasks_and_meetings_are_read_by_those_in_the_case(service, clock):
    case = await service.open()
    clerk = await service.as_role(Role.CLERK)
    order = contract.OpenAssessment(reason="两家都说不归", members=(LANE, "WORKS"))
    await clerk.move(case.number, "open-assessment", order)
    works = await service.as_role(Role.UNIT, "WORKS")
    mine = await service.raw("GET", "/v1/tasks", token=await service.token(Role.UNIT, "WORKS"))
    assert [(item["number"], item["what"]) for item in body_of(mine)["items"]] == [
        (case.number, "view")
    ]
    assert (await works.case(case.number)).moves == ("give_view",)
    view = contract.GiveView(stand="not_ours", reason="管子不归我们")
    await works.move(case.number, "give-view", view)
    mine = await service.raw("GET", "/v1/tasks", token=await service.token(Role.UNIT, "WORKS"))
    assert body_of(mine)["items"] == []
    token = await service.token(Role.UNIT, LANE)
    reply = await service.raw("GET", f"/v1/cases/{case.number}/together", token=token)
    assessment = body_of(reply)["assessments"][0]
    assert [member["code"] for member in assessment["members"]] == [LANE, "WORKS"]
    assert (assessment["views"][0]["unit"]["code"], assessment["views"][0]["stand"]) == (
        "WORKS",
        "not_ours",
    )
    reply = await service.raw("GET", f"/v1/cases/{case.number}/together", Contact_Point="cnv_1")
    assert reply.status == 403


async def test_a_page_of_cases_that_fail_does_not_keep_later_ones_from_their_turn(
    service, clock, monkeypatch
):
    monkeypatch.setattr("api.jobs.sweep._PAGE", 2)
    numbers = [(await service.open(f"key-{at}", owed=["photo"])).number for at in range(3)]
    clock.advance(days=30)
    desk = service.app.state.context.desk

    def step(tx, desk, number):
        if number in numbers[:2]:
            raise RuntimeError("broken")
        return remind(tx, desk, number)

    broken = Sweep(service.database, desk, name="reminders", due=_due, step=step)
    assert await broken.sweep() == 1
    assert len(await reminders(service, numbers[2])) == 1
