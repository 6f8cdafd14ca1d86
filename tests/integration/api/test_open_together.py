"""What is open of handling together, over all cases, and what supervision counts."""

from datetime import timedelta

import pytest
from case_service import LANE

from api import contract
from api.errors import Forbidden
from api.figures.service.supervision import read_marks
from api.people.rules.actor import Actor, Role
from api.services.cases.queue import QueueFilter, read_queue
from api.services.joint.open_together import read_open

CLERK = Actor("stf_1", Role.CLERK, "Wang")
SUPERVISOR = Actor("stf_2", Role.SUPERVISOR, "Li")
HELPER = "WATER-EAST"


def of(unit):
    return Actor(f"stf_{unit}", Role.UNIT, unit, unit=unit)


async def read(service, actor, what=read_open):
    return await service.database.read(what, service.app.state.context.desk, actor)


@pytest.fixture
async def unit(service):
    return await service.as_role(Role.UNIT, LANE)


@pytest.fixture
async def clerk(service):
    return await service.as_role(Role.CLERK)


async def test_an_assessment_is_open_until_it_is_ruled_and_says_who_was_heard(service, unit, clerk):
    case = await service.open()
    order = contract.OpenAssessment(reason="两家都说不归自己", members=(LANE, "WORKS"))
    await clerk.move(case.number, "open-assessment", order)
    await unit.move(case.number, "give-view", contract.GiveView(stand="partly", reason="只归一半"))
    (held,) = (await read(service, CLERK)).assessments
    assert held.case.number == case.number
    assert [member.code for member in held.what.members] == [LANE, "WORKS"]
    assert [(view.unit.code, view.stand) for view in held.what.views] == [(LANE, "partly")]
    assert held.clock.kind == "assessment"
    assert (await read(service, SUPERVISOR, read_marks))["assessment"] == 1
    assert held.clock.due_at == held.what.due_at
    assert (await read(service, of("WORKS"))).assessments == (held,)
    assert (await read(service, of(HELPER))).assessments == ()

    rule = contract.Rule(principle="in_charge", lead=LANE, reason="属地先解决")
    await clerk.move(case.number, "rule", rule)
    assert (await read(service, CLERK)).assessments == ()


async def test_a_task_is_its_helpers_and_its_leads_until_it_is_done(service, unit, clerk, clock):
    case = await service.open()
    other = await service.open("key-2")
    for days, number in ((2, case.number), (1, other.number)):
        until = clock.now() + timedelta(days=days)
        order = contract.AddHelper(unit=HELPER, what="关阀门", until=until)
        await clerk.move(number, "add-helper", order)
    for who in (CLERK, of(HELPER), of(LANE)):
        tasks = (await read(service, who)).tasks
        assert [task.case.number for task in tasks] == [other.number, case.number]
        assert [(task.what.what, task.clock.kind) for task in tasks] == [("关阀门", "task")] * 2
    assert (await read(service, of("WORKS"))).tasks == ()
    helper = await service.as_role(Role.UNIT, HELPER)
    await helper.move(other.number, "finish-task", contract.FinishTask(reason="关好了"))
    assert [task.case.number for task in (await read(service, CLERK)).tasks] == [case.number]


async def test_a_decision_that_is_done_stays_a_while_behind_those_that_are_not(
    service, unit, clock
):
    case = await service.open()
    await unit.sign_in(case.number)
    for words in ("一起开挖", "一起回填"):
        until = clock.now() + timedelta(days=5)
        met = contract.Meet(participants=("街道", "工务所"), reason=words, until=until)
        await unit.move(case.number, "meet", met)
        clock.advance(minutes=1)
    await unit.move(case.number, "finish-meeting", contract.FinishMeeting(reason="挖好了"))
    meetings = (await read(service, of(LANE))).meetings
    assert [(meeting.what.meeting, meeting.what.outcome) for meeting in meetings] == [
        (2, None),
        (1, "挖好了"),
    ]
    assert [meeting.clock and meeting.clock.kind for meeting in meetings] == ["meeting", None]
    assert (await read(service, of(HELPER))).meetings == ()
    clock.advance(days=15)
    assert [meeting.what.meeting for meeting in (await read(service, CLERK)).meetings] == [2]


async def test_who_reads_no_cases_reads_none_of_it(service):
    for what in (read_open, read_marks):
        with pytest.raises(Forbidden):
            await read(service, Actor("stf_9", Role.ADMIN, "Root"), what)


async def test_what_is_to_be_looked_after_is_counted_and_leads_to_the_same_cases(service, clock):
    supervisor = await service.as_role(Role.SUPERVISOR)
    case = await service.open()
    await service.open("key-2")
    why = contract.Why(reason="拖了很久")
    await supervisor.move(case.number, "supervise", why)
    await supervisor.move(case.number, "report-up", why)
    counted = await read(service, SUPERVISOR, read_marks)
    assert {key: n for key, n in counted.items() if n} == {"supervised": 1, "reported": 1}
    assert (await read(service, of("WORKS"), read_marks))["supervised"] == 0
    listed = await supervisor.move(case.number, "urge", contract.Urge())
    assert "reported" in listed.flags
    clock.advance(days=20)
    assert (await read(service, SUPERVISOR, read_marks))["overdue"] == 2


async def test_a_unit_tells_what_it_leads_from_what_it_helps_in(service, clerk, clock):
    own, helped = await service.open(), await service.open("key-2", category="0101")
    until = clock.now() + timedelta(days=2)
    order = contract.AddHelper(unit=LANE, what="带路", until=until)
    await clerk.move(helped.number, "add-helper", order)
    desk = service.app.state.context.desk

    async def listed(**wanted):
        page = await service.database.read(read_queue, desk, of(LANE), QueueFilter(**wanted))
        assert page.total == len(page.items)
        return {item.number for item in page.items}

    assert await listed() == {own.number, helped.number}
    assert await listed(unit=LANE) == {own.number}
    assert await listed(beside=True) == {helped.number}
