"""Whatever is sent, the answer is a clear one, and nothing of the inside shows."""

import pytest
import structlog
from case_service import TOKEN, body_of, order
from sqlalchemy import select

from api.client import ApiClient, ApiUnavailable
from api.errors import Refusal
from api.people.rules.actor import Role
from api.routes.guard import MAX_BODY
from api.store.cases.tables import cases
from kernel import json


def body(**changes) -> bytes:
    plain = json.loads(order().model_dump_json(exclude_unset=True)) | changes
    return json.dumps(plain).encode("utf-8", "surrogatepass")


async def sent(service, content: bytes, **headers):
    reply = await service.raw("POST", "/v1/cases", content, **headers)
    assert reply.headers["content-type"].startswith(
        "application/json" if reply.status < 400 else "application/problem+json"
    )
    return reply


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"a": NaN',
        b"[" * 100_000,
        b"<xml/>",
        b'{"happened": "\xed\xa0\x80"}',
    ],
)
async def test_a_body_that_is_no_json_is_refused(on_sqlite, content):
    reply = await sent(on_sqlite, content)
    assert reply.status in {400, 422}
    assert b"Traceback" not in reply.body


@pytest.mark.parametrize("content", [b"null", b"[]", b"1", b'"text"', b"{}"])
async def test_json_of_another_shape_is_refused_with_its_fields(on_sqlite, content):
    reply = await sent(on_sqlite, content)
    assert reply.status == 422
    assert body_of(reply)["code"] == "request_invalid"
    assert body_of(reply)["fields"]


async def test_a_refused_field_is_named_without_what_was_in_it(on_sqlite):
    reply = await sent(
        on_sqlite, body(kind="bribe-the-clerk", contact={"phone": "not a phone 138"})
    )
    problem = body_of(reply)
    assert {field["field"] for field in problem["fields"]} == {"kind", "contact.phone"}
    assert b"bribe" not in reply.body
    assert b"not a phone" not in reply.body


async def test_a_field_may_be_named_anything(on_sqlite):
    content = body().replace(b'"kind"', b'"\\ud800 <script>":1,"kind"')
    reply = await sent(on_sqlite, content)
    assert reply.status == 422
    assert body_of(reply)["fields"][0]["code"] == "string_unicode"


@pytest.mark.parametrize(
    ("happened", "kept"),
    [
        ("路灯\\u0000坏了", "路灯坏了"),
        ("半个 \\ud83d 表情", "半个 \ufffd 表情"),
        ("😀", "😀"),
        ("'; DROP TABLE cases; --", "'; DROP TABLE cases; --"),
        ("<script>alert(1)</script> *md* [x](y)", "<script>alert(1)</script> *md* [x](y)"),
    ],
)
async def test_odd_words_are_kept_as_data(service, happened, kept):
    content = body(happened="HERE").replace(b"HERE", happened.encode())
    reply = await sent(service, content)
    assert reply.status == 201
    assert body_of(reply)["happened"] == kept
    found = await service.client.case(body_of(reply)["number"], contact_point="cnv_1")
    assert found.happened == kept


async def test_100_kb_of_text_is_told_to_be_too_long(on_sqlite):
    reply = await sent(on_sqlite, body(happened="路" * 34_000))
    assert reply.status == 422
    (field,) = body_of(reply)["fields"]
    assert (field["field"], field["code"]) == ("happened", "string_too_long")
    assert field["params"]["max_length"] == 10_000


async def test_the_longest_text_that_is_taken_fits_the_cap(on_sqlite):
    reply = await sent(on_sqlite, body(happened="路" * 10_000, demand="灯" * 10_000))
    assert reply.status == 201


async def test_a_body_over_the_cap_is_not_read(on_sqlite):
    reply = await sent(on_sqlite, b"x" * (MAX_BODY + 1))
    assert reply.status == 413
    assert body_of(reply)["params"] == {"max_bytes": MAX_BODY}


