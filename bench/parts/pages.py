"""Compare two pages of the console on NiceGUI with pages of Jinja2 and htmx.

Each kind is served by its own process over the same cases and opened by a real Chromium.
"""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from api.console import guard
from bench.figures import table
from bench.frame import ROOT, Chapter, Run
from bench.page import Page as Chat
from bench.pages import app
from bench.servers import Server, served

CHROMIUM = "/usr/bin/chromium"
HTMX = "htmx.org@4.0.1"
SETTLE = 3.0
TYPED = "先记在这里，还没有写完"

_CONSOLE = ("queue", "case", "moves", "fields", "nodes", "drawing", "visit", "clocks", "frame")
"""Modules of the console that the two NiceGUI pages need, besides `pages`."""


@dataclass(slots=True)
class Figures:
    """Costs of one kind of page. Memory in MiB, time in seconds, sizes in kB."""

    lines: int = 0
    policy: str = ""
    first: float = 0.0
    loaded: float = 0.0
    page: float = 0.0
    left: float = 0.0
    idle: float = 0.0
    shown: float = 0.0
    cold: float = 0.0
    warm: float = 0.0
    look: float = 0.0
    back: float = 0.0
    typed: bool = False


def _lines(files: Sequence[Path]) -> int:
    return sum(1 for file in files for line in file.read_text().splitlines() if line.strip())


def scripts(folder: Path) -> Path:
    """Fetch htmx with npm.

    Raises:
        RuntimeError: there is no npm, or it has no such package.
    """
    if shutil.which("npm") is None:
        raise RuntimeError(f"npm fetches {HTMX} for this measurement: install Node.js")
    subprocess.run(["npm", "pack", "--silent", HTMX], cwd=folder, check=True, capture_output=True)
    subprocess.run(["tar", "xzf", next(folder.glob("*.tgz")).name], cwd=folder, check=True)
    dist = folder / "package" / "dist"
    shutil.copy(dist / "ext" / "hx-sse.min.js", dist)
    return dist


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start a browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        await browser.close()


async def signed_in(browser: Browser, base: str) -> BrowserContext:
    """Sign in as the demo city's clerk."""
    context = await browser.new_context(locale="zh-CN")
    page = await context.new_page()
    await page.goto(f"{base}/console/sign-in")
    await page.locator(".demo button").first.click()
    await page.locator("form .primary").click()
    await page.locator("table.queue tbody a").first.wait_for()
    await page.close()
    return context


@dataclass(slots=True)
class Wire:
    """Counts the bytes that a page receives."""

    received: int = 0

    @classmethod
    async def of(cls, page: Page) -> "Wire":
        """Count from now on."""
        wire, session = cls(), await page.context.new_cdp_session(page)
        await session.send("Network.enable")

        def data(event: dict[str, int]) -> None:
            wire.received += event.get("encodedDataLength") or event.get("dataLength", 0)

        def frame(event: dict[str, dict[str, str]]) -> None:
            wire.received += len(event["response"]["payloadData"].encode())

        session.on("Network.dataReceived", data)
        session.on("Network.webSocketFrameReceived", frame)
        return wire


async def opened(context: BrowserContext, address: str) -> Page:
    """Open the queue in a new page and wait for its first row."""
    page = await context.new_page()
    await page.goto(address)
    await page.locator("table.queue tbody a").first.wait_for()
    return page


async def measure_one(run: Run, browser: Browser, name: str, program: Sequence[str]) -> Figures:
    """Measure one kind of page."""
    figures, folder, many = Figures(), run.folder / name, run.size(30, quick=3)
    folder.mkdir()
    async with served(folder, program=program) as server:
        for _ in run.track(range(run.size(20, quick=2)), f"{name}: cases"):
            async with Chat.open(server.base) as chat:
                await chat.open_case()
        before, queue = server.resident(), f"{server.base}/console/cases"
        began = asyncio.get_running_loop().time()
        context = await signed_in(browser, server.base)
        figures.first = asyncio.get_running_loop().time() - began
        page = await opened(context, queue)
        await asyncio.sleep(SETTLE)
        one = server.resident()
        figures.loaded = one - before
        # Each in its own profile: a browser opens at most six connections to one host over
        # HTTP/1.1.
        state = await context.storage_state()
        others = [
            await browser.new_context(locale="zh-CN", storage_state=state) for _ in range(many)
        ]
        for other in run.track(others, f"{name}: pages"):
            await opened(other, queue)
        await asyncio.sleep(SETTLE)
        figures.page = (server.resident() - one) / many
        figures.idle = await busy(server, run.size(20, quick=5))
        used = server.processor_seconds()
        async with Chat.open(server.base) as chat:
            await chat.open_case()
        await asyncio.sleep(SETTLE)
        figures.shown = server.processor_seconds() - used
        for other in others:
            await other.close()
        await asyncio.sleep(run.size(20, quick=5))  # NiceGUI keeps a page for ten seconds
        figures.left = server.resident() - one
        await sizes(browser, server, figures)
        await page.close()
        port = str(server.port)
        watching = await opened(context, queue)
        typing = await context.new_page()
        first = await watching.locator("table.queue tbody a").first.get_attribute("href")
        await typing.goto(f"{server.base}{first}")
        field = typing.locator("details[open] textarea").first
        await field.fill(TYPED)
    async with served(folder, program=program, SOLVEFIRST_PORT=port) as server:
        async with Chat.open(server.base) as chat:
            number = await chat.open_case()
        began = asyncio.get_running_loop().time()
        await watching.get_by_text(number).wait_for(timeout=90_000)
        figures.back = asyncio.get_running_loop().time() - began
        figures.typed = await field.count() > 0 and await field.input_value() == TYPED
        await context.close()
    return figures


