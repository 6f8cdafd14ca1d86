"""What a client may send before and around an order: preconditions, methods, days, booleans."""

import re

import pytest
from case_service import LANE, body_of, order
from some_files import keep, photo

from api.domain.attachments.attachment import MediaType
from api.people.rules.actor import Role
from kernel import json


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


@pytest.mark.parametrize("value", [b"0", b"1", b'"true"', b'"yes"'])
async def test_a_talk_is_confirmed_with_true_or_false(on_sqlite, value):
    body = b'{"solved": %b}' % value
    path = "/v1/live/talks/none/confirm"
    reply = await on_sqlite.raw("POST", path, body, Contact_Point="cnv_1")
    assert (reply.status, body_of(reply)["code"]) == (422, "request_invalid")


@pytest.mark.parametrize(
    ("value", "status"),
    [("true", 200), ("false", 200), ("0", 422), ("1", 422), ("on", 422), ("True", 422)],
)
async def test_a_boolean_in_a_query_is_true_or_false(on_sqlite, value, status):
    token = await on_sqlite.token(Role.CLERK)
    reply = await on_sqlite.raw("GET", f"/v1/cases?overdue={value}", token=token)
    assert reply.status == status


async def opening_at(service, moment):
    body = order().model_dump(mode="json") | {"time": {"text": "昨晚", "end": moment}}
    return await service.raw("POST", "/v1/cases", json.dumps(body).encode())


@pytest.mark.parametrize(
    "moment", [0, 1767225600, 1.5, True, "0", "1767225600", "2026-01-01", "2026-01-01T25:00:00Z",
     "2026-01-01T09:30Z", "2026-01-01T09:30:00"],
)  # fmt: skip
async def test_a_moment_is_no_number_no_day_and_has_its_offset(on_sqlite, moment):
    reply = await opening_at(on_sqlite, moment)
    assert (reply.status, body_of(reply)["code"]) == (422, "request_invalid")


@pytest.mark.parametrize(
    "moment",
    [
        None,
        "2026-01-01T09:30:00Z",
        "2026-01-01T09:30:00.123456+08:00",
        "2026-01-01t09:30:00.123456789z",
    ],
)
async def test_a_moment_is_a_date_time_of_rfc_3339(on_sqlite, moment):
    assert (await opening_at(on_sqlite, moment)).status == 201


async def documented(service):
    return body_of(await service.raw("GET", "/openapi.json", token=None))


async def test_no_parameter_is_documented_as_null(on_sqlite):
    document, optional = await documented(on_sqlite), 0
    for path in document["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", ()):
                assert '"null"' not in json.dumps(parameter["schema"]), parameter
                assert "type" in parameter["schema"], parameter
                optional += not parameter.get("required", False)
    assert optional > 100


async def test_a_file_is_answered_with_a_documented_media_type(on_sqlite):
    kept = await keep(on_sqlite, photo())
    reply = await on_sqlite.raw("GET", f"/v1/attachments/{kept.id}", Contact_Point="cnv_1")
    assert reply.status == 200
    document = await documented(on_sqlite)
    content = document["paths"]["/v1/attachments/{attachment}"]["get"]["responses"]["200"][
        "content"
    ]
    assert dict(reply.headers)["content-type"] in content
    assert set(content) == {kind.value for kind in MediaType}


async def test_the_document_names_the_years_that_are_taken(on_sqlite):
    document = await documented(on_sqlite)
    listing = document["paths"]["/v1/cases"]["get"]["parameters"]
    day = next(item["schema"]["pattern"] for item in listing if item["name"] == "since")
    opens_at = document["components"]["schemas"]["OpenSession"]["properties"]["opens_at"]
    for year, taken in ((1899, False), (1900, True), (2199, True), (2200, False)):
        assert bool(re.search(day, f"{year}-12-31")) is taken
        assert bool(re.search(opens_at["pattern"], f"{year}-12-31T09:30:00Z")) is taken


async def test_the_document_can_be_read_by_linters(on_sqlite):
    document = body_of(await on_sqlite.raw("GET", "/openapi.json", token=None))
    assert list(document["components"]["securitySchemes"]) == ["ServiceToken"]
    assert document["servers"]
    for path in document["paths"].values():
        assert all("security" in operation for operation in path.values())
    assert "404" in document["paths"]["/v1/cases"]["post"]["responses"]
