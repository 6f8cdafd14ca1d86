"""Measure messages between a citizen's open web chat and a leader's desk, in both directions.

To the desk: from the page's frame to the line that the desk reads; it polls every few milliseconds.
Back: from before the leader's call to the frame on the page.
"""

import asyncio
import statistics
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from api.catalogue.store.loading import load_catalogue, shipped_catalogue
from bench.figures import percentile, table
from bench.frame import Bar, Chapter, Run
from bench.page import Page
from bench.servers import served
from bench.staff import token

LOOK_SECONDS = 0.003


@dataclass(frozen=True, slots=True)
class Desk:
    """The leader's API calls."""

    http: httpx.AsyncClient

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """Make a call; return the answer.

        Raises:
            RuntimeError: it was refused.
        """
        answer = await self.http.request(method, f"/v1/live/{path}", json=body)
        if answer.is_error:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    async def announce(self) -> str:
        """Open a session for an hour; return its id."""
        now = datetime.now(UTC)
        both = {"zh": "测", "en": "Bench"}
        session = await self.call(
            "POST",
            "sessions",
            {
                "name": "Bench",
                "title": both,
                "scope": both,
                "unit": next(iter(load_catalogue(shipped_catalogue()).units)),
                "opens_at": now.isoformat(),
                "closes_at": (now + timedelta(hours=1)).isoformat(),
            },
        )
        return str(session["id"])

    async def claim(self, session: str) -> Any:
        """Wait for a waiting citizen; take the talk."""
        while True:
            for item in (await self.call("GET", f"sessions/{session}/talks"))["waiting"]:
                return await self.call("POST", f"talks/{item['id']}/claim")
            await asyncio.sleep(LOOK_SECONDS)

    async def reads(self, talk: str, after: int, words: str) -> int:
        """Poll until the words are there; return the number of their line."""
        while True:
            lines = (await self.call("GET", f"talks/{talk}?after={after}"))["lines"]
            for line in lines:
                if line["text"] == words:
                    return int(line["seq"])
            await asyncio.sleep(LOOK_SECONDS)


@dataclass(frozen=True, slots=True)
class Talk:
    """Seconds of each line to the desk and to the page."""

    there: list[float] = field(default_factory=list)
    back: list[float] = field(default_factory=list)


async def talk(run: Run, desk: Desk, page: Page, lines: int) -> Talk:
    """Let citizen and leader send `lines` each, in turn."""
    session = await desk.announce()
    await page.say("我想找值班领导")
    mine = await desk.claim(session)
    found, seen = Talk(), 0
    for line in run.track(range(lines), "talking"):
        began = time.perf_counter()
        await page.say(f"第{line}句")
        seen = await desk.reads(mine["id"], seen, f"第{line}句")
        found.there.append(time.perf_counter() - began)
        began = time.perf_counter()
        order = {"text": f"答{line}。", "fence": mine["fence"]}
        await desk.call("POST", f"talks/{mine['id']}/say", order)
        found.back.append(await page.shows(f"答{line}。") - began)
    return found


async def measure(run: Run) -> Chapter:
    """Measure messages to a leader on duty and back."""
    lines = run.size(50, quick=10)  # a citizen's limit is 60
    async with served(run.folder) as server:
        bearer = {"Authorization": f"Bearer {await token(run.folder / 'var', 'leader')}"}
        async with (
            httpx.AsyncClient(base_url=server.base, headers=bearer) as http,
            Page.open(server.base) as page,
        ):
            found = await talk(run, Desk(http), page, lines)
    ways = (("citizen to desk", found.there), ("desk to citizen", found.back))
    return Chapter(
        about=f"""
{lines} lines each way between an open web chat and the desk, one after the other, one served
process, SQLite with `synchronous=FULL`; the desk looks every {1000 * LOOK_SECONDS:.0f} ms over the
API.""",
        body=table(
            ("", "median ms", "p95 ms", "longest ms"),
            (
                (
                    way,
                    f"{1000 * statistics.median(times):.0f}",
                    f"{1000 * percentile(times, 0.95):.0f}",
                    f"{1000 * max(times):.0f}",
                )
                for way, times in ways
            ),
        ),
        bars=[
            Bar(
                f"{way}, p95",
                f"{1000 * percentile(times, 0.95):.0f} ms",
                "< 300 ms",
                held=percentile(times, 0.95) < 0.3,
            )
            for way, times in ways
        ],
    )
