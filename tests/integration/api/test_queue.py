from datetime import date, timedelta

import pytest
from case_service import EAST, LANE, CaseService, body_of

from api import contract
from api.app import LISTENERS
from api.contract import ReplyCase
from api.domain.lifecycle import CaseState
from api.errors import CursorInvalid, Forbidden
from api.people.rules.actor import Actor, Role
from api.services.cases import queue as queue_
from api.services.cases.queue import QueueFilter, read_queue
from api.services.desk import ServiceDesk
from api.store.cases.queue import Flag

CLERK = Actor("stf_1", Role.CLERK, "Wang")
NOWHERE = None
ANSWER = ReplyCase.model_validate(
    {"claim_true": "yes", "contacted": False, "solved": "yes", "answer": "铺平了"}
)


async def look(service: CaseService, actor: Actor = CLERK, **wanted):
    desk = ServiceDesk(
        catalogue=service.catalogue,
        keyring=service.keyring,
        clock=service.clock,
        ids=service.ids,
        listeners=LISTENERS,
    )
    return await service.database.read(read_queue, desk, actor, QueueFilter(**wanted))


async def some_cases(service: CaseService):
    """Two with a street, one that a clerk has to look at."""
    first = await service.open("a")
    service.clock.advance(minutes=1)
    second = await service.open("b")
    waiting = await service.open("c", place=NOWHERE)
    return first.number, second.number, waiting.number


def numbers(page):
    return [item.number for item in page.items]


async def test_what_is_due_first_stands_at_the_top(service):
    first, second, waiting = await some_cases(service)
    page = await look(service)
    assert numbers(page)[0] == waiting
    assert set(numbers(page)) == {first, second, waiting}
    assert page.counts == {CaseState.DISPATCHED: 2, CaseState.SUBMITTED: 1}
    assert (page.total, page.more, page.next, page.overdue) == (3, False, None, 0)


async def test_filters_narrow_the_list_and_counts_stay_for_all_states(service):
    first, second, waiting = await some_cases(service)
    page = await look(service, states=frozenset({CaseState.DISPATCHED}))
    assert set(numbers(page)) == {first, second}
    assert page.counts[CaseState.SUBMITTED] == 1
    assert numbers(await look(service, number=waiting)) == [waiting]
    assert (await look(service, category="99")).total == 0
    assert (await look(service, category="02", unit=LANE)).total == 2
    assert (await look(service, category="%")).total == 0


async def test_what_lapsed_is_overdue_until_it_has_ended(service):
    _, _, waiting = await some_cases(service)
    assert (await look(service, overdue=True)).total == 0
    service.clock.advance(hours=3)
    page = await look(service, overdue=True)
    assert numbers(page) == [waiting]
    assert (page.total, page.overdue) == (1, 1)
    await service.client.withdraw(waiting, "cnv_1", idempotency_key="w")
    assert (await look(service, overdue=True)).total == 0
    found = await look(service, number=waiting)
    assert [item.state for item in found.items] == ["withdrawn"]


async def test_pages_go_on_where_the_last_one_ended_whatever_comes_in_between(service, monkeypatch):
    monkeypatch.setattr(queue_, "PAGE", 2)
    some = await some_cases(service)
    first = await look(service)
    await service.open("d")  # due last: behind all that were there
    second = await look(service, after=first.next)
    assert [len(page.items) for page in (first, second)] == [2, 2]
    assert {*numbers(first), *numbers(second)[:1]} == set(some)
    assert second.next is None


async def test_what_has_no_due_time_comes_behind_what_has_one_on_any_page(service, monkeypatch):
    monkeypatch.setattr(queue_, "PAGE", 1)
    first, second, waiting = await some_cases(service)
    unit = await service.as_role(Role.UNIT, LANE)
    for number in (first, second):
        await unit.sign_in(number)
        await unit.reply(number, ANSWER)
    found, after = [], None
    for _ in range(3):
        page = await look(service, after=after)
        found += numbers(page)
        after = page.next
    assert found == [waiting, first, second]
    assert after is None


async def test_a_cursor_of_another_list_or_of_nobody_is_refused(service, monkeypatch):
    monkeypatch.setattr(queue_, "PAGE", 1)
    await some_cases(service)
    by_due = (await look(service)).next
    for cursor in (by_due, "no", "ZHVl", "bmV3ZXN0IC0gMQ"):
        with pytest.raises(CursorInvalid):
            await look(service, after=cursor, since=date(2026, 3, 1))


