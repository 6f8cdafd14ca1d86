"""What stands before the console's pages, without a browser and without NiceGUI."""

from dataclasses import dataclass, field

import httpx
import pytest
from case_service import CaseService
from some_files import keep, photo
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, Router

from api.console.cases.attachments import AttachmentRoutes
from api.console.context import COOKIE, ConsoleContext
from api.console.guard import ConsoleGuard
from api.console.people.sign_in import SignIn
from api.people.rules.actor import Role
from api.people.rules.staff import SESSION
from api.people.service.accounts import add_staff
from api.people.service.sign_in import StaffSignIn
from api.people.store.audit import Audit
from api.services.showing import ATTACHMENT_SHOWN
from kernel.bell.local import LocalBell

OURS = "http://console.test"
PASSWORD = "a lantern in the lane"


@dataclass
class Behind:
    """What stands behind the wall, and what came through."""

    seen: list[dict[str, str]] = field(default_factory=list)

    async def __call__(self, scope, receive, send):
        self.seen.append({name.decode(): value.decode() for name, value in scope["headers"]})
        await PlainTextResponse("inside")(scope, receive, send)


@pytest.fixture
async def wall(on_sqlite: CaseService):
    """A console without pages: the client, what stands behind, and the context."""
    service, behind = on_sqlite, Behind()
    context_of = service.app.state.context
    context = ConsoleContext(
        database=service.database,
        desk=context_of.desk,
        door=StaffSignIn(service.database, service.clock, service.ids, service.keyring),
        bell=LocalBell(service.clock),
        numbers=context_of.numbers,
        files=context_of.files,
        uploads=context_of.uploads,
        origins=frozenset({"https://console.city.example"}),
    )
    entrance = SignIn(context)
    inner = Router(
        [
            Route("/sign-in", entrance.page, methods=["GET"]),
            Route("/sign-in", entrance.enter, methods=["POST"]),
            Route("/sign-out", entrance.leave, methods=["POST"]),
            Route("/attachments", AttachmentRoutes(context).take, methods=["POST"]),
            Route("/attachments/{id}", AttachmentRoutes(context).show, methods=["GET"]),
            Mount("", behind),
        ]
    )
    app = Router([Mount("/console", ConsoleGuard(inner, context))])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=OURS) as client:
        yield client, behind, context


async def enter(client: httpx.AsyncClient, service: CaseService, role=Role.CLERK, unit=None):
    await service.database.run(
        add_staff,
        service.ids,
        service.clock,
        service.catalogue,
        login="wang",
        password=PASSWORD,
        name="王",
        role=role,
        unit=unit,
    )
    return await client.post(
        "/console/sign-in",
        data={"login": "wang", "password": PASSWORD, "next": "/console/cases?page=2"},
        headers={"Origin": OURS},
    )


async def test_who_is_not_signed_in_gets_no_further_than_the_sign_in_page(wall):
    client, behind, _ = wall
    answer = await client.get("/console/cases?state=submitted&page=2")
    assert answer.status_code == 303
    assert answer.headers["location"] == (
        "/console/sign-in?next=/console/cases%3Fstate%3Dsubmitted%26page%3D2"
    )
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert behind.seen == []


async def test_a_file_comes_in_from_our_own_page_and_a_refusal_has_words(wall, on_sqlite):
    client, _, _ = wall
    address, ours = "/console/attachments?lang=en&name=after.png", {"Origin": OURS}
    assert (await client.post(address, content=photo("PNG"), headers=ours)).status_code == 303
    await enter(client, on_sqlite)
    foreign = await client.post(
        address, content=photo(), headers={"Origin": "https://evil.example"}
    )
    assert foreign.status_code == 403
    kept = await client.post(address, content=photo("PNG"), headers=ours)
    assert kept.status_code == 201
    shown = await client.get(f"/console/attachments/{kept.json()['id']}")
    assert shown.headers["content-type"] == "image/png"
    for content, words in (
        (b"MZ\x90\0 a program", "Taken are photos"),
        (b"", "cannot be opened"),
        (photo() + bytes(11 * 1024 * 1024), "too large"),
    ):
        refused = await client.post(address, content=content, headers=ours)
        assert refused.status_code == 422
        assert words in refused.json()["words"]


async def test_a_session_opens_the_pages_until_it_is_over(wall, on_sqlite):
    client, behind, _ = wall
    answer = await enter(client, on_sqlite)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/cases?page=2")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "Path=/console" in cookie
    assert "secure" not in cookie.lower()
    forged = {"X-Forwarded-Prefix": "//evil.example"}
    assert (await client.get("/console/cases", headers=forged)).text == "inside"
    assert "x-forwarded-prefix" not in behind.seen[0]
    on_sqlite.clock.advance(seconds=SESSION.total_seconds())
    assert (await client.get("/console/cases")).status_code == 303


