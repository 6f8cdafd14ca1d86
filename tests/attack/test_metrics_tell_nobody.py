"""What stands in `/metrics` is about nobody: no words of citizens, no number, no path that came."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from scraping import TOKEN, Scraped, bearer
from stores import copied

from solvefirst.metrics.requests import METHODS, UNMATCHED
from solvefirst.serve import served
from solvefirst.settings import Settings
from solvefirst.wiring.assembly import Process, assemble

NAME = "欧阳慕雪"
PHONE = "13912345678"
PLACE = "建邺区江东中路12号"
SENDER = "zq-citizen-77-qz"
STRANGER = "zq-stranger-88-qz"
WORDS = (f"{PLACE}门口的路灯坏了，晚上一片漆黑", f"我叫{NAME}，电话{PHONE}", "确认")
CASE_NUMBER = re.compile(r"\d{8}-\d{6}-\d")
LABEL = re.compile(r"[A-Za-z0-9_{}:/.+-]{0,80}")


@asynccontextmanager
async def product(settings: Settings, only: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """The served product, or a part of it, behind its door."""
    process: Process = assemble(settings, only)
    transport = httpx.ASGITransport(served(process, only))
    async with (
        process.running(),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as http,
    ):
        yield http


@pytest.fixture
def settings(tmp_path: Path, migrated_file: Path) -> Settings:
    var = tmp_path / "var"
    var.mkdir()
    copied(migrated_file, var / "solvefirst.db")
    return Settings(
        _env_file=None,
        var=var,
        demo=True,
        metrics_token=TOKEN,
        bot_url="http://bot.test",
        api_url="http://api.test",
        service_token="a token of the city's own processes",
    )


async def say(http: httpx.AsyncClient, words: str) -> str:
    said = {"sender": SENDER, "message": words}
    answer = await http.post("/webhooks/rest/webhook", json=said)
    assert answer.status_code == 200
    return answer.text


async def file_a_case(http: httpx.AsyncClient) -> str:
    """Have a citizen file a case with name, telephone and place; give its number."""
    answer = "".join([await say(http, words) for words in WORDS])
    for _ in range(6):
        if (found := CASE_NUMBER.search(answer)) is not None:
            return found[0]
        answer = await say(http, "确认")
    raise AssertionError(answer)


async def test_a_citizen_a_case_and_a_stranger_leave_no_trace_in_the_metrics(settings):
    async with product(settings) as http:
        number = await file_a_case(http)
        for path in (
            f"/v1/cases/{number}",
            f"/v1/cases/{STRANGER}?phone={PHONE}",
            f"/{STRANGER}/{PHONE}",
            f"/console/cases/{number}",
            f"/console/{STRANGER}",
            f"/console/static/{STRANGER}",
            f"/docs/assets/{STRANGER}",
            f"/chat/files/{STRANGER}",
            f"/exports/{STRANGER}",
        ):
            await http.get(path)
            await http.request("PROPFIND", path)
        await http.get("/", headers={"Host": f"{STRANGER}.example", "User-Agent": STRANGER})
        answer = await http.get("/metrics", headers=bearer())
        metrics = Scraped(answer.text)
    for mark in (NAME, PHONE, PLACE, SENDER, STRANGER, number, *WORDS[:2], TOKEN):
        assert mark not in answer.text
    asked = [
        labels for labels, _ in metrics.labelled("solvefirst_http_request_duration_seconds_count")
    ]
    assert ("POST", "/webhooks/rest/webhook") in {(item["method"], item["route"]) for item in asked}
    assert "/v1/cases/{number}" in {item["route"] for item in asked}
    assert {item["method"] for item in asked} <= METHODS | {"other"}
    assert {item["route"] for item in asked if item["status"] == "4xx"} >= {
        UNMATCHED,
        "/console/static",
    }
    values = [
        text
        for family in metrics.families
        for sample in family.samples
        for text in sample.labels.values()
    ]
    assert len(values) > 300
    assert [text for text in values if not LABEL.fullmatch(text)] == []
    assert metrics.value("solvefirst_store_up", store="bot") == 1
    assert metrics.value("solvefirst_queue_rows", queue="inbox", state="due") == 0
    assert metrics.value("solvefirst_loop_failures", loop="turns") == 0


async def test_without_a_token_there_are_no_metrics_whatever_is_shown(settings):
    off = settings.model_copy(update={"metrics_token": None})
    async with product(off) as http:
        for headers in ({}, bearer(), bearer(""), bearer("None")):
            answer = await http.get("/metrics", headers=headers)
            assert answer.status_code == 404
            assert "solvefirst_" not in answer.text


@pytest.mark.parametrize(
    ("only", "stores", "loop"),
    [
        ("api", {"api"}, None),
        ("bot", {"bot"}, "turns"),
        ("jobs", {"bot", "api"}, "clocks"),
    ],
)
async def test_each_part_tells_of_its_loops_and_of_the_stores_that_it_stands_on(
    settings, only, stores, loop
):
    async with product(settings, only) as http:
        assert (await http.get("/metrics")).status_code == 401
        metrics = Scraped((await http.get("/metrics", headers=bearer())).text)
    up = {labels["store"]: value for labels, value in metrics.labelled("solvefirst_store_up")}
    assert up == dict.fromkeys(stores, 1)
    loops = {labels["loop"] for labels, _ in metrics.labelled("solvefirst_loop_failures")}
    assert loop is None or loop in loops