async def busy(server: Server, seconds: int) -> float:
    """Return the share of one core that the server uses."""
    used = server.processor_seconds()
    await asyncio.sleep(seconds)
    return (server.processor_seconds() - used) / seconds


async def sizes(browser: Browser, server: Server, figures: Figures) -> None:
    """Measure the size of a first visit, a visit with a warm cache, and a refresh."""
    context = await signed_in(browser, server.base)
    page = await context.new_page()
    wire = await Wire.of(page)
    session = await context.new_cdp_session(page)
    await session.send("Network.clearBrowserCache")
    await page.goto(f"{server.base}/console/cases")
    await asyncio.sleep(SETTLE)
    figures.cold = wire.received / 1000
    wire.received = 0
    await page.reload()
    await asyncio.sleep(SETTLE)
    figures.warm, wire.received = wire.received / 1000, 0
    async with Chat.open(server.base) as chat:
        await chat.open_case()
    await asyncio.sleep(SETTLE)
    figures.look = wire.received / 1000
    await context.close()


async def measure(run: Run) -> Chapter:
    """Measure both kinds of page, one after the other."""
    dist = scripts(run.folder)
    async with chromium() as browser:
        old = await measure_one(run, browser, "nicegui", ("-m", "solvefirst", "serve"))
        new = await measure_one(
            run, browser, "rendered", ("-m", "bench.pages.serve", str(dist), "serve")
        )
    console, pages = ROOT / "api" / "console", ROOT / "bench" / "pages"
    old.lines = _lines([console / f"{name}.py" for name in _CONSOLE])
    new.lines = _lines([*pages.glob("*.py"), *pages.glob("*/*.html"), *pages.glob("*/*.js")])
    old.policy, new.policy = guard.POLICY, app.POLICY
    rows = (
        ("lines that are not empty, both pages", f"{old.lines}", f"{new.lines}"),
        ("first page after a start, with signing in", f"{old.first:.1f} s", f"{new.first:.1f} s"),
        ("memory when the first page is open", f"{old.loaded:.1f} MiB", f"{new.loaded:.1f} MiB"),
        ("memory for each further page", f"{old.page:.2f} MiB", f"{new.page:.2f} MiB"),
        ("kept after they were closed", f"{old.left:.1f} MiB", f"{new.left:.1f} MiB"),
        ("idle, share of a core", f"{old.idle:.1%}", f"{new.idle:.1%}"),
        ("one new case shown on all, of a core", f"{old.shown:.2f} s", f"{new.shown:.2f} s"),
        ("received at a first visit", f"{old.cold:.0f} kB", f"{new.cold:.0f} kB"),
        ("received at a reload", f"{old.warm:.0f} kB", f"{new.warm:.0f} kB"),
        ("received after one new case", f"{old.look:.1f} kB", f"{new.look:.1f} kB"),
        ("shows a new case after a restart", f"{old.back:.1f} s", f"{new.back:.1f} s"),
        ("what was typed is still there then", _yes(old.typed), _yes(new.typed)),
        ("scripts", f"`{_part(old.policy)}`", f"`{_part(new.policy)}`"),
        ("styles", f"`{_part(old.policy, 'style')}`", f"`{_part(new.policy, 'style')}`"),
    )
    many = run.size(30, quick=3)
    about = (
        f"The queue and the page of a case over the same cases, {many} more queues open for"
        " memory and load. The lines of NiceGUI's pages are those of the modules "
        + ", ".join(f"`{name}`" for name in _CONSOLE)
        + ", which other pages use as well; those of the rendered ones include templates. Both use"
        f" `api.console.view`, the same stylesheet and `console.js`. {HTMX} is fetched by npm."
    )
    return Chapter(about, table(("", "NiceGUI", "rendered"), rows))


def _yes(held: bool) -> str:  # noqa: FBT001 - a word for a truth value
    return "yes" if held else "no"


def _part(policy: str, kind: str = "script") -> str:
    return next(
        part.strip() for part in policy.split(";") if part.strip().startswith(f"{kind}-src")
    )