async def test_a_stream_without_a_length_is_cut_off_at_the_cap(on_sqlite):
    received = []
    sent_chunks = 0

    async def receive():
        nonlocal sent_chunks
        sent_chunks += 1
        return {"type": "http.request", "body": b"x" * 65_536, "more_body": True}

    async def send(message):
        received.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/cases",
        "raw_path": b"/v1/cases",
        "query_string": b"",
        "headers": [(b"host", b"api")],
        "root_path": "",
        "scheme": "http",
        "http_version": "1.1",
    }
    await on_sqlite.app(scope, receive, send)
    assert received[0]["status"] == 413
    assert sent_chunks == MAX_BODY // 65_536 + 1


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/v1/cases/", 404, "not_found"),
        ("DELETE", "/v1/cases", 405, "method_not_allowed"),
        ("PATCH", "/v1/catalogue", 405, "method_not_allowed"),
    ],
)
async def test_a_wrong_address_is_a_problem_too(on_sqlite, method, path, status, code):
    reply = await on_sqlite.raw(method, path)
    assert (reply.status, body_of(reply)["code"]) == (status, code)


@pytest.mark.parametrize("point", ["a b", "x" * 65, "<x>", "é"])
async def test_a_contact_point_has_a_form(on_sqlite, point):
    reply = await on_sqlite.raw("GET", "/v1/cases", Contact_Point=point)
    assert reply.status == 422


async def test_a_fault_inside_shows_an_incident_and_no_traceback(on_sqlite, monkeypatch):
    def breaks(*_args, **_kw):
        raise ZeroDivisionError("secret inside")

    monkeypatch.setattr("api.services.cases.reading.find", breaks)
    with structlog.testing.capture_logs() as logged:
        reply = await on_sqlite.raw("GET", "/v1/cases/20260302-000001-5", Contact_Point="cnv_1")
        with pytest.raises(ApiUnavailable):
            await on_sqlite.client.case("20260302-000001-5", contact_point="cnv_1")
    assert reply.status == 500
    assert [item["event"] for item in logged] == ["request_failed"] * 2
    assert logged[0]["incident"] == body_of(reply)["instance"]
    assert body_of(reply)["code"] == "internal_error"
    assert body_of(reply)["instance"].startswith("inc_")
    assert b"secret" not in reply.body


async def test_a_closed_store_is_a_503_that_may_be_tried_again(service):
    await service.database.close()
    reply = await service.raw("GET", "/v1/cases", Contact_Point="cnv_1")
    assert (reply.status, body_of(reply)["code"]) == (503, "store_unavailable")
    assert reply.headers["retry-after"] == "1"
    client = ApiClient.over_asgi(service.app, "the-token-of-our-own-processes")
    with pytest.raises(ApiUnavailable):
        await client.cases(contact_point="cnv_1")


async def test_a_refused_case_leaves_no_row(on_sqlite):
    await sent(on_sqlite, body(category="7777"))
    rows = await on_sqlite.database.read(lambda tx: tx.execute(select(cases)).all())
    assert rows == []


async def test_a_refusal_says_what_happened_and_each_field_what_is_wanted(on_sqlite):
    body = json.dumps(
        order().model_dump(mode="json") | {"contact": {"mode": "anonymous", "name": "王"}}
    )
    reply = await on_sqlite.raw("POST", "/v1/cases", body.encode())
    problem = body_of(reply)
    assert (reply.status, problem["code"]) == (422, "request_invalid")
    assert "`fields`" in problem["detail"]
    (field,) = problem["fields"]
    assert field["message"].endswith("an anonymous contact carries neither name nor phone")
    assert "王" not in reply.body.decode()
    for token, path, status in (
        (None, "/v1/cases", 401),
        (await on_sqlite.token(Role.CLERK), "/v1/webhooks", 403),
        (TOKEN, "/v1/cases", 403),
    ):
        refused = await on_sqlite.raw("GET", path, token=token)
        assert refused.status == status
        assert len(body_of(refused)["detail"]) > 20


def test_every_refusal_has_words_of_its_own_for_its_answer():
    def kinds(of):
        return [of, *(kind for sub in of.__subclasses__() for kind in kinds(sub))]

    found = kinds(Refusal)
    assert len(found) > 50
    assert not [item for item in found if not item.__dict__.get("__doc__")]
