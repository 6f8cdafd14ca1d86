"""Opening a case: what the citizen is told, and what is kept."""

import asyncio
from datetime import timedelta

import pytest
from case_service import LANE, TOKEN, body_of, order
from sqlalchemy import select, text

from api.client import ApiProblem
from api.domain.cases.numbers import is_case_number
from api.people.rules.actor import Role
from api.store.cases.tables import case_history, cases, reporter
from api.store.events.tables import event


async def rows(service, statement):
    return await service.database.read(lambda tx: tx.execute(statement).mappings().all())


async def test_a_sure_case_is_accepted_and_sent_to_the_street_in_one_go(service, clock):
    case = await service.open()
    assert is_case_number(case.number)
    assert case.number.startswith("20260302-000001-")
    assert case.state == "dispatched"
    assert case.unit is not None
    assert (case.unit.code, case.unit.names.zh) == (LANE, "老街街道值班室")
    assert case.unit.example_phone
    assert [item.code for item in case.because] == ["street_solves_first"]
    assert case.clerk_by is None
    # Three working days from Monday, to the end of work on Thursday.
    assert case.due_at is not None
    assert case.due_at.isoformat() == "2026-03-05T09:30:00+00:00"
    history = await service.client.history(case.number, contact_point="cnv_1")
    assert [(entry.seq, entry.move, entry.actor.role) for entry in history.entries] == [
        (1, "submit", "citizen"),
        (2, "accept", "system"),
        (3, "dispatch", "system"),
    ]


async def test_an_unsure_case_waits_for_a_clerk_within_the_citys_time(service, clock):
    case = await service.open(category="9900")
    assert (case.state, case.unit) == ("submitted", None)
    assert [item.code for item in case.because] == ["category_open"]
    assert case.clerk_by == clock.now() + timedelta(hours=2)
    assert case.due_at == case.clerk_by


async def test_a_case_with_an_unknown_street_code_opens_and_a_clerk_finds_the_place(service):
    case = await service.open(place={"text": "月亮背面", "street": "000000"})
    assert case.state == "submitted"
    assert [item.code for item in case.because] == ["place_unknown"]
    assert case.place is not None
    assert (case.place.text, case.place.street) == ("月亮背面", None)


async def test_details_that_are_given_are_not_owed(service):
    case = await service.open(owed=["photo", "shore", "photo"], details={"shore": "left"})
    assert case.owed == ("photo",)
    assert case.details == {"shore": "left"}


async def test_many_boats_make_a_case_extreme(service, clock):
    case = await service.open(category="0101", details={"boats": "3"})
    assert case.urgency == "extreme"
    assert case.due_at == clock.now() + timedelta(hours=1)
    assert case.limit is not None
    assert (case.limit.amount, case.limit.unit) == (1, "hours")


async def test_an_unknown_category_is_refused_by_name(service):
    with pytest.raises(ApiProblem) as refused:
        await service.open(category="7777")
    assert (refused.value.status, refused.value.code) == (422, "category_unknown")
    assert refused.value.params == {"category": "7777"}


async def test_the_access_code_is_told_once_and_kept_as_an_index_only(service):
    case = await service.open()
    assert case.access_code is not None
    assert len(case.access_code) == 14
    again = await service.client.case(case.number, contact_point="cnv_1")
    assert again.access_code is None
    (row,) = await rows(service, select(cases))
    assert len(row["access_index"]) == 32


async def test_every_move_leaves_its_entry_and_its_event_in_one_transaction(service):
    case = await service.open()
    entries = await rows(service, select(case_history).order_by(case_history.c.seq))
    events = await service.events(case.number)
    assert [entry["move"] for entry in entries] == ["submit", "accept", "dispatch"]
    assert [item.type for item in events] == ["case.submitted", "case.accepted", "case.dispatched"]
    assert [item.seq for item in events] == [1, 2, 3]
    assert events[2].data["unit"]["code"] == LANE
    assert all(item.data["in_receipt"] for item in events)
    assert {item.contact_point for item in events} == {"cnv_1"}


