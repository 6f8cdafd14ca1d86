"""From a gap to a ruling and on: supplement, extension, returns, assessment, helpers, merging."""

from datetime import timedelta

import pytest
from case_service import LANE

from api import contract
from api.client import ApiProblem
from api.people.rules.actor import Role
from kernel import json

EAST_DESK = "DESK-990101"


@pytest.fixture
async def unit(service):
    return await service.as_role(Role.UNIT, LANE)


@pytest.fixture
async def clerk(service):
    return await service.as_role(Role.CLERK)


@pytest.fixture
async def supervisor(service):
    return await service.as_role(Role.SUPERVISOR)


async def types_told(service, number):
    return [event.type for event in await service.events(number)]


async def in_hand(service, unit, key="key-1", **changes):
    case = await service.open(key, **changes)
    return await unit.sign_in(case.number)


async def refused(call):
    with pytest.raises(ApiProblem) as problem:
        await call
    return problem.value


async def test_a_citizen_is_asked_for_what_is_missing_and_answers(service, unit):
    case = await in_hand(service, unit)
    asked = contract.AskSupplement(note="请说是几号门", details=("photo",))
    waiting = await unit.move(case.number, "ask-supplement", asked)
    assert (waiting.state, waiting.owed) == ("supplement", ("photo",))
    event = (await service.events(case.number))[-1]
    assert (event.type, event.data["note"]) == ("case.supplement_asked", "请说是几号门")
    assert event.data["next"] == "supplement"

    answered = await service.client.add_remark(
        case.number, "cnv_1", "三号门", idempotency_key="k-2"
    )
    assert answered.state == "processing"
    assert (await types_told(service, case.number))[-2:] == ["case.remarked", "case.resumed"]


async def test_what_is_urgent_does_not_wait_for_details(service):
    unit = await service.as_role(Role.UNIT, "WATER-EAST")
    case = await in_hand(service, unit, category="0102")
    assert case.urgency != "normal"
    asked = contract.AskSupplement(note="请说是几号门")
    problem = await refused(unit.move(case.number, "ask-supplement", asked))
    assert (problem.status, problem.code) == (409, "urgent_not_paused")


async def test_more_time_is_asked_for_in_time_and_the_citizen_hears_why(
    service, unit, clerk, clock
):
    case = await in_hand(service, unit)
    until = case.due_at + timedelta(days=2)
    ask = contract.AskExtension(reason="石料没到", until=until)
    pending = await unit.move(case.number, "ask-extension", ask)
    assert (pending.state, pending.asked_until) == ("extension_pending", until)
    assert pending.due_at == case.due_at
    granted = await clerk.move(
        case.number, "grant-extension", contract.GrantExtension(note="石料要从外地运来")
    )
    assert (granted.state, granted.due_at) == ("processing", until)
    event = (await service.events(case.number))[-1]
    assert event.data["note"] == "石料要从外地运来"

    too_long = contract.AskExtension(reason="石料没到", until=until + timedelta(days=60))
    problem = await refused(unit.move(case.number, "ask-extension", too_long))
    assert (problem.status, problem.code) == (422, "extension_too_long")
    clock.advance(days=30)
    late = contract.AskExtension(reason="石料没到", until=clock.now() + timedelta(days=1))
    problem = await refused(unit.move(case.number, "ask-extension", late))
    assert (problem.status, problem.code) == (409, "extension_too_late")


async def returned_twice(service, unit, clerk, key="key-1"):
    case = await service.open(key)
    await unit.return_case(case.number, "不归我们管", "移交清单第 12 项")
    await clerk.accept_return(case.number)
    await clerk.dispatch(case.number, "WORKS")
    works = await service.as_role(Role.UNIT, "WORKS")
    return works, await works.return_case(case.number, "也不归我们", "三定方案")


