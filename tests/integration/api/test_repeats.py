"""Idempotency keys: whatever is sent twice happens once."""

import asyncio

import pytest
from case_service import order
from sqlalchemy import func, select

from api.client import ApiClient, ApiProblem
from api.people.rules.actor import Role
from api.store.cases.tables import answered, cases


async def count(service, table) -> int:
    return await service.database.read(
        lambda tx: tx.scalar(select(func.count()).select_from(table))
    )


async def test_the_same_key_gives_the_first_answer_again(service, clock):
    first = await service.open("k")
    clock.advance(hours=1)
    second = await service.open("k")
    assert second == first
    assert second.access_code == first.access_code is not None
    assert await count(service, cases) == 1


async def test_the_first_answer_comes_again_after_the_case_has_moved_on(service):
    first = await service.open("k")
    await service.client.withdraw(first.number, "cnv_1", idempotency_key="w")
    assert (await service.open("k")).state == "dispatched"


async def test_of_many_at_once_with_one_key_one_case_is_opened(service):
    answers = await asyncio.gather(*(service.open("k") for _ in range(12)))
    assert len({case.number for case in answers}) == 1
    assert await count(service, cases) == 1
    assert await count(service, answered) == 1


async def test_a_key_with_another_body_is_refused(service):
    await service.open("k")
    with pytest.raises(ApiProblem) as refused:
        await service.open("k", demand="别的")
    assert (refused.value.status, refused.value.code) == (422, "idempotency_key_reused")
    with pytest.raises(ApiProblem) as refused:
        await service.open("k", contact_point="cnv_2")
    assert refused.value.code == "idempotency_key_reused"


async def test_a_key_of_one_move_is_none_of_another(service):
    case = await service.open("k")
    with pytest.raises(ApiProblem) as refused:
        await service.client.urge(case.number, "cnv_1", idempotency_key="k")
    assert refused.value.code == "idempotency_key_reused"


async def test_two_callers_may_use_the_same_key(service):
    mine = await service.open("k")
    other = ApiClient.over_asgi(service.app, await service.token(Role.SERVICE))
    theirs = await other.open_case(order(), idempotency_key="k")
    assert theirs.number != mine.number


async def test_a_repeated_urge_counts_once(service):
    case = await service.open()
    for _ in range(3):
        urged = await service.client.urge(case.number, "cnv_1", "快点", idempotency_key="u")
        assert urged.urged == 1


async def test_a_refused_request_may_be_mended_under_its_key(service):
    with pytest.raises(ApiProblem):
        await service.open("k", category="7777")
    assert (await service.open("k")).state == "dispatched"


async def test_without_a_key_each_request_is_its_own(service):
    body = order().model_dump_json().encode()
    first = await service.raw("POST", "/v1/cases", body)
    second = await service.raw("POST", "/v1/cases", body)
    assert first.status == second.status == 201
    assert await count(service, cases) == 2


@pytest.mark.parametrize("key", ["", " ", "a b", "k" * 201, "钥匙"])
async def test_a_key_has_a_form(on_sqlite, key):
    reply = await on_sqlite.raw(
        "POST",
        "/v1/cases",
        order().model_dump_json().encode(),
        Idempotency_Key=key.encode().decode("latin-1"),
    )
    assert reply.status == 422
    assert await count(on_sqlite, cases) == 0
