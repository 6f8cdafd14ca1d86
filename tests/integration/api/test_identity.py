"""Consent, one citizen on two channels, and a receipt that opens its case elsewhere."""

import asyncio

import pytest
from case_service import body_of

from api.client import ApiProblem
from api.people.rules import codes
from api.people.rules.actor import Role


async def wrong(call, code="code_wrong"):
    with pytest.raises(ApiProblem) as caught:
        await call
    assert caught.value.code == code
    return caught.value


async def numbers(service, point):
    return [case.number for case in (await service.client.cases(contact_point=point)).items]


async def test_the_first_consent_to_a_version_counts_and_a_new_version_is_another(service, clock):
    first = await service.client.consent("cnv_1", "2026-01", "web")
    clock.advance(days=1)
    assert await service.client.consent("cnv_1", "2026-01", "web") == first
    await service.client.consent("cnv_1", "2026-02", "web")
    summary = await service.client.citizen("cnv_1")
    assert [consent.notice for consent in summary.consents] == ["2026-01", "2026-02"]


async def test_a_stranger_is_told_that_nothing_is_kept(on_sqlite):
    summary = await on_sqlite.client.citizen("cnv_nobody")
    assert (summary.cases, summary.files, summary.channels) == (0, 0, ())


async def test_a_code_shown_here_and_typed_there_makes_one_citizen(service):
    web = await service.open("a", contact_point="cnv_web")
    chat = await service.open("b", contact_point="cnv_chat", channel="telegram")
    shown = await service.client.join_code("cnv_web", "web")
    assert len(codes.typed(shown.code)) == 8
    sloppy = f" {shown.code.lower().replace('-', ' ')} "
    joined = await service.client.join("cnv_chat", sloppy, "telegram")
    assert set(joined.channels) == {"web", "telegram"}
    for point in ("cnv_web", "cnv_chat"):
        assert set(await numbers(service, point)) == {web.number, chat.number}


async def test_a_code_works_once_and_for_ten_minutes_and_only_the_newest(service, clock):
    client = service.client
    old = await client.join_code("cnv_1", "web")
    new = await client.join_code("cnv_1", "web")
    await wrong(client.join("cnv_2", old.code, "telegram"))
    await client.join("cnv_2", new.code, "telegram")
    await wrong(client.join("cnv_3", new.code, "telegram"))
    late = await client.join_code("cnv_1", "web")
    clock.advance(minutes=10)
    await wrong(client.join("cnv_4", late.code, "telegram"))


async def test_nobody_joins_themselves(on_sqlite):
    shown = await on_sqlite.client.join_code("cnv_1", "web")
    await wrong(on_sqlite.client.join("cnv_1", shown.code, "web"))


async def test_after_five_wrong_codes_even_the_right_one_has_to_wait(service, clock):
    client = service.client
    shown = await client.join_code("cnv_1", "web")
    for _ in range(codes.JOIN_TRIES):
        await wrong(client.join("cnv_2", "0000-0000", "telegram"))
    refusal = await wrong(client.join("cnv_2", shown.code, "telegram"), "tries_used_up")
    assert refusal.status == 429
    assert refusal.params["next_at"]
    clock.advance(minutes=10, seconds=1)
    fresh = await client.join_code("cnv_1", "web")
    await client.join("cnv_2", fresh.code, "telegram")


async def test_wrong_codes_typed_at_once_are_counted_one_by_one(service):
    async def attempt():
        try:
            await service.client.join("cnv_2", "0000-0000", "telegram")
        except ApiProblem as problem:
            return problem.code
        raise AssertionError("a wrong code joined")

    outcomes = await asyncio.gather(*(attempt() for _ in range(12)))
    assert outcomes.count("code_wrong") == codes.JOIN_TRIES
    assert outcomes.count("tries_used_up") == 12 - codes.JOIN_TRIES


async def test_a_code_typed_on_two_channels_at_once_joins_one(service):
    shown = await service.client.join_code("cnv_1", "web")

    async def attempt(point):
        try:
            await service.client.join(point, shown.code, "telegram")
        except ApiProblem:
            return False
        return True

    outcomes = await asyncio.gather(*(attempt(f"cnv_t{index}") for index in range(4)))
    assert sum(outcomes) == 1


async def test_a_receipt_opens_its_case_on_another_channel_and_no_other_case(service):
    one = await service.open("a")
    other = await service.open("b")
    await wrong(service.client.case(one.number, contact_point="cnv_9"), "case_not_found")
    followed = await service.client.follow("cnv_9", one.number, one.access_code.lower(), "web")
    assert followed.number == one.number
    assert followed.contact.phone is None
    assert (await service.client.case(one.number, contact_point="cnv_9")).number == one.number
    assert await numbers(service, "cnv_9") == []
    await wrong(service.client.case(other.number, contact_point="cnv_9"), "case_not_found")
    await wrong(service.client.follow("cnv_9", other.number, one.access_code, "web"))


async def test_access_codes_are_guessed_at_only_so_often(service):
    case = await service.open()
    for _ in range(codes.FOLLOW_TRIES):
        await wrong(service.client.follow("cnv_9", case.number, "0000-0000-0000", "web"))
    await wrong(
        service.client.follow("cnv_9", case.number, case.access_code, "web"), "tries_used_up"
    )


async def test_a_number_that_does_not_exist_and_a_wrong_code_sound_the_same(on_sqlite):
    case = await on_sqlite.open()
    first = await wrong(on_sqlite.client.follow("cnv_8", case.number, "1111-1111-1111", "web"))
    second = await wrong(on_sqlite.client.follow("cnv_8", "19990101-000001-1", "1111", "web"))
    assert (first.params, first.status) == (second.params, second.status)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("consent", b'{"notice": "1", "channel": "web"}'),
        ("exports", b'{"channel": "web"}'),
        ("erase", b"{}"),
        ("join-codes", b'{"channel": "web"}'),
        ("join", b'{"code": "1", "channel": "web"}'),
        ("follow", b'{"number": "1", "access_code": "1", "channel": "web"}'),
    ],
)
async def test_only_a_service_asks_and_only_for_the_citizen_whom_it_names(on_sqlite, path, body):
    path = f"/v1/citizens/{path}"
    assert (await on_sqlite.raw("POST", path, body, token=None)).status == 401
    nobody = await on_sqlite.raw("POST", path, body)
    assert body_of(nobody)["code"] == "contact_point_required"
    clerk = await on_sqlite.token(Role.CLERK)
    assert (await on_sqlite.raw("POST", path, body, token=clerk)).status == 403
