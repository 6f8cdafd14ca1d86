"""`solvefirst doctor` asks the processes that run how they and their loops fare."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from bench.servers import free_port
from kernel.clock import ManualClock
from kernel.supervisor import Supervisor
from solvefirst.doctor.finding import Finding, FindingLevel
from solvefirst.doctor.fleet import look_at_parts, look_at_service
from solvefirst.http import health
from solvefirst.settings import Settings


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[int]:
    """Serve an application on a port of its own."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical"))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it by a flag alone
        await asyncio.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = True
        await running


async def asked(settings: Settings) -> dict[str, Finding]:
    found = await asyncio.to_thread(lambda: list(look_at_service(settings)))
    return {item.subject: item for item in found}


async def broken() -> None:
    raise OSError("the password is hunter2")


async def fine() -> bool:
    return True


async def away() -> bool:
    return False


@pytest.fixture
async def supervisor(clock: ManualClock) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(clock, random=lambda: 0.0)
    yield supervisor
    await supervisor.stop(0)


async def test_a_loop_that_fails_is_told_with_its_kind_of_error_alone(supervisor: Supervisor):
    loop = supervisor.loop("surveys", broken, every=60)
    loop.start()
    await asyncio.sleep(0)
    app = FastAPI()
    app.include_router(health.router({"store": fine}, supervisor))
    async with served(app) as port:
        found = await asked(Settings(host="0.0.0.0", port=port))
    assert found["service"].verdict is FindingLevel.FINE
    failing = found["service, loop surveys"]
    assert failing.verdict is FindingLevel.WRONG
    assert "failed 1 times in a row since 20" in failing.seen
    assert failing.seen.endswith("OSError")
    assert "hunter2" not in failing.seen
    assert failing.advice is not None
    assert "loop=surveys" in failing.advice


async def test_readiness_tells_how_often_a_loop_was_restarted_also_when_it_does_well_again(
    supervisor: Supervisor, clock: ManualClock
):
    errors: list[Exception] = [OSError("away")]

    async def step() -> None:
        if errors:
            raise errors.pop()

    supervisor.loop("surveys", step, every=60).start()
    for _ in range(2):
        for _ in range(20):
            await asyncio.sleep(0)
        clock.advance(seconds=60)
    app = FastAPI()
    app.include_router(health.router({"store": fine}, supervisor))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://localhost") as client:
        document = (await client.get("/health/ready")).json()["loops"]["surveys"]
    assert (document["restarts"], document.get("failing_since")) == (1, None)


async def test_a_part_that_is_away_is_named(supervisor: Supervisor):
    app = FastAPI()
    app.include_router(health.router({"store": fine, "engine": away}, supervisor))
    async with served(app) as port:
        found = await asked(Settings(port=port))
        parts = await asyncio.to_thread(
            lambda: list(look_at_parts(Settings(bot_url=f"http://127.0.0.1:{port}"), None))
        )
    assert found["service"].verdict is FindingLevel.WRONG
    assert found["service"].seen.endswith("is not ready: engine")
    assert [part.verdict for part in parts if part.subject == "citizen's side"] == [
        FindingLevel.WRONG
    ]


async def test_that_nothing_runs_is_said_and_is_no_fault():
    found = await asked(Settings(port=free_port()))
    assert found["service"].verdict is FindingLevel.FINE
    assert found["service"].seen.startswith("nothing runs at http://127.0.0.1:")


async def test_somebody_elses_service_on_the_port_is_told():
    async with served(FastAPI()) as port:
        found = await asked(Settings(port=port))
    assert found["service"].verdict is FindingLevel.MIND
    assert "no process of ours (404)" in found["service"].seen
