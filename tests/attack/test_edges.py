"""Dates at the ends of the calendar, addresses inside addresses, forms of other sites, folders."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from case_service import CaseService, case_service
from citizens import ScriptedEngine, town
from fastapi import FastAPI

from api.console.view.dates import day
from api.errors import MonthInvalid
from api.jobs.outside import is_public
from api.people.rules.actor import Role
from api.routes.documentation import examples
from api.services.joint.review import _month
from kernel import json
from kernel.clock import SystemClock
from nlu.component import SolveFirstNLU
from solvefirst.nlu import models
from solvefirst.settings import Settings

DAYS = ("0001-01-01", "0001-01-02", "1899-12-31", "2200-01-01", "9999-12-30", "9999-12-31")
MOMENTS = (
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-12:00",
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(T.*)?")


@pytest.fixture
async def service(database_url, clock) -> AsyncIterator[CaseService]:
    async with case_service(database_url, clock) as running:
        yield running


def operations(app: FastAPI) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def has_date(schema: Any) -> bool:
    return '"date' in json.dumps(schema) and '"format"' in json.dumps(schema)


def with_moment(value: Any, moment: str) -> Any:
    """Put a moment wherever a date stands."""
    if isinstance(value, dict):
        return {key: with_moment(part, moment) for key, part in value.items()}
    if isinstance(value, list):
        return [with_moment(part, moment) for part in value]
    return moment if isinstance(value, str) and _DATE.fullmatch(value) else value


async def test_every_date_of_an_address_is_refused_at_the_ends_of_the_calendar(service):
    token, asked = await service.token(Role.SUPERVISOR), 0
    for method, path, operation in operations(service.app):
        days = [
            item["name"] for item in operation.get("parameters", ()) if has_date(item["schema"])
        ]
        if method != "GET" or not days:
            continue
        of = "exemplary"
        for edge in DAYS:
            for chosen in (days, *([item] for item in days)):
                query = "&".join(
                    f"{name}={edge if name in chosen else '2026-03-01'}" for name in days
                )
                url = f"{path.replace('{of}', of)}?{query}"
                reply = await service.raw("GET", url, token=token)
                assert reply.status == 422, url
                asked += 1
    assert asked >= 5 * len(DAYS)


async def test_every_moment_of_a_body_is_refused_at_the_ends_of_the_calendar(service):
    case, asked = await service.open(), 0
    tokens = [None, await service.token(Role.CLERK), await service.token(Role.UNIT, case.unit.code)]
    for method, path, operation in operations(service.app):
        example = examples().get(operation["operationId"], {}).get("request")
        if example is None or with_moment(example, "") == example:
            continue
        url = re.sub(r"\{number\}", quote(case.number), path)
        for moment in MOMENTS:
            body = json.dumps(with_moment(example, moment)).encode()
            for token in tokens:
                given = {} if token is None else {"token": token}
                reply = await service.raw(method, url, body, **given)
                assert reply.status in (403, 422), (method, url, moment)
                asked += 1
    assert asked >= 3 * len(MOMENTS)


@pytest.mark.parametrize("text", DAYS)
def test_a_day_on_the_address_of_a_page_is_none_at_the_ends_of_the_calendar(text):
    assert day(text) is None
    assert day("2026-03-02") is not None


@pytest.mark.parametrize("month", ["0001-01", "9999-12", "1899-12", "2200-01"])
def test_a_month_is_refused_at_the_ends_of_the_calendar(month):
    with pytest.raises(MonthInvalid):
        _month(month)


@pytest.mark.parametrize(
    "address",
    ["64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::8.8.8.8",
     "::127.0.0.1", "::10.0.0.1", "::8.8.8.8", "::", "::1", "::ffff:10.0.0.1",
     "2002:7f00:1::", "2001:0:5ef5:79fb::1", "fe80::1%eth0"],
)  # fmt: skip
def test_no_private_address_hides_inside_another(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "64:ff9b::8.8.8.8", "2606:4700::1111"])
def test_addresses_of_the_internet_are_still_posted_to(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", None]
)
async def test_the_rest_channel_takes_only_json_that_is_said_to_be_json(
    sqlite_url, clock, ids, kind
):
    async with town(sqlite_url, clock, ids) as place:
        app = FastAPI()
        app.include_router(place.bot(ScriptedEngine()).router)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as caller:
            said = b'{"sender": "a", "message": "hello"}'
            headers = {} if kind is None else {"Content-Type": kind}
            for path in ("/webhooks/rest/webhook", "/model/parse"):
                refused = await caller.post(path, content=said, headers=headers)
                assert (refused.status_code, refused.json()["code"]) == (415, "type_wrong")
            headers = {"Content-Type": "Application/JSON; charset=utf-8"}
            taken = await caller.post("/webhooks/rest/webhook", content=said, headers=headers)
            assert taken.status_code == 200


async def test_the_documentation_may_not_be_framed_and_runs_nothing_from_elsewhere(service):
    reply = await service.raw("GET", "/docs", token=None)
    assert reply.status == 200
    assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
    assert "default-src 'self'" in reply.headers["content-security-policy"]
    assert reply.headers["x-content-type-options"] == "nosniff"


async def test_the_model_of_the_project_is_found_from_any_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert SolveFirstNLU.load({"model": "nlu/model"}).parse("路灯坏了")["intent"]["name"]
    load = models.loaders(Settings(var=Path("var")), SystemClock())[models.COMPONENT]
    reading = await load({"model": "nlu/model"})("路灯坏了")
    assert reading["intent"]["name"]
