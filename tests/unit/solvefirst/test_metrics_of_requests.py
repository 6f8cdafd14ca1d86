"""Requests are timed by the template of their route, method and class of status."""

import httpx
import pytest
from fastapi import APIRouter, FastAPI, WebSocket
from prometheus_client import CollectorRegistry
from scraping import Scraped
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from wire import Line

from solvefirst.metrics.endpoint import written
from solvefirst.metrics.requests import METHODS, UNMATCHED, RequestTimes

NAME = "solvefirst_http_request_duration_seconds"
PHONE = "13800138000"


async def answer(_):
    return PlainTextResponse("yes")


def web_app() -> FastAPI:
    app, router = FastAPI(), APIRouter(prefix="/v1")

    @router.get("/cases/{number}")
    async def case(number: int) -> int:
        return number

    @router.post("/broken")
    async def broken() -> None:
        raise RuntimeError(PHONE)

    @router.websocket("/socket")
    async def socket(line: WebSocket) -> None:
        await line.accept()

    app.include_router(router)
    inner = Starlette(
        routes=[
            Route("/pages/{name}", answer),
            Route("/_nicegui/3.18.0/static/{key}", answer),
            Mount("/static", PlainTextResponse("yes")),
        ]
    )
    app.router.routes += [Route("/console", answer), Mount("/console", inner)]
    return app


class Timed:
    """A web app whose requests are timed."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        app = web_app()
        self.app = RequestTimes(app, self.registry, app.router.routes)

    async def ask(self, method: str, path: str) -> None:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            await http.request(method, path)

    def counted(self) -> dict[tuple[str, str, str], int]:
        text = written(self.registry, ()).decode()
        assert PHONE not in text
        return {
            (labels["method"], labels["route"], labels["status"]): int(value)
            for labels, value in Scraped(text).labelled(f"{NAME}_count")
        }


@pytest.fixture
def timed() -> Timed:
    return Timed()


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", f"/v1/cases/{PHONE}", "/v1/cases/{number}", "2xx"),
        ("GET", f"/v1/cases/x{PHONE}", "/v1/cases/{number}", "4xx"),
        ("PUT", f"/v1/cases/{PHONE}", "/v1/cases/{number}", "4xx"),
        ("POST", "/v1/broken", "/v1/broken", "5xx"),
        ("GET", f"/{PHONE}", UNMATCHED, "4xx"),
        ("GET", f"/console?{PHONE}", "/console", "2xx"),
        ("GET", f"/console/pages/{PHONE}", "/console/pages/{name}", "2xx"),
        ("GET", f"/console/static/{PHONE}", "/console/static", "2xx"),
        ("GET", f"/console/{PHONE}", "/console", "4xx"),
        ("GET", f"/console/_nicegui/3.18.0/static/{PHONE}", "/console/_nicegui", "2xx"),
    ],
)
async def test_a_request_is_counted_under_the_template_of_its_route(
    timed: Timed, method, path, route, status
):
    await timed.ask(method, path)
    assert timed.counted() == {(method, route, status): 1}


async def test_methods_that_nobody_serves_are_counted_as_one(timed: Timed):
    for method in (f"X{PHONE}", "PROPFIND", "GETT"):
        assert method not in METHODS
        await timed.ask(method, "/v1/broken")
    assert timed.counted() == {("other", "/v1/broken", "4xx"): 3}


async def test_a_request_lasts_until_its_answer_is_sent(timed: Timed, monkeypatch):
    moments = iter([10.0, 10.3])
    monkeypatch.setattr("solvefirst.metrics.requests.perf_counter", lambda: next(moments))
    await timed.ask("GET", "/v1/cases/1")
    metrics = Scraped(written(timed.registry, ()).decode())
    buckets = {labels["le"]: value for labels, value in metrics.labelled(f"{NAME}_bucket")}
    assert (buckets["0.1"], buckets["0.5"], buckets["+Inf"]) == (0, 1, 1)
    assert metrics.value(f"{NAME}_sum") == pytest.approx(0.3)


async def test_a_socket_is_no_request(timed: Timed):
    line = Line(timed.app, "/v1/socket", {"host": "localhost"})
    await line.accepted()
    await line.close()
    assert timed.counted() == {}
