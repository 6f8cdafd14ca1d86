"""`/metrics`: who may read it, and what it tells of loops, tasks and a store that is away."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Counter
from pydantic import ValidationError
from scraping import TOKEN, Scraped, bearer

from kernel.backoff import Backoff
from kernel.clock import ManualClock
from kernel.supervisor import Supervisor, TryAgain
from solvefirst.metrics import endpoint
from solvefirst.settings import Settings


class Away:
    """A store that answers nothing, or hangs."""

    def __init__(self) -> None:
        self.hangs = False

    async def read(self, *_: object) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        raise OSError("the disk of 13800138000 is gone")


class Process:
    """A process with `/metrics` and nothing else."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.supervisor = Supervisor(clock, random=lambda: 0.0)
        self.registry = CollectorRegistry()
        self.store = Away()
        self.app = FastAPI()
        self.app.router.routes += endpoint.router(
            TOKEN,
            registry=self.registry,
            supervisor=self.supervisor,
            stores={"bot": self.store},
            clock=clock,
        ).routes
        transport = httpx.ASGITransport(self.app)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://localhost")

    async def scrape(self) -> Scraped:
        answer = await self.http.get("/metrics", headers=bearer())
        assert answer.status_code == 200
        return Scraped(answer.text)


@pytest.fixture
async def process(clock: ManualClock) -> AsyncIterator[Process]:
    process = Process(clock)
    yield process
    await process.supervisor.stop(0)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        bearer(""),
        bearer("another token"),
        bearer(TOKEN[:-1]),
        bearer(f"{TOKEN}s"),
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": TOKEN},
        [(b"Authorization", "Bearer 令牌".encode())],
    ],
)
async def test_without_the_token_nothing_is_told(process: Process, headers):
    answer = await process.http.get("/metrics", headers=headers)
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_token_in_the_address_is_none_as_addresses_are_logged(process: Process):
    assert (await process.http.get("/metrics", params={"token": TOKEN})).status_code == 401


async def test_the_answer_is_the_text_format_of_prometheus(process: Process):
    answer = await process.http.get("/metrics", headers=bearer())
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = Scraped(answer.text).families
    assert len(families) == len({family.name for family in families}) > 5
    assert all(family.documentation for family in families)


@pytest.mark.parametrize("token", ["", "short"])
def test_a_token_that_can_be_guessed_is_refused_at_the_start(token: str):
    with pytest.raises(ValidationError, match="metrics_token"):
        Settings(_env_file=None, metrics_token=token)


async def test_a_loop_that_does_well_is_told_with_the_age_of_its_last_step(process: Process):
    async def step() -> None:
        pass

    process.supervisor.loop("turns", step, every=60).start()
    metrics = await process.scrape()
    assert metrics.value("solvefirst_loop_phase", loop="turns", phase="stopped") == 1
    assert metrics.value("solvefirst_loop_last_success_age_seconds", loop="turns") is None
    await settle()
    process.clock.advance(seconds=30)
    metrics = await process.scrape()
    phases = {
        labels["phase"]: value
        for labels, value in metrics.labelled("solvefirst_loop_phase")
        if labels["loop"] == "turns"
    }
    assert phases == {"waiting": 1, "running": 0, "failing": 0, "stopped": 0}
    assert metrics.value("solvefirst_loop_last_success_age_seconds", loop="turns") == 30
    assert metrics.value("solvefirst_loop_failing_seconds", loop="turns") == 0
    assert metrics.value("solvefirst_loop_restarts_total", loop="turns") == 0


async def test_a_loop_that_fails_is_told_with_how_often_and_how_long(process: Process):
    trouble = True

    async def step() -> None:
        if trouble:
            raise TryAgain("a line to 13800138000 is down")

    backoff = Backoff(first=10, factor=1, longest=10, jitter=0)
    process.supervisor.loop("reports", step, every=60, backoff=backoff).start()
    await settle()
    for _ in range(2):
        process.clock.advance(seconds=10)
        await settle()
    process.clock.advance(seconds=5)
    metrics = await process.scrape()
    assert metrics.value("solvefirst_loop_phase", loop="reports", phase="failing") == 1
    assert metrics.value("solvefirst_loop_failures", loop="reports") == 3
    assert metrics.value("solvefirst_loop_restarts_total", loop="reports") == 3
    assert metrics.value("solvefirst_loop_failing_seconds", loop="reports") == 25
    trouble = False
    process.clock.advance(seconds=5)
    await settle()
    metrics = await process.scrape()
    assert metrics.value("solvefirst_loop_failures", loop="reports") == 0
    assert metrics.value("solvefirst_loop_failing_seconds", loop="reports") == 0
    assert metrics.value("solvefirst_loop_restarts_total", loop="reports") == 3


async def test_background_tasks_are_counted_by_name(process: Process):
    async def breaks() -> None:
        raise ValueError("13800138000")

    process.supervisor.spawn("turn", breaks())
    process.supervisor.spawn("turn", asyncio.Event().wait())
    await settle()
    metrics = await process.scrape()
    assert metrics.value("solvefirst_background_tasks", task="turn") == 1
    assert metrics.value("solvefirst_background_task_failures_total", task="turn") == 1


@pytest.mark.parametrize("hangs", [False, True])
async def test_a_store_that_is_away_takes_only_its_own_metrics_along(
    process: Process, hangs, monkeypatch
):
    monkeypatch.setattr("solvefirst.metrics.queues.PATIENCE", 0.01)
    process.store.hangs = hangs
    process.supervisor.loop("turns", settle, every=60)
    answer = await process.http.get("/metrics", headers=bearer())
    metrics = Scraped(answer.text)
    assert metrics.value("solvefirst_store_up", store="bot") == 0
    assert metrics.labelled("solvefirst_dead_letters") == []
    assert metrics.value("solvefirst_loop_failures", loop="turns") == 0
    assert "13800138000" not in answer.text


async def test_processes_beside_each_other_count_on_their_own(clock: ManualClock):
    counted = []
    for times in (1, 2):
        process = Process(clock)
        counter = Counter("answers", "Answers.", registry=process.registry)
        counter.inc(times)
        text = (await process.http.get("/metrics", headers=bearer())).text
        counted.append(Scraped(text).value("answers_total"))
        assert "answers_created" not in text
    assert counted == [1, 2]