async def test_the_second_return_brings_the_units_together_and_the_ruling_binds(
    service, unit, clerk
):
    works, case = await returned_twice(service, unit, clerk)
    assert (case.state, case.returns) == ("assessment", 2)
    assert [member.code for member in case.members] == [LANE, "WORKS"]
    event = (await service.events(case.number))[-1]
    assert (event.type, event.data["next"]) == ("case.assessment_opened", "rule")
    assert event.data["next_by"] is not None

    # Members see the case and speak, though one of them has given it back.
    view = contract.GiveView(stand="partly", reason="路面归我们")
    await unit.move(case.number, "give-view", view)
    stranger = await service.as_role(Role.UNIT, "WATER-EAST")
    problem = await refused(stranger.move(case.number, "give-view", view))
    assert (problem.status, problem.code) == (404, "case_not_found")

    ruling = contract.Rule(
        principle="in_charge", lead=LANE, helpers=("WORKS",), reason="路面归街道主管"
    )
    ruled = await clerk.move(case.number, "rule", ruling)
    assert (ruled.state, ruled.unit.code, ruled.ruled) == ("dispatched", LANE, True)
    assert [helper.code for helper in ruled.helpers] == ["WORKS"]
    assert ruled.members == ()
    problem = await refused(unit.return_case(case.number, "还是不归", "移交清单"))
    assert (problem.status, problem.code) == (409, "case_ruled")

    # The helper sees it, does its task, and makes no move of the lead's.
    problem = await refused(works.sign_in(case.number))
    assert (problem.status, problem.code) == (403, "not_your_part")
    done = await works.move(case.number, "finish-task", contract.FinishTask(reason="已清理"))
    assert done.helpers == ()


async def test_a_ruling_guides_the_next_case_of_its_kind_and_place(service, unit, clerk):
    _, case = await returned_twice(service, unit, clerk)
    ruling = contract.Rule(principle="benefits", lead="WORKS", reason="谁受益谁负责")
    await clerk.move(case.number, "rule", ruling)
    assert (await service.open("key-2")).unit.code == "WORKS"


async def test_a_return_comes_in_time_or_not_at_all(service, unit, clock):
    case = await in_hand(service, unit)
    clock.advance(days=4)
    problem = await refused(unit.return_case(case.number, "不归我们管", "移交清单"))
    assert (problem.status, problem.code) == (409, "return_too_late")


async def test_tasks_and_meetings_are_given_and_kept(service, unit, clerk, clock):
    case = await in_hand(service, unit)
    soon = clock.now() + timedelta(days=1)
    helper = contract.AddHelper(unit="WORKS", what="看看下面的管子", until=soon)
    helped = await clerk.move(case.number, "add-helper", helper)
    assert [item.code for item in helped.helpers] == ["WORKS"]
    event = (await service.events(case.number))[-1]
    assert event.data["helper"]["code"] == "WORKS"
    problem = await refused(clerk.move(case.number, "add-helper", helper))
    assert (problem.status, problem.code) == (409, "already_in")
    met = contract.Meet(participants=("街道", "工务所"), reason="明天一起开挖", until=soon)
    await unit.move(case.number, "meet", met)
    letting_off = contract.RemoveHelper(unit="WORKS", reason="管子没事")
    assert (await clerk.move(case.number, "remove-helper", letting_off)).helpers == ()


async def test_a_case_goes_up_a_tier_and_down_again(service, unit, clerk):
    case = await in_hand(service, unit)
    up = await clerk.move(case.number, "tier-up", contract.ChangeTier(reason="街道挖不了路"))
    assert (up.state, up.unit.code, up.due_at) == ("dispatched", EAST_DESK, case.due_at)
    down = await clerk.move(case.number, "tier-down", contract.ChangeTier(reason="小修"))
    assert down.unit.code == LANE
    sideways = contract.ChangeTier(unit="990101002", reason="隔壁")
    problem = await refused(clerk.move(case.number, "tier-up", sideways))
    assert (problem.status, problem.code) in {(409, "no_tier"), (422, "unit_unknown")}


async def test_flags_say_what_was_done_from_above(service, unit, clerk, supervisor):
    case = await in_hand(service, unit)
    leader = await service.as_role(Role.LEADER)
    why = contract.Why(reason="拖得太久")
    await clerk.move(case.number, "urge", contract.Urge(reason="请快办"))
    await clerk.move(case.number, "mark-hard", why)
    await supervisor.move(case.number, "supervise", why)
    await supervisor.move(case.number, "report-up", why)
    now = await leader.move(case.number, "instruct", why)
    assert set(now.flags) == {"urged", "hard", "supervised", "reported", "instructed"}
    assert now.urged == 0  # the citizen's own three are untouched
    problem = await refused(clerk.move(case.number, "supervise", why))
    assert (problem.status, problem.code) == (403, "forbidden")


