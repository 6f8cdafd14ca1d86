"""The client, the same over ASGI in one process and over HTTP across processes."""

import socket
from collections.abc import AsyncIterator

import pytest
from case_service import TOKEN, CaseService, case_service, order, over_http
from patience import PATIENCE

from api.client import ApiClient, ApiProblem, ApiUnavailable
from api.contract import CaseOut
from api.people.rules.actor import Role
from api.transport import AsgiTransport, HttpResponse, HttpTransport, Transport, Unreachable
from kernel import json

SPEAKS = {"Contact-Point": "cnv_1"}


@pytest.fixture
async def service(sqlite_url, clock) -> AsyncIterator[CaseService]:
    async with case_service(sqlite_url, clock) as running:
        yield running


@pytest.fixture(params=["asgi", "http"])
async def transport(request, service) -> AsyncIterator[Transport]:
    if request.param == "asgi":
        yield AsgiTransport(service.app)
        return
    with over_http(service.app) as address:
        http = HttpTransport(address, timeout=PATIENCE)
        yield http
        await http.close()


@pytest.fixture
def client(transport) -> ApiClient:
    return ApiClient(transport, TOKEN, timeout=PATIENCE)


async def test_a_matter_goes_all_its_way(client):
    catalogue = await client.catalogue()
    category = catalogue.category("0201")
    assert category is not None
    assert category.names.in_language("en") == "Flagstones"
    point = await client.register_contact_point("cnv_1", "web", "en")
    assert point.language == "en"
    opened = await client.open_case(order(owed=["photo"]), idempotency_key="k")
    assert isinstance(opened, CaseOut)
    assert await client.open_case(order(owed=["photo"]), idempotency_key="k") == opened
    number = opened.number
    more = await client.add_remark(
        number, "cnv_1", "补充", details={"photo": "有"}, idempotency_key="r"
    )
    assert more.owed == ()
    assert (await client.urge(number, "cnv_1", "快点", idempotency_key="u")).urged == 1
    assert (await client.case(number, contact_point="cnv_1")).urged == 1
    page = await client.cases(contact_point="cnv_1", limit=1)
    assert [case.number for case in page.items] == [number]
    gone = await client.withdraw(number, "cnv_1", idempotency_key="w")
    assert gone.state == "withdrawn"
    history = await client.history(number, contact_point="cnv_1")
    assert [entry.move for entry in history.entries] == [
        "submit",
        "accept",
        "dispatch",
        "add_details",
        "urge",
        "withdraw",
    ]


async def test_what_staff_do_goes_the_same_way(transport, service):
    numbers = [(await service.open(key, category="9900")).number for key in "ab"]
    clerk = ApiClient(transport, await service.token(Role.CLERK), timeout=PATIENCE)
    assert (await clerk.accept(numbers[0], idempotency_key="a")).state == "accepted"
    assert (await clerk.accept(numbers[0], idempotency_key="a")).state == "accepted"
    assert (await clerk.dispatch(numbers[0], "WORKS")).state == "dispatched"
    assert (await clerk.reject(numbers[1], "court", "法院已立案")).exclusion == "court"


async def test_a_refusal_is_a_problem_with_its_code_and_parameters(client):
    with pytest.raises(ApiProblem) as refused:
        await client.case("工单 / 20260302?", contact_point="cnv_1")
    assert (refused.value.status, refused.value.code) == (404, "case_not_found")
    assert refused.value.params == {"number": "20260302"}
    assert "case_not_found" in str(refused.value)


async def test_a_number_is_found_as_a_citizen_types_it(client):
    number = (await client.open_case(order(), idempotency_key="k")).number
    wide = number.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    for typed in (wide, f" {number}。", f"（{number}）"):
        assert (await client.case(typed, contact_point="cnv_1")).number == number


async def test_a_path_reaches_the_app_decoded(transport):
    reply = await transport.send(
        "GET", "/v1/cases/%E5%B7%A5%20%00", {"Authorization": f"Bearer {TOKEN}"} | SPEAKS, None
    )
    assert json.loads(reply.body.decode())["params"] == {"number": "工 \x00"}


async def test_a_wrong_token_is_told(transport):
    with pytest.raises(ApiProblem) as refused:
        await ApiClient(transport, "wrong", timeout=PATIENCE).catalogue()
    assert (refused.value.status, refused.value.code) == (401, "unauthenticated")


async def test_the_transport_gives_status_headers_and_body(transport):
    reply = await transport.send("GET", "/openapi.json", {}, None)
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json"
    assert json.loads(reply.body.decode())["info"]["title"] == "SolveFirst case service"


