"""Who may come in."""

import pytest
from case_service import LANE, TOKEN, body_of
from sqlalchemy import select

from api.catalogue.rules.errors import UnitUnknown
from api.people.rules.actor import Role
from api.people.service.tokens import issue_token, revoke_token
from api.people.tables import service_token


async def status(service, token) -> int:
    return (await service.raw("GET", "/v1/catalogue", token=token)).status


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN + "x", TOKEN[:-1], "é"])
async def test_without_a_known_token_nobody_comes_in(on_sqlite, token):
    reply = await on_sqlite.raw("GET", "/v1/catalogue", token=token)
    assert reply.status == 401
    assert reply.headers["www-authenticate"] == "Bearer"
    assert body_of(reply)["code"] == "unauthenticated"


async def test_another_scheme_is_no_token(on_sqlite):
    reply = await on_sqlite.raw("GET", "/v1/cases", token=None, Authorization=f"Basic {TOKEN}")
    assert reply.status == 401


async def test_an_issued_token_works_until_it_is_revoked(service, clock):
    issued = await service.database.run(
        issue_token, service.ids, clock, service.catalogue, name="Console", role=Role.CLERK
    )
    assert await status(service, issued.secret) == 200
    assert await service.database.run(revoke_token, clock, issued.id)
    assert await status(service, issued.secret) == 401
    assert not await service.database.run(revoke_token, clock, issued.id)


async def test_the_database_does_not_hold_the_secret(on_sqlite):
    secret = await on_sqlite.token(Role.UNIT, LANE)
    rows = await on_sqlite.database.read(lambda tx: tx.execute(select(service_token)).all())
    assert len(rows) == 1
    assert secret not in str(rows)


@pytest.mark.parametrize(
    ("role", "unit", "error"),
    [
        (Role.CITIZEN, None, ValueError),
        (Role.SYSTEM, None, ValueError),
        (Role.UNIT, None, ValueError),
        (Role.CLERK, LANE, ValueError),
        (Role.UNIT, "NOWHERE", UnitUnknown),
    ],
)
async def test_a_token_that_makes_no_sense_is_not_issued(on_sqlite, role, unit, error):
    with pytest.raises(error):
        await on_sqlite.token(role, unit)