async def test_strangers_keep_nobody_out_whose_browser_signed_in_before(wall, on_sqlite):
    client, _, _ = wall
    await enter(client, on_sqlite)
    assert "solvefirst_device" in client.cookies
    stranger = httpx.AsyncClient(transport=client._transport, base_url=OURS)
    for expected in (200,) * 5 + (429,):
        wrong = {"login": "wang", "password": "a guess"}
        answer = await stranger.post("/console/sign-in", data=wrong, headers={"Origin": OURS})
        assert answer.status_code == expected
    assert answer.headers["retry-after"] == "60"
    right = {"login": "wang", "password": PASSWORD}
    for caller, expected in ((stranger, 429), (client, 303)):
        answer = await caller.post("/console/sign-in", data=right, headers={"Origin": OURS})
        assert answer.status_code == expected


async def test_over_https_the_cookie_is_for_https_alone(wall, on_sqlite):
    client, _, _ = wall
    await enter(client, on_sqlite)
    answer = await client.post(
        "https://console.test/console/sign-in",
        data={"login": "wang", "password": PASSWORD},
        headers={"Origin": "https://console.test"},
    )
    assert "secure" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "origin", [None, "null", "https://evil.example", "https://console.test", OURS + ".evil.example"]
)
@pytest.mark.parametrize("path", ["sign-in", "sign-out", "cases"])
async def test_what_another_site_sends_is_refused(wall, on_sqlite, origin, path):
    client, behind, _ = wall
    await enter(client, on_sqlite)
    headers = {"Origin": origin} if origin else {}
    assert (await client.post(f"/console/{path}", headers=headers)).status_code == 403
    assert behind.seen == []
    assert (await client.get("/console/cases")).text == "inside"


async def test_a_further_origin_of_ours_is_heard(wall, on_sqlite):
    client, _, _ = wall
    await enter(client, on_sqlite)
    origin = {"Origin": "https://console.city.example"}
    answer = await client.post("/console/sign-out", headers=origin)
    assert answer.status_code == 303
    assert (await client.get("/console/cases")).status_code == 303


async def test_the_socket_cannot_be_had_by_polling(wall, on_sqlite):
    client, behind, _ = wall
    await enter(client, on_sqlite)
    polled = await client.get("/console/_nicegui_ws/socket.io/?EIO=4&transport=polling")
    assert polled.status_code == 403
    assert behind.seen == []


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example/", "https://evil.example/", "/console/../v1", "/v1", "", "/console/sign-out"],
)
async def test_signing_in_leads_nowhere_else(wall, on_sqlite, wanted):
    client, _, _ = wall
    await enter(client, on_sqlite)
    answer = await client.post(
        "/console/sign-in",
        data={"login": "wang", "password": PASSWORD, "next": wanted},
        headers={"Origin": OURS},
    )
    assert answer.headers["location"] == "/console/"


async def test_a_refusal_tells_no_more_than_it_must_and_repeats_no_markup(wall, on_sqlite):
    client, _, _ = wall
    await enter(client, on_sqlite)
    hostile = '"><script>alert(1)</script>'
    for login in (hostile, "wang"):
        answer = await client.post(
            "/console/sign-in?lang=en",
            data={"login": login, "password": "wrong", "next": hostile},
            headers={"Origin": OURS},
        )
        assert "User name or password is wrong" in answer.text
        assert "<script>alert" not in answer.text
        assert "set-cookie" in answer.headers  # of the language alone
        assert COOKIE not in answer.headers["set-cookie"]
    for _ in range(5):
        answer = await client.post(
            "/console/sign-in",
            data={"login": "wang", "password": "wrong"},
            headers={"Origin": OURS},
        )
    assert answer.status_code == 429


async def test_a_form_of_any_size_or_shape_is_survived(wall):
    client, _, _ = wall
    for body in (b"\xff" * 100, b"a=1&" * 2000, b"login=" + b"x" * 5000, b""):
        answer = await client.post(
            "/console/sign-in", content=body, headers={"Origin": OURS, "Cookie": 'a="b;\x01'}
        )
        assert answer.status_code == 200


async def test_a_file_is_shown_to_those_who_may_read_its_case_and_each_time_noted(wall, on_sqlite):
    client, _, context = wall
    kept = await keep(on_sqlite, photo("JPEG"))
    case = await on_sqlite.open(attachments=[kept.id])
    await enter(client, on_sqlite)
    shown = await client.get(f"/console/attachments/{kept.id}")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert shown.content.startswith(b"\xff\xd8")
    noted = await context.database.read(lambda tx: Audit(tx, on_sqlite.ids).of_case(case.number))
    assert [(item.actor_name, item.action) for item in noted] == [("王", ATTACHMENT_SHOWN)]
    assert (await client.get("/console/attachments/att_nothing")).status_code == 404


async def test_a_unit_gets_no_file_of_anothers_case(wall, on_sqlite):
    client, _, _ = wall
    kept = await keep(on_sqlite, photo("JPEG"))
    await on_sqlite.open(attachments=[kept.id])
    await enter(client, on_sqlite, Role.UNIT, "WORKS")
    assert (await client.get(f"/console/attachments/{kept.id}")).status_code == 404