async def test_the_catalogue_is_asked_for_by_its_tag_when_it_is_old(transport):
    asked: list[HttpResponse] = []

    class Watched:
        async def send(self, *request) -> HttpResponse:
            asked.append(await transport.send(*request))
            return asked[-1]

        async def close(self) -> None: ...

    young = ApiClient(Watched(), TOKEN, timeout=PATIENCE)
    assert await young.catalogue() is await young.catalogue()
    assert [reply.status for reply in asked] == [200]
    old = ApiClient(Watched(), TOKEN, timeout=PATIENCE, catalogue_age=0)
    first = await old.catalogue()
    assert await old.catalogue() is first
    assert [reply.status for reply in asked] == [200, 200, 304]
    assert asked[-1].body == b""


class Broken:
    """Fails as often as it is told to, then answers; counts."""

    def __init__(self, *answers: HttpResponse | Exception) -> None:
        self.answers = list(answers)
        self.calls = 0

    async def send(self, *_request) -> HttpResponse:
        self.calls += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None: ...


async def at_once(_seconds: float) -> None:
    return None


def problem(status: int, code: str) -> HttpResponse:
    body = {"type": "x", "title": "x", "status": status, "code": code}
    return HttpResponse(status, {}, json.dumps(body).encode())


PAGE = HttpResponse(200, {}, b'{"items": [], "next": null}')
CASE_GONE = problem(404, "case_not_found")


@pytest.mark.parametrize("hiccup", [Unreachable("reset"), problem(503, "store_unavailable")])
async def test_what_is_harmless_to_repeat_is_asked_again(hiccup):
    broken = Broken(hiccup, hiccup, PAGE)
    client = ApiClient(broken, TOKEN, pause=at_once)
    assert (await client.cases(contact_point="cnv_1")).items == ()
    assert broken.calls == 3


async def test_it_does_not_ask_for_ever():
    broken = Broken(Unreachable("reset"))
    with pytest.raises(ApiUnavailable, match="GET /v1/cases: reset"):
        await ApiClient(broken, TOKEN, pause=at_once).cases(contact_point="cnv_1")
    assert broken.calls == 3


async def test_a_move_without_a_key_is_sent_once():
    broken = Broken(Unreachable("reset"))
    with pytest.raises(ApiUnavailable):
        await ApiClient(broken, TOKEN, pause=at_once).accept("20260302-000001-5")
    assert broken.calls == 1


async def test_a_refusal_is_not_asked_again():
    broken = Broken(CASE_GONE)
    with pytest.raises(ApiProblem):
        await ApiClient(broken, TOKEN, pause=at_once).case("x", contact_point="cnv_1")
    assert broken.calls == 1


@pytest.mark.parametrize(
    "answer",
    [
        HttpResponse(502, {}, b"<html>Bad gateway</html>"),
        HttpResponse(404, {}, b"not found"),
        HttpResponse(200, {}, b"<html>Welcome</html>"),
        HttpResponse(200, {}, b'{"items": 5}'),
        problem(500, "internal_error"),
    ],
)
async def test_an_answer_that_is_not_ours_counts_as_none(answer):
    client = ApiClient(Broken(answer), TOKEN, pause=at_once)
    with pytest.raises(ApiUnavailable):
        await client.cases(contact_point="cnv_1")


async def test_silence_ends_with_the_time_limit():
    async def silent(_scope, receive, _send) -> None:
        await receive()
        await receive()

    client = ApiClient.over_asgi(silent, TOKEN, timeout=0.01)
    with pytest.raises(ApiUnavailable, match=r"no answer in 0\.01 s"):
        await client.open_case(order(), idempotency_key="k")


async def test_an_app_that_breaks_counts_as_unavailable():
    async def breaks(_scope, _receive, _send) -> None:
        raise ZeroDivisionError

    with pytest.raises(ApiUnavailable, match="ZeroDivisionError"):
        await ApiClient(AsgiTransport(breaks), TOKEN, pause=at_once).cases(contact_point="c")


async def test_nobody_listening_counts_as_unavailable():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    client = ApiClient.over_http(f"http://127.0.0.1:{port}", TOKEN)
    with pytest.raises(ApiUnavailable, match="ConnectError"):
        await client.open_case(order(), idempotency_key="k")
    await client.close()


async def test_an_answer_that_cannot_be_unpacked_counts_as_none():
    async def garbled(_scope, receive, send) -> None:
        await receive()
        headers = [(b"content-encoding", b"gzip"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"no gzip"})

    with over_http(garbled) as address:
        client = ApiClient.over_http(address, TOKEN)
        with pytest.raises(ApiUnavailable, match="DecodingError"):
            await client.cases(contact_point="c")
        await client.close()
