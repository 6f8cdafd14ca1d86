"""A copy of everything, and being forgotten: over the case service's tables and files."""

import pytest
from case_service import body_of
from some_files import keep, photo
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from api import contract
from api.client import ApiProblem
from api.metadata import metadata
from api.people.rules.actor import Role
from api.people.tables import audit
from api.privacy.service import finish_erasures
from api.store.cases.tables import answered, case_history, cases, reporter
from kernel import json

WORDS = ("石板松了", "灯市口", "请铺平", "王小河", "13800001234")


async def rows(service, table):
    def read(tx):
        return [dict(row) for row in tx.execute(select(table)).mappings()]

    return await service.database.read(read)


async def everything_open(service):
    """All that the tables hold, unsealed as far as the case service itself can."""
    clerk = await service.as_role(Role.CLERK)
    page = await clerk.cases(limit=100)
    found = []
    for item in page.items:
        found.append((await clerk.case(item.number)).model_dump_json())
        found.append((await clerk.history(item.number)).model_dump_json())
        found.append((await clerk.attachments(item.number)).model_dump_json())
    return "\n".join(found)


async def a_citizen(service):
    kept = await keep(service, photo())
    ended = await service.open("a", attachments=[kept.id], owed=["photo"])
    await service.client.add_remark(
        ended.number, "cnv_1", "王小河补充：还在松", idempotency_key="r"
    )
    await service.client.withdraw(ended.number, "cnv_1", "王小河不等了", idempotency_key="w")
    going_on = await service.open("b", kind="report")
    await service.client.consent("cnv_1", "2026-01", "web")
    return ended, going_on


async def test_an_export_holds_everything_and_works_once(service):
    ended, going_on = await a_citizen(service)
    loose = await keep(service, photo())
    ticket = await service.client.export_ticket("cnv_1", "web")
    export = await service.client.redeem_export(ticket.ticket)
    assert [case.case.number for case in export.cases] == [ended.number, going_on.number]
    assert {case.case.contact.phone for case in export.cases} == {"13800001234"}
    assert "还在松" in export.cases[0].model_dump_json()
    assert len(export.cases[0].files) == 1
    assert [file.id for file in export.files] == [loose.id]
    assert [consent.notice for consent in export.consents] == ["2026-01"]
    assert export.contact_points[0].contact_point == "cnv_1"
    noted = [(row["action"], row["number"]) for row in await rows(service, audit)]
    assert noted == [("citizen.exported", ended.number), ("citizen.exported", going_on.number)]
    assert (await service.client.spend_export(ticket.ticket, "download-1")).spent
    assert (await service.client.spend_export(ticket.ticket, "download-1")).spent
    with pytest.raises(ApiProblem) as other:
        await service.client.spend_export(ticket.ticket, "download-2")
    assert other.value.code == "ticket_used"
    with pytest.raises(ApiProblem) as caught:
        await service.client.redeem_export(ticket.ticket)
    assert caught.value.code == "ticket_used"


async def test_a_ticket_runs_out_and_only_the_newest_opens(on_sqlite, clock):
    old = await on_sqlite.client.export_ticket("cnv_1", "web")
    new = await on_sqlite.client.export_ticket("cnv_1", "web")
    for ticket in (old.ticket, "made up"):
        with pytest.raises(ApiProblem):
            await on_sqlite.client.redeem_export(ticket)
    clock.advance(minutes=10)
    with pytest.raises(ApiProblem):
        await on_sqlite.client.redeem_export(new.ticket)


async def test_an_export_holds_nothing_of_another_citizen(on_sqlite):
    await on_sqlite.open("a")
    await on_sqlite.open("b", contact_point="cnv_2", happened="别人的事")
    ticket = await on_sqlite.client.export_ticket("cnv_1", "web")
    export = await on_sqlite.client.redeem_export(ticket.ticket)
    assert len(export.cases) == 1
    assert "别人的事" not in export.model_dump_json()


async def test_being_forgotten_leaves_numbers_and_moves_without_words(service):
    ended, going_on = await a_citizen(service)
    await keep(service, photo())
    outcome = await service.client.erase_citizen("cnv_1", withdraw=True)
    assert outcome.contact_points == ("cnv_1",)
    assert set(outcome.erased) == {ended.number, going_on.number}
    assert (outcome.kept, outcome.withdrawn, outcome.files) == ((), (going_on.number,), 2)
    left = await everything_open(service)
    for words in (*WORDS, "还在松", "不等了"):
        assert words not in left
    clerk = await service.as_role(Role.CLERK)
    kept = await clerk.case(ended.number)
    assert (kept.state, kept.category.code) == ("withdrawn", "0201")
    moves = (await clerk.history(ended.number)).entries
    assert [move.move for move in moves] == ["submit", "accept", "dispatch", "remark", "withdraw"]
    assert service.app.state.context.files._files.kept == {}
    assert await rows(service, reporter) == []
    assert await rows(service, answered) == []
    # Nobody's any more: neither by the conversation nor by the receipt.
    assert (await service.client.cases(contact_point="cnv_1")).items == ()
    for call in (
        service.client.case(ended.number, contact_point="cnv_1"),
        service.client.follow("cnv_7", ended.number, ended.access_code, "web"),
    ):
        with pytest.raises(ApiProblem):
            await call
    assert {row["contact_point"] for row in await rows(service, cases)} != {"cnv_1"}
    noted = [row["action"] for row in await rows(service, audit)]
    assert noted == ["citizen.erased", "citizen.erased"]