async def test_no_personal_word_is_in_the_database_in_the_clear(service):
    await service.open(kind="report", contact={"mode": "confidential", "name": "王小河"})
    case = await service.open("key-2")
    await service.client.add_remark(
        case.number, "cnv_1", "昨晚又绊倒了", details={"shore": "left"}, idempotency_key="r"
    )
    everything = []
    for table in ("cases", "reporter", "case_history", "event", "answered", "citizen"):
        found = await rows(service, text(f"SELECT * FROM {table}"))
        everything += [str(dict(row)) for row in found]
        everything += [
            bytes(value).decode("utf-8", "replace")
            for row in found
            for value in row.values()
            if isinstance(value, (bytes, memoryview))
        ]
    assert len(everything) > 10
    for secret in ("王小河", "13800001234", "石板松了", "灯市口3号", "绊倒", "铺平"):
        assert not [line for line in everything if secret in line], secret


async def test_a_reporters_identity_is_kept_apart_and_shown_to_the_hotline_alone(service):
    case = await service.open(kind="report", contact={"mode": "confidential", "name": "王小河"})
    (row,) = await rows(service, select(cases))
    assert row["contact_sealed"] is None
    assert len(await rows(service, select(reporter))) == 1
    clerk = await service.as_role(Role.CLERK)
    unit = await service.as_role(Role.UNIT, LANE)
    assert (await clerk.case(case.number)).contact.name == "王小河"
    assert (await unit.case(case.number)).contact.name is None
    mine = await service.client.case(case.number, contact_point="cnv_1")
    assert (mine.contact.mode, mine.contact.name) == ("confidential", None)


async def test_the_history_cannot_be_rewritten_even_by_hand(service):
    case = await service.open()

    def rewrite(tx):
        tx.execute(case_history.update().values(move="withdraw"))

    with pytest.raises(Exception, match="never edited"):
        await service.database.run(rewrite)
    history = await service.client.history(case.number, contact_point="cnv_1")
    assert history.entries[0].move == "submit"


async def test_numbers_rise_within_a_day_and_begin_anew_the_next(service, clock):
    numbers = [(await service.open(f"key-{n}")).number[:15] for n in range(25)]
    assert numbers == [f"20260302-{n:06d}" for n in range(1, 26)]
    clock.advance(hours=15)
    assert (await service.open("next")).number.startswith("20260303-000001-")


async def test_many_at_once_get_different_numbers(service):
    opened = await asyncio.gather(
        *(service.open(f"key-{n}", contact_point=f"cnv_{n % 7}") for n in range(60))
    )
    assert len({case.number for case in opened}) == 60
    assert len(await rows(service, select(event))) == 180


async def test_a_clerk_opens_for_a_citizen_and_a_unit_may_not(service):
    clerk = await service.as_role(Role.CLERK)
    case = await clerk.open_case(order(channel="counter"), idempotency_key="c")
    assert (case.contact.mode, case.contact.name) == ("named", None), "no answer but a read does"
    unit = await service.as_role(Role.UNIT, LANE)
    with pytest.raises(ApiProblem) as refused:
        await unit.open_case(order(), idempotency_key="u")
    assert (refused.value.status, refused.value.code) == (403, "forbidden")


async def test_registering_twice_or_at_once_gives_one_citizen(service):
    points = await asyncio.gather(
        *(service.client.register_contact_point("cnv_9", "telegram", "en") for _ in range(5))
    )
    assert len({point.citizen for point in points}) == 1
    count = await rows(service, text("SELECT count(*) AS n FROM citizen"))
    assert count[0]["n"] == 1
    await service.open(contact_point="cnv_9")
    (row,) = await rows(service, select(cases.c.citizen))
    assert row["citizen"] == points[0].citizen


async def test_a_new_case_is_answered_with_its_address(service):
    reply = await service.raw("POST", "/v1/cases", order().model_dump_json().encode(), token=TOKEN)
    assert reply.status == 201
    assert reply.headers["location"] == f"/v1/cases/{body_of(reply)['number']}"
    assert reply.headers["cache-control"] == "no-store"