async def test_a_merged_citizen_follows_the_other_case_and_is_told(service, unit, clerk):
    first = await service.open("key-1")
    second = await service.open("key-2", contact_point="cnv_2")
    alike = await service.as_role(Role.CLERK)
    reply = await alike._get(contract.CasePage, f"/v1/cases/{second.number}/duplicates", None)
    assert [item.number for item in reply.items] == [first.number]

    merged = await clerk.move(second.number, "merge", contract.Merge(into=first.number))
    assert (merged.state, merged.merged_into) == ("merged", first.number)
    await unit.sign_in(first.number)
    events = [
        event for event in await service.events(first.number) if event.type == "case.signed_in"
    ]
    assert {item.contact_point for item in events} == {"cnv_1", "cnv_2"}
    assert [item.data.get("followed_as") for item in events] == [None, second.number]
    theirs = await service.client.case(second.number, contact_point="cnv_2")
    assert theirs.follows.state == "processing"
    with pytest.raises(ApiProblem):
        await service.client.case(first.number, contact_point="cnv_2")

    for into in (second.number, first.number):
        problem = await refused(clerk.move(first.number, "merge", contract.Merge(into=into)))
        assert (problem.status, problem.code) == (409, "cannot_merge")


async def test_a_case_with_two_matters_becomes_two(service, clerk):
    case = await service.open()
    order = contract.Split(category="0101", happened="门口还有摊位", reason="两件事")
    await clerk.move(case.number, "split", order)
    event = next(item for item in await service.events(case.number) if item.type == "case.split")
    new = await service.client.case(event.data["other"], contact_point="cnv_1")
    assert (new.happened, new.category.code) == ("门口还有摊位", "0101")
    assert (await types_told(service, new.number))[0] == "case.submitted"


async def test_a_move_on_a_stale_version_changes_nothing(service, unit):
    case = await service.open()
    signed = await unit.move(case.number, "sign-in", version=case.version)
    problem = await refused(
        unit.move(case.number, "progress", contract.Progress(note="在办"), version=case.version)
    )
    assert (problem.status, problem.code) == (412, "version_stale")
    assert problem.params["version"] == signed.version
    assert (await unit.case(case.number)).version == signed.version


async def test_who_follows_is_told_once_and_never_asked_for_anothers_details(service, unit, clerk):
    first = await service.open("key-1")
    for key in ("key-2", "key-3"):
        own = await service.open(key, contact_point="cnv_2")
        await clerk.move(own.number, "merge", contract.Merge(into=first.number))
    await unit.sign_in(first.number)
    asked = contract.AskSupplement(note="请说是几号门", details=("photo",))
    await unit.move(first.number, "ask-supplement", asked)
    order = contract.Split(category="0101", happened="门口还有摊位", reason="两件事")
    await clerk.move(first.number, "split", order)
    soon = service.clock.now() + timedelta(days=1)
    await clerk.move(
        first.number, "add-helper", contract.AddHelper(unit="WORKS", what="看看", until=soon)
    )
    await service.client.withdraw(first.number, "cnv_1", idempotency_key="k-9")
    events = [
        event for event in await service.events(first.number) if event.contact_point == "cnv_2"
    ]
    assert [item.type for item in events] == ["case.signed_in", "case.helper_added"]
    helped = events[1].data
    assert helped.get("next") is None
    assert not helped.get("owed")


async def test_nothing_is_owed_to_a_case_that_ended(service, unit, clerk, clock):
    case = await in_hand(service, unit)
    soon = clock.now() + timedelta(days=1)
    await clerk.move(
        case.number, "add-helper", contract.AddHelper(unit="WORKS", what="看看", until=soon)
    )
    await clerk.move(case.number, "open-assessment", contract.OpenAssessment(reason="说不清归谁"))

    async def owed():
        reply = await service.raw("GET", "/v1/tasks", token=await service.token(Role.CLERK))
        return [item["what"] for item in json.loads(reply.body)["items"]]

    assert sorted(await owed()) == ["task", "view"]
    await service.client.withdraw(case.number, "cnv_1", idempotency_key="k-9")
    assert await owed() == []


