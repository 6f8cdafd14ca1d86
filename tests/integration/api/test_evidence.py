"""What a unit shows of its work: files with its moves, who sees them, and where one is due."""

import pytest
from some_files import keep, photo, stream

from api import contract
from api.client import ApiProblem
from api.people.rules.actor import Role
from api.services.attachments.attachments import drop_unbound


@pytest.fixture
async def unit(service):
    return await service.as_role(Role.UNIT, "WORKS")


def reply(*files, **changes):
    given = {"claim_true": "yes", "contacted": False, "solved": "yes", "answer": "渡船修好了"}
    return contract.ReplyCase.model_validate(given | {"attachments": files} | changes)


async def given(client):
    return await client.keep_attachment(stream(photo()), None, "整改后.jpg")


async def in_hand(service, unit, **changes):
    case = await service.open(**{"category": "0101"} | changes)
    return await unit.sign_in(case.number)


async def refused(call):
    with pytest.raises(ApiProblem) as problem:
        await call
    return problem.value


async def test_a_reply_shows_what_was_done_where_the_category_asks_for_it(service, unit):
    case = await in_hand(service, unit)
    assert case.needs_evidence
    problem = await refused(unit.reply(case.number, reply()))
    assert (problem.status, problem.code) == (422, "evidence_required")
    assert problem.params == {"category": "0101"}
    assert (await unit.case(case.number)).state == "processing"

    shown = await given(unit)
    assert (shown.sender, shown.entry) == ("staff", None)
    done = await unit.reply(case.number, reply(shown.id))
    assert done.state == "replied"
    (entry,) = [item for item in (await unit.history(case.number)).entries if item.move == "reply"]
    assert ("files_given", {"count": "1"}) in [(item.code, item.params) for item in entry.because]
    (listed,) = (await unit.attachments(case.number)).items
    assert (listed.id, listed.sender, listed.entry) == (shown.id, "staff", entry.seq)


async def test_a_question_is_answered_without_a_photo(service, unit):
    case = await in_hand(service, unit, kind="consult")
    assert not case.needs_evidence
    assert (await unit.reply(case.number, reply())).state == "replied"


async def test_staff_of_the_case_see_what_a_unit_gave_and_the_citizen_does_not(service, unit):
    mine = await keep(service, photo())
    case = await in_hand(service, unit, attachments=[mine.id])
    shown = await given(unit)
    progress = contract.Progress(note="船已拖上岸", attachments=(shown.id,))
    await unit.move(case.number, "progress", progress)

    clerk = await service.as_role(Role.CLERK)
    assert [item.id for item in (await clerk.attachments(case.number)).items] == [mine.id, shown.id]
    assert (await clerk.attachment(shown.id)).body
    citizens = await service.client.attachments(case.number, contact_point="cnv_1")
    assert [item.id for item in citizens.items] == [mine.id]
    problem = await refused(service.client.attachment(shown.id, contact_point="cnv_1"))
    assert (problem.status, problem.code) == (404, "attachment_not_found")
    ticket = await service.client.export_ticket("cnv_1", "web")
    (exported,) = (await service.client.redeem_export(ticket.ticket)).cases
    assert [file.id for file in exported.files] == [mine.id]


async def test_neither_a_citizens_photo_nor_anothers_file_is_evidence(service, unit):
    mine = await keep(service, photo())
    case = await in_hand(service, unit, attachments=[mine.id])
    stranger = await given(await service.as_role(Role.UNIT, "WATER-EAST"))
    for file in (mine.id, stranger.id, "att_none"):
        problem = await refused(unit.reply(case.number, reply(file)))
        assert (problem.code, problem.params) == ("attachment_not_found", {"ids": file})
    problem = await refused(unit.attachment(stranger.id))
    assert problem.code == "attachment_not_found"


async def test_what_was_given_with_progress_may_be_named_by_the_reply(service, unit):
    case = await in_hand(service, unit)
    shown = await given(unit)
    progress = contract.Progress(note="船已拖上岸", attachments=(shown.id,))
    await unit.move(case.number, "progress", progress)
    assert (await unit.reply(case.number, reply(shown.id))).state == "replied"
    assert len((await unit.attachments(case.number)).items) == 1


async def test_what_a_unit_gave_is_not_the_citizens_to_send(service, unit):
    case = await in_hand(service, unit)
    shown = await given(unit)
    progress = contract.Progress(note="船已拖上岸", attachments=(shown.id,))
    await unit.move(case.number, "progress", progress)
    remark = service.client.add_remark(
        case.number, "cnv_1", "我拍的", attachments=(shown.id,), idempotency_key="k-1"
    )
    problem = await refused(remark)
    assert (problem.code, problem.params) == ("attachment_not_found", {"ids": shown.id})


async def test_a_clerk_files_what_a_citizen_hands_over_the_counter(service):
    case = await service.open()
    clerk = await service.as_role(Role.CLERK)
    paper = await given(clerk)
    remark = contract.Remark(text="市民送来照片", attachments=(paper.id,))
    await clerk.move(case.number, "remarks", remark)
    (listed,) = (await clerk.attachments(case.number)).items
    assert (listed.id, listed.sender) == (paper.id, "staff")


async def test_who_makes_no_move_with_files_brings_none(service):
    for role in (Role.LEADER, Role.SUPERVISOR, Role.ADMIN):
        problem = await refused(given(await service.as_role(role)))
        assert (problem.status, problem.code) == (403, "forbidden")


async def test_a_units_file_that_no_move_took_is_dropped(service, unit, clock):
    left = await given(unit)
    assert (await unit.attachment(left.id)).body
    clock.advance(hours=25)
    assert len(await service.database.run(drop_unbound, service.app.state.context.desk)) == 1
    assert (await refused(unit.attachment(left.id))).status == 404