async def test_an_open_matter_goes_on_and_loses_its_words_when_it_ends(service):
    _, going_on = await a_citizen(service)
    outcome = await service.client.erase_citizen("cnv_1")
    assert outcome.kept == (going_on.number,)
    still = await service.client.case(going_on.number, contact_point="cnv_1")
    assert "石板" in still.happened
    desk = service.app.state.context.desk
    assert await service.database.run(finish_erasures, desk) == (0, ())
    await service.client.withdraw(going_on.number, "cnv_1", idempotency_key="end")
    await service.database.run(finish_erasures, desk)
    left = await everything_open(service)
    assert not any(words in left for words in WORDS)
    with pytest.raises(ApiProblem):
        await service.client.case(going_on.number, contact_point="cnv_1")
    assert await rows(service, reporter) == []


async def test_who_was_forgotten_may_begin_anew_and_nothing_old_comes_back(on_sqlite):
    ended, _ = await a_citizen(on_sqlite)
    await on_sqlite.client.erase_citizen("cnv_1", withdraw=True)
    fresh = await on_sqlite.open("later")
    page = await on_sqlite.client.cases(contact_point="cnv_1")
    assert [item.number for item in page.items] == [fresh.number]
    assert (await on_sqlite.client.citizen("cnv_1")).cases == 1
    assert fresh.number != ended.number


async def test_being_forgotten_covers_every_joined_channel_and_no_neighbour(service):
    await service.open("a")
    await service.open("b", contact_point="cnv_2", channel="telegram")
    neighbour = await service.open("c", contact_point="cnv_3", happened="邻居的事")
    shown = await service.client.join_code("cnv_1", "web")
    await service.client.join("cnv_2", shown.code, "telegram")
    outcome = await service.client.erase_citizen("cnv_2", withdraw=True)
    assert set(outcome.contact_points) == {"cnv_1", "cnv_2"}
    assert len(outcome.erased) == 2
    left = await service.client.case(neighbour.number, contact_point="cnv_3")
    assert left.happened == "邻居的事"
    # They are one citizen still.
    await service.open("d")
    assert len((await service.client.cases(contact_point="cnv_2")).items) == 1


async def test_being_forgotten_twice_is_harmless(on_sqlite):
    await a_citizen(on_sqlite)
    await on_sqlite.client.erase_citizen("cnv_1", withdraw=True)
    again = await on_sqlite.client.erase_citizen("cnv_1", withdraw=True)
    assert (again.contact_points, again.erased) == (("cnv_1",), ())
    stranger = await on_sqlite.client.erase_citizen("cnv_stranger")
    assert stranger.contact_points == ("cnv_stranger",)


async def test_of_the_history_only_the_words_may_go(service):
    await service.open()

    def edit(tx, **values):
        tx.execute(case_history.update().values(**values))

    await service.database.run(edit, reason_sealed=None, note_sealed=None)
    for values in (
        {"move": "urge", "note_sealed": None},
        {"note_sealed": b"other words"},
        {"actor_id": "nobody", "note_sealed": None, "reason_sealed": None},
    ):
        with pytest.raises(DBAPIError):
            await service.database.run(edit, **values)


async def test_old_codes_are_dropped(on_sqlite, clock):
    await on_sqlite.client.join_code("cnv_1", "web")
    await on_sqlite.client.export_ticket("cnv_1", "web")
    clock.advance(days=1)
    assert await on_sqlite.expire() == 2
    for name in ("join_code", "export_ticket"):
        assert await rows(on_sqlite, metadata.tables[name]) == []


async def test_no_token_of_staff_redeems_a_ticket(on_sqlite):
    ticket = await on_sqlite.client.export_ticket("cnv_1", "web")
    clerk = await on_sqlite.token(Role.CLERK)
    body = f'{{"ticket": "{ticket.ticket}"}}'.encode()
    reply = await on_sqlite.raw("POST", "/v1/citizens/exports/redeem", body, token=clerk)
    assert (reply.status, body_of(reply)["code"]) == (403, "forbidden")


async def kept_answers(service):
    """The keys of the answers that are kept."""
    return {row["key"] for row in await rows(service, answered)}


async def test_what_staff_were_answered_about_a_citizen_is_forgotten_too(service):
    clerk = await service.as_role(Role.CLERK)
    ended, going_on = await service.open("a"), await service.open("b")
    other = await service.open("c", contact_point="cnv_2")
    for key, case in (("s-1", ended), ("s-2", going_on), ("s-3", other)):
        await clerk.move(case.number, "urge", contract.Urge(reason="快"), idempotency_key=key)
    await service.client.withdraw(ended.number, "cnv_1", idempotency_key="w")
    await service.client.erase_citizen("cnv_1")
    assert await kept_answers(service) == {"c", "s-3"}

    # The open one keeps its words until its end, and what was answered about it since goes then.
    await clerk.move(going_on.number, "urge", contract.Urge(reason="快"), idempotency_key="s-4")
    assert "s-4" in await kept_answers(service)
    merging = contract.Merge(into=other.number)
    await clerk.move(going_on.number, "merge", merging, idempotency_key="s-5")
    await service.database.run(finish_erasures, service.app.state.context.desk)
    assert await kept_answers(service) == {"c", "s-3"}


async def test_what_a_clerk_took_down_at_a_counter_is_forgotten_with_its_citizen(service):
    matter = {
        "channel": "counter",
        "kind": "complaint",
        "category": "0201",
        "happened": "石板松了",
        "contact": {"mode": "named", "name": "王小河", "phone": "13800001234"},
    }
    token = await service.token(Role.CLERK)
    body = json.dumps(matter).encode()
    reply = await service.raw("POST", "/v1/intake", body, token=token, Idempotency_Key="form")
    assert reply.status == 201
    assert await kept_answers(service) == {"form"}
    (row,) = await rows(service, cases)
    await service.client.erase_citizen(row["contact_point"], withdraw=True)
    assert await kept_answers(service) == set()
