import pytest
from case_service import LANE, CaseService

from api.domain.actor import Actor, Role
from api.domain.errors import Forbidden
from api.domain.lifecycle import State
from api.services import queue as queue_
from api.services.desk import Desk
from api.services.queue import Filter, read_queue

CLERK = Actor("stf_1", Role.CLERK, "Wang")
NOWHERE = None


async def look(service: CaseService, actor: Actor = CLERK, **wanted):
    desk = Desk(
        catalogue=service.catalogue, keyring=service.keyring, clock=service.clock, ids=service.ids
    )
    return await service.database.read(read_queue, desk, actor, Filter(**wanted))


async def some_cases(service: CaseService):
    """Two with a street, one that a clerk has to look at."""
    first = await service.open("a")
    service.clock.advance(minutes=1)
    second = await service.open("b")
    waiting = await service.open("c", place=NOWHERE)
    return first.number, second.number, waiting.number


def numbers(page):
    return [one.number for one in page.items]


async def test_what_is_due_first_stands_at_the_top(service):
    first, second, waiting = await some_cases(service)
    page = await look(service)
    assert numbers(page)[0] == waiting
    assert set(numbers(page)) == {first, second, waiting}
    assert page.counts == {State.DISPATCHED: 2, State.SUBMITTED: 1}
    assert (page.total, page.page, page.pages, page.overdue) == (3, 1, 1, 0)


async def test_filters_narrow_the_list_and_counts_stay_for_all_states(service):
    first, second, waiting = await some_cases(service)
    page = await look(service, states=frozenset({State.DISPATCHED}))
    assert set(numbers(page)) == {first, second}
    assert page.counts[State.SUBMITTED] == 1
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
    assert [one.state for one in found.items] == ["withdrawn"]


async def test_pages_are_cut_in_the_database_and_a_page_too_far_is_the_last(service, monkeypatch):
    monkeypatch.setattr(queue_, "PAGE", 2)
    some = await some_cases(service)
    pages = [await look(service, page=page) for page in (1, 2, 99)]
    assert [len(page.items) for page in pages] == [2, 1, 1]
    assert {*numbers(pages[0]), *numbers(pages[1])} == set(some)
    assert pages[2].page == pages[2].pages == 2


async def test_a_unit_sees_its_own_cases_whatever_it_asks_for(service):
    await some_cases(service)
    holding = Actor("stf_2", Role.UNIT, "Lane", unit=LANE)
    other = Actor("stf_3", Role.UNIT, "Works", unit="WORKS")
    assert (await look(service, holding)).total == 2
    assert (await look(service, other, unit=LANE)).total == 0
    with pytest.raises(Forbidden):
        await look(service, Actor("stf_4", Role.ADMIN, "Root"))
