"""A real Chromium, a served citizen's side with a scripted engine, and a whole served city."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import uvicorn
from citizens import ScriptedEngine, Town, town
from console_pages import SOON
from fastapi import FastAPI
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from bench.servers import Server, free_port
from bot.running import Bot
from kernel.clock import SystemClock
from kernel.ids import RandomIds

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    # Each page would have a process of its own, and drawing another.
    "--renderer-process-limit=1",
    "--in-process-gpu",
]

expect.set_options(timeout=SOON)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The system's Chromium, one for all tests; skipped loudly where there is none.

    A test that uses it runs in the session's loop: `pytest.mark.asyncio(loop_scope="session")`.
    """
    if not CHROMIUM.exists():  # noqa: ASYNC240 - once, before anything runs
        pytest.skip(f"no Chromium at {CHROMIUM}: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@dataclass
class Served:
    """A server that can be stopped and started again on the same port and data."""

    url: str
    engine: ScriptedEngine
    place: Town
    port: int
    bot: Bot | None = None
    _server: uvicorn.Server | None = None
    _task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.bot = self.place.bot(self.engine)
        app = FastAPI()
        app.include_router(self.bot.router)
        await self.bot.start()
        self._server = uvicorn.Server(
            uvicorn.Config(
                app, port=self.port, log_level="error", ws="websockets-sansio", lifespan="off"
            )
        )
        self._task = asyncio.create_task(self._server.serve())
        while not self._server.started:  # noqa: ASYNC110 - uvicorn tells of it in no other way
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        if self._server is None or self._task is None or self.bot is None:
            return
        await self.bot.stop()
        self._server.should_exit = True
        self._server.force_exit = True
        with suppress(asyncio.CancelledError):
            await self._task
        self._server = None


@pytest_asyncio.fixture(loop_scope="session")
async def served(sqlite_url) -> AsyncIterator[Served]:
    port = free_port()
    async with town(sqlite_url, SystemClock(), RandomIds()) as place:
        server = Served(f"http://127.0.0.1:{port}/", ScriptedEngine(), place, port)
        await server.start()
        yield server
        await server.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of a city as `make run` serves it, without a slash; one for all tests.

    Demo mode asks for ratings at once instead of the next day.
    """
    folder, port = tmp_path_factory.mktemp("city"), free_port()
    log = folder / "server.log"
    server = await Server.start(
        ("-m", "solvefirst", "serve"),
        port,
        ready="/health/ready",
        env={
            "SOLVEFIRST_PORT": str(port),
            "SOLVEFIRST_VAR": str(folder / "var"),
            "SOLVEFIRST_DEMO": "1",
            "SOLVEFIRST_LOG_LEVEL": "warning",
        },
        log=log,
    )
    yield f"http://127.0.0.1:{port}"
    assert server.stop() == 0, log.read_text()


@asynccontextmanager
async def visit(
    browser: Browser, url: str, *, refused: int | None = None, **kw: Any
) -> AsyncIterator[Page]:
    """Open a page of its own context; anything that its script complains of fails the test.

    `refused`: the status of refusals that are meant; the browser complains of any.
    """
    context: BrowserContext = await browser.new_context(
        **{
            "locale": "zh-CN",
            "viewport": {"width": 1280, "height": 800},
            # What fades in is looked at when it has: half way its colours are too pale for anyone.
            "reduced_motion": "reduce",
        }
        | kw
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text)
            # The browser itself tells of a line that is down.
            if message.type == "error"
            and "net::ERR" not in message.text
            and not (refused and f"status of {refused}" in message.text)
            else None
        ),
    )
    await page.goto(url)
    try:
        yield page
        assert complaints == []
    finally:
        await context.close()


@pytest.fixture
def opened(browser, served):
    """Opens the chat: `async with opened(...) as page`."""

    def opened(**kw: Any):
        return visit(browser, kw.pop("url", served.url), **kw)

    return opened


@pytest.fixture
def visiting(browser):
    """Opens any address: `async with visiting(url, ...) as page`."""
    return partial(visit, browser)


@pytest.fixture
def picture(request: pytest.FixtureRequest):
    """Keeps a picture of a page for the documents, when `--pictures` names a folder."""

    async def keep(page: Page, name: str) -> None:
        if folder := request.config.getoption("--pictures"):
            await page.wait_for_timeout(400)  # the last bubble comes to rest
            await page.screenshot(path=folder / f"{name}.png")

    return keep