async def test_a_citizen_reads_no_words_that_units_wrote_to_each_other(service, unit, clerk):
    case = await in_hand(service, unit)
    await unit.move(case.number, "progress", contract.Progress(note="石料到了"))
    await unit.return_case(case.number, "不归我们管", "移交清单第 12 项")
    await service.client.urge(case.number, "cnv_1", "请快一点", idempotency_key="k-9")

    def words(history):
        return [word for entry in history.entries for word in (entry.reason, entry.note) if word]

    theirs = words(await service.client.history(case.number, contact_point="cnv_1"))
    assert theirs == ["石料到了", "请快一点"]
    assert "移交清单第 12 项" in words(await clerk.history(case.number))


async def test_a_leader_rules_and_names_helpers(service, unit, clerk):
    _, case = await returned_twice(service, unit, clerk)
    leader = await service.as_role(Role.LEADER)
    ruling = contract.Rule(
        principle="approves", lead=LANE, helpers=("WORKS",), reason="谁审批谁负责"
    )
    ruled = await leader.move(case.number, "rule", ruling)
    assert [helper.code for helper in ruled.helpers] == ["WORKS"]


async def together(service, number):
    token = await service.token(Role.CLERK)
    reply = await service.raw("GET", f"/v1/cases/{number}/together", token=token)
    return json.loads(reply.body)


async def owed_by(service, unit):
    token = await service.token(Role.UNIT, unit)
    return json.loads((await service.raw("GET", "/v1/tasks", token=token)).body)["items"]


def helping(clock, unit="WORKS"):
    soon = clock.now() + timedelta(days=1)
    return contract.AddHelper(unit=unit, what="看看下面的管子", until=soon)


async def running(client, number, kind):
    clocks = (await client.case(number)).clocks
    return [clock.unit and clock.unit.code for clock in clocks if clock.kind == kind]


@pytest.mark.parametrize("how", ["tier-up", "rule", "dispatch"])
async def test_a_helper_that_leads_has_no_task_beside_its_own(service, unit, clerk, clock, how):
    case = await in_hand(service, unit)
    for helper in (EAST_DESK, "WORKS"):
        await clerk.move(case.number, "add-helper", helping(clock, helper))
    assert sorted(await running(clerk, case.number, "task")) == [EAST_DESK, "WORKS"]
    if how == "tier-up":
        order = contract.ChangeTier(unit=EAST_DESK, reason="街道挖不了路")
    elif how == "rule":
        await clerk.move(
            case.number, "open-assessment", contract.OpenAssessment(reason="说不清归谁")
        )
        order = contract.Rule(principle="in_charge", lead=EAST_DESK, reason="区里主管")
    else:
        await unit.return_case(case.number, "不归我们管", "移交清单")
        await clerk.accept_return(case.number)
        order = contract.Dispatch(unit=EAST_DESK)
    after = await clerk.move(case.number, how, order)
    assert (after.unit.code, [item.code for item in after.helpers]) == (EAST_DESK, ["WORKS"])
    assert await running(clerk, case.number, "task") == ["WORKS"]
    tasks = (await together(service, case.number))["tasks"]
    assert [task["unit"]["code"] for task in tasks if task["dropped_at"]] == [EAST_DESK]
    assert "task" not in [item["what"] for item in await owed_by(service, EAST_DESK)]
    assert "task" in [item["what"] for item in await owed_by(service, "WORKS")]