async def test_a_search_finds_by_number_place_matter_and_unit(service):
    first, second, waiting = await some_cases(service)
    ferry = (await service.open("e", category="0101", kind="help", place=NOWHERE)).number
    assert set(numbers(await look(service, words=first[:8]))) == {first, second, waiting, ferry}
    assert numbers(await look(service, words=first)) == [first]
    assert set(numbers(await look(service, words="老街街道"))) == {first, second}
    assert set(numbers(await look(service, words="东河区 石板"))) == {first, second}
    assert numbers(await look(service, words="渡船")) == [ferry]
    assert numbers(await look(service, words="FERRIES")) == [ferry]
    assert numbers(await look(service, words="工务所")) == [ferry]
    assert numbers(await look(service, words="渡船 老街街道")) == []
    nothing = await look(service, words="渡船 绊倒")
    assert (nothing.items, nothing.unknown) == ((), ("绊倒",))


async def test_a_list_is_narrowed_by_days_place_and_flags(service):
    first, second, waiting = await some_cases(service)
    service.clock.advance(days=1)
    late = (await service.open("f", owed=["photo"])).number
    await service.client.urge(late, "cnv_1", None, idempotency_key="u")
    yesterday = date(2026, 3, 2)
    assert set(numbers(await look(service, until=yesterday))) == {first, second, waiting}
    assert numbers(await look(service, since=date(2026, 3, 3))) == [late]
    assert set(numbers(await look(service, place=EAST))) == {first, second, late}
    assert numbers(await look(service, place="990102")) == []
    assert numbers(await look(service, flags=frozenset({Flag.URGED}))) == [late]
    assert numbers(await look(service, flags=frozenset({Flag.OWED, Flag.URGED}))) == [late]
    assert numbers(await look(service, flags=frozenset({Flag.URGENT}))) == []


async def test_the_api_lists_with_the_same_filters(service):
    first, second, waiting = await some_cases(service)
    token = await service.token(Role.CLERK)

    async def listed(query):
        reply = await service.raw("GET", f"/v1/cases?{query}", token=token)
        assert reply.status == 200, reply.body
        return [item["number"] for item in body_of(reply)["items"]]

    assert set(await listed("state=dispatched&state=submitted")) == {first, second, waiting}
    assert await listed("order=due&limit=1") == [waiting]
    assert await listed(f"unit={LANE}&category=02&since=2026-03-02") == [second, first]
    assert await listed(f"q={waiting}") == [waiting]
    assert await listed("overdue=true") == []
    assert await listed("flag=urged") == []
    assert await listed("number=20260302-000001") == [first]


async def test_a_unit_sees_what_it_leads_helps_in_and_assesses_in_one_list(service):
    led, helped, assessed = await some_cases(service)
    none = (await service.open("d")).number
    clerk = await service.as_role(Role.CLERK)
    await clerk.move(led, "tier-up", contract.ChangeTier(unit="WORKS", reason="too big"))
    soon = service.clock.now() + timedelta(hours=1)
    await clerk.move(helped, "add-helper", contract.AddHelper(unit="WORKS", what="a", until=soon))
    await clerk.move(assessed, "accept")
    order = contract.OpenAssessment(reason="whose?", members=("WORKS", LANE))
    await clerk.move(assessed, "open-assessment", order)

    works = Actor("stf_3", Role.UNIT, "Works", unit="WORKS")
    page = await look(service, works)
    assert set(numbers(page)) == {led, helped, assessed}
    assert page.counts == {CaseState.DISPATCHED: 2, CaseState.ASSESSMENT: 1}
    assert page.total == 3
    assert numbers(await look(service, works, unit="WORKS")) == [led]
    assert numbers(await look(service, works, unit=LANE)) == [helped]
    assert none not in numbers(page)
    service.clock.advance(days=30)
    assert (await look(service, works, overdue=True)).overdue == 3

    client = await service.as_role(Role.UNIT, "WORKS")
    newest = [assessed, helped, led]
    for by in ("newest", "due"):
        found, after = [], None
        while True:
            listed = await client._get(
                contract.CasePage,
                f"/v1/cases?limit=1&order={by}" + (f"&cursor={after}" if after else ""),
                None,
            )
            found += numbers(listed)
            if (after := listed.next) is None:
                break
        assert found == (newest if by == "newest" else numbers(page))

    # Who has done their part has no more to see.
    await client.move(helped, "finish-task", contract.FinishTask(reason="done"))
    await clerk.move(
        assessed, "rule", contract.Rule(principle="benefits", lead=LANE, reason="theirs")
    )
    assert numbers(await look(service, works)) == [led]


async def test_a_unit_sees_its_own_cases_whatever_it_asks_for(service):
    await some_cases(service)
    holding = Actor("stf_2", Role.UNIT, "Lane", unit=LANE)
    other = Actor("stf_3", Role.UNIT, "Works", unit="WORKS")
    assert (await look(service, holding)).total == 2
    assert (await look(service, other, unit=LANE)).total == 0
    with pytest.raises(Forbidden):
        await look(service, Actor("stf_4", Role.ADMIN, "Root"))
