"""What a client may send before and around an order: preconditions, methods, days, booleans."""

import pytest
from case_service import LANE, body_of

from api.domain.actor import Role


async def signing_in(service, if_match):
    """Sign a case of version 2 or later in as its unit, under a precondition."""
    case = await service.open()
    unit = await service.token(Role.UNIT, LANE)
    shown = await service.raw("GET", f"/v1/cases/{case.number}", token=unit)
    tag = dict(shown.headers)["etag"]
    path = f"/v1/cases/{case.number}/sign-in"
    sent = {"If_Match": if_match.format(tag=tag)}
    return await service.raw("POST", path, token=unit, **sent)


@pytest.mark.parametrize(
    ("if_match", "status"),
    [
        ("{tag}", 200),
        ("*", 200),
        ('"0", {tag}', 200),
        ('"0"', 412),
        ('"0", "another"', 412),
        ("W/{tag}", 412),
        ("no tag", 422),
        ('"1', 422),
    ],
)
async def test_if_match_takes_the_forms_of_rfc_9110(on_sqlite, if_match, status):
    assert (await signing_in(on_sqlite, if_match)).status == status


async def test_allow_names_every_method_of_a_path(on_sqlite):
    reply = await on_sqlite.raw("PATCH", "/v1/webhooks")
    assert (reply.status, dict(reply.headers)["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("day", ["0", "1767225600", "2026-1-1", "2026-01-01T00:00:00"])
async def test_a_day_in_a_query_is_written_out(on_sqlite, day):
    reply = await on_sqlite.raw("GET", f"/v1/cases?until={day}")
    assert (reply.status, body_of(reply)["code"]) == (422, "request_invalid")


@pytest.mark.parametrize("value", [b"0", b'"false"', b"1.0"])
async def test_a_boolean_is_true_or_false_and_nothing_like_it(on_sqlite, value):
    body = b'{"withdraw": %b}' % value
    reply = await on_sqlite.raw("POST", "/v1/citizens/erase", body, Contact_Point="cnv_1")
    assert reply.status == 422


async def test_the_document_can_be_read_by_linters(on_sqlite):
    document = body_of(await on_sqlite.raw("GET", "/openapi.json", token=None))
    assert list(document["components"]["securitySchemes"]) == ["ServiceToken"]
    assert document["servers"]
    for path in document["paths"].values():
        assert all("security" in operation for operation in path.values())
    assert "404" in document["paths"]["/v1/cases"]["post"]["responses"]
