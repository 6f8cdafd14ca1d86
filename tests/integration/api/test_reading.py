"""Reading: what is shown to whom, and pages that stay stable while cases arrive."""

import pytest
from case_service import LANE, TOKEN

from api.client import ApiProblem
from api.people.rules.actor import Role

FAR = {"text": "岭下镇松坡村", "district": "990102", "street": "990102101"}


async def pages(client, limit, **asked):
    numbers, cursor = [], None
    while True:
        page = await client.cases(cursor=cursor, limit=limit, **asked)
        assert len(page.items) <= limit
        numbers += [case.number for case in page.items]
        cursor = page.next
        if cursor is None:
            return numbers


async def refusal(awaitable) -> tuple[int, str]:
    with pytest.raises(ApiProblem) as refused:
        await awaitable
    return refused.value.status, refused.value.code


async def test_another_citizens_case_is_answered_like_one_that_does_not_exist(service):
    case = await service.open()
    await service.client.register_contact_point("cnv_2", "web")
    theirs = await service.raw("GET", f"/v1/cases/{case.number}", Contact_Point="cnv_2")
    absent = await service.raw("GET", "/v1/cases/20260302-000999-2", Contact_Point="cnv_2")
    assert theirs.status == absent.status == 404
    assert theirs.body.replace(case.number.encode(), b"") == absent.body.replace(
        b"20260302-000999-2", b""
    )
    assert await refusal(service.client.history(case.number, contact_point="cnv_2")) == (
        404,
        "case_not_found",
    )


@pytest.mark.parametrize(
    "number", ["20260302-000001-4", "x", "..", "%00", "' OR 1=1", "工单", "\ud800", "../../health"]
)
async def test_a_number_that_is_none_finds_nothing(service, number):
    await service.open()
    assert await refusal(service.client.case(number, contact_point="cnv_1")) == (
        404,
        "case_not_found",
    )


async def test_a_service_that_names_no_citizen_reads_nothing(service):
    case = await service.open()
    assert await refusal(service.client.case(case.number)) == (403, "contact_point_required")
    assert await refusal(service.client.cases()) == (403, "contact_point_required")


async def test_lists_show_each_reader_their_own(service, clock):
    mine = await service.open("a")
    clock.advance(minutes=1)
    theirs = await service.open("b", contact_point="cnv_2", place=FAR)
    assert await pages(service.client, 20, contact_point="cnv_1") == [mine.number]
    assert await pages(service.client, 20, contact_point="cnv_2") == [theirs.number]
    assert await pages(service.client, 20, contact_point="cnv_3") == []
    assert await pages(await service.as_role(Role.CLERK), 20) == [theirs.number, mine.number]
    street = await service.as_role(Role.UNIT, LANE)
    assert await pages(street, 20) == [mine.number]
    assert await refusal(street.case(theirs.number)) == (404, "case_not_found")
    admin = await service.as_role(Role.ADMIN)
    assert await refusal(admin.cases()) == (403, "forbidden")


async def test_a_list_carries_no_personal_word(service):
    await service.open()
    reply = await service.raw("GET", "/v1/cases", Contact_Point="cnv_1")
    assert "石板".encode() in reply.body  # the category's name
    for word in ("松了", "灯市口3号", "王小河", "13800001234"):
        assert word.encode() not in reply.body


async def test_staff_may_not_speak_for_a_citizen(service):
    await service.open()
    token = await service.token(Role.CLERK)
    reply = await service.raw("GET", "/v1/cases", token=token, Contact_Point="cnv_1")
    assert reply.status == 403


async def test_pages_neither_repeat_nor_miss_while_cases_arrive(service, clock):
    opened = []
    for n in range(11):
        opened.append((await service.open(f"key-{n}")).number)
        if n % 3 == 0:  # several cases of one moment
            clock.advance(seconds=1)
    first = await service.client.cases(contact_point="cnv_1", limit=4)
    assert first.next is not None
    late = (await service.open("late")).number
    second = await service.client.cases(contact_point="cnv_1", limit=4, cursor=first.next)
    assert second.next is not None
    third = await service.client.cases(contact_point="cnv_1", limit=4, cursor=second.next)
    shown = [case.number for page in (first, second, third) for case in page.items]
    assert shown == opened[::-1]
    assert third.next is None
    assert late not in shown
    for limit in (1, 3, 12, 100):
        assert await pages(service.client, limit, contact_point="cnv_1") == [late, *opened[::-1]]


@pytest.mark.parametrize("cursor", ["x", "AAAA", "MjAyNi0wMy0wMiAxMg", "%F0%9F%98%80", "a b", "=="])
async def test_a_forged_cursor_is_refused(service, cursor):
    await service.client.register_contact_point("cnv_1", "web")
    reply = await service.raw(
        "GET", f"/v1/cases?cursor={cursor}".replace(" ", "+"), token=TOKEN, Contact_Point="cnv_1"
    )
    assert reply.status == 422
    assert b"cursor_invalid" in reply.body


@pytest.mark.parametrize("limit", ["0", "101", "-1", "many"])
async def test_a_page_has_a_sensible_length(service, limit):
    reply = await service.raw("GET", f"/v1/cases?limit={limit}", Contact_Point="cnv_1")
    assert reply.status == 422
    assert b'"limit"' in reply.body