async def test_who_follows_goes_on_when_the_case_is_taken_back(service, unit, clerk, clock):
    first = await service.open("key-1")
    own = await service.open("key-0")  # the same citizen's, filed twice
    second = await service.open("key-2", contact_point="cnv_2", happened="石板又松了")
    third = await service.open("key-3", contact_point="cnv_3")
    for case in (own, third, second):
        await clerk.move(case.number, "merge", contract.Merge(into=first.number))
    await unit.sign_in(first.number)
    await clerk.move(first.number, "mark-hard", contract.Why(reason="管线复杂"))
    clock.advance(hours=20)

    gone = await service.client.withdraw(first.number, "cnv_1", idempotency_key="k-9")
    assert gone.state == "withdrawn"
    assert (await service.client.case(own.number, contact_point="cnv_1")).state == "merged"
    heir = await service.client.case(second.number, contact_point="cnv_2")
    assert (heir.state, heir.unit.code, heir.happened) == ("dispatched", LANE, "石板又松了")
    assert heir.due_at == first.due_at  # what was promised holds
    assert heir.merged_into is None
    assert "hard" in heir.flags
    assert [item.kind for item in heir.clocks] == ["answer"]
    follower = await service.client.case(third.number, contact_point="cnv_3")
    assert (follower.merged_into, follower.follows.state) == (second.number, "dispatched")

    events = (await service.events(second.number))[-4:]
    assert [(item.type, item.contact_point) for item in events] == [
        ("case.taken_over", "cnv_2"),
        ("case.taken_over", "cnv_3"),
        ("case.dispatched", "cnv_2"),
        ("case.dispatched", "cnv_3"),
    ]
    assert events[0].data["other"] == first.number
    assert "case.withdrawn" not in [
        event.type for event in await service.events(first.number) if event.contact_point != "cnv_1"
    ]
    await unit.sign_in(second.number)
    with pytest.raises(ApiProblem):
        await service.client.case(first.number, contact_point="cnv_2")


async def test_who_follows_a_case_without_a_unit_waits_for_a_clerk(service, clerk):
    first = await service.open("key-1", place=None)
    second = await service.open("key-2", contact_point="cnv_2")
    assert first.unit is None
    await clerk.move(second.number, "merge", contract.Merge(into=first.number))
    await service.client.withdraw(first.number, "cnv_1", idempotency_key="k-9")
    heir = await service.client.case(second.number, contact_point="cnv_2")
    assert (heir.state, heir.unit) == ("accepted", None)
    assert heir.clerk_by is not None
    assert (await clerk.move(second.number, "dispatch", contract.Dispatch(unit=LANE))).unit


async def test_what_a_meeting_decided_is_owed_until_it_is_done(service, unit, clerk, clock):
    case = await in_hand(service, unit)
    assert "finish_meeting" not in (await unit.case(case.number)).moves
    for days in (1, 2):
        until = clock.now() + timedelta(days=days)
        met = contract.Meet(participants=("街道", "工务所"), reason="一起开挖", until=until)
        assert "finish_meeting" in (await unit.move(case.number, "meet", met)).moves
    clock.advance(days=1, hours=1)
    first, second = (await together(service, case.number))["meetings"]
    assert (first["overdue"], second["overdue"]) == (True, False)
    owed = await owed_by(service, LANE)
    assert [(item["what"], item["number"]) for item in owed] == [("meeting", case.number)] * 2

    done = contract.FinishMeeting(meeting=2, reason="已经开挖")
    await unit.move(case.number, "finish-meeting", done)
    assert len(await running(clerk, case.number, "meeting")) == 1
    problem = await refused(unit.move(case.number, "finish-meeting", done))
    assert (problem.status, problem.code) == (409, "no_such_meeting")
    after = await unit.move(case.number, "finish-meeting", contract.FinishMeeting(reason="回填了"))
    assert "finish_meeting" not in after.moves
    assert await running(clerk, case.number, "meeting") == []
    outcomes = [
        meeting["outcome"] for meeting in (await together(service, case.number))["meetings"]
    ]
    assert outcomes == ["回填了", "已经开挖"]
    assert await owed_by(service, LANE) == []


async def test_a_decision_is_still_to_be_done_after_the_reply(service, unit, clock):
    case = await in_hand(service, unit)
    until = clock.now() + timedelta(days=20)
    met = contract.Meet(participants=("街道",), reason="换新石板", until=until)
    await unit.move(case.number, "meet", met)
    reply = contract.ReplyCase(
        claim_true="yes", contacted=False, solved="partly", why_not="等石料", answer="先围起来了"
    )
    await unit.reply(case.number, reply)
    assert [item["what"] for item in await owed_by(service, LANE)] == ["meeting"]
    done = await unit.move(case.number, "finish-meeting", contract.FinishMeeting(reason="换好了"))
    assert done.state == "replied"


async def test_a_second_return_says_what_led_to_it_in_words(service, unit, clerk):
    _, case = await returned_twice(service, unit, clerk)
    last = (await clerk.history(case.number)).entries[-1]
    assert (last.reason, [item.code for item in last.because]) == ("也不归我们", ["returned_again"])
    (held,) = (await together(service, case.number))["assessments"]
    assert held["reason"] == "也不归我们"
