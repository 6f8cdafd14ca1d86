"""Measure a push from a unit's call to an open web chat."""

import asyncio
import itertools
import statistics
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from api.client import ApiClient
from bench.figures import percentile, table
from bench.frame import Bar, Chapter, Run
from bench.page import Page
from bench.servers import served
from bench.staff import unit_token

BREATH = 0.02
"""Seconds between two pushes."""


@dataclass(frozen=True, slots=True)
class Pushes:
    """Seconds from the unit's call, and from its answer, until the words are on the page."""

    from_call: list[float] = field(default_factory=list)
    from_answer: list[float] = field(default_factory=list)


async def tell(
    run: Run, unit: ApiClient, opened: Sequence[tuple[str, Page]], pushes: int
) -> Pushes:
    """Let a unit report progress for one case after another, while the pages are open."""
    found = Pushes()
    turns = zip(range(pushes), itertools.cycle(opened))
    for place, (number, page) in run.track(list(turns), "pushing to open pages"):
        note = f"第{place}次到现场：已更换灯具"
        shown = asyncio.create_task(page.shows(note))
        began = time.perf_counter()
        await unit.progress(number, note)
        answered = time.perf_counter()
        moment = await shown
        found.from_call.append(moment - began)
        found.from_answer.append(max(moment - answered, 0.0))
        await asyncio.sleep(BREATH)
    return found


async def measure(run: Run) -> Chapter:
    """Measure a push to an open page."""
    pages, pushes = run.size(10, quick=3), run.size(200, quick=20)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(served(run.folder))
        opened = []
        for _ in range(pages):
            page = await stack.enter_async_context(Page.open(server.base))
            opened.append((await page.open_case(), page))
        secret = await unit_token(server.base, run.folder / "var")
        unit = ApiClient.over_http(server.base, secret)
        stack.push_async_callback(unit.close)
        for number, _ in opened:
            await unit.sign_in(number)
        found = await tell(run, unit, opened, pushes)
    slow = percentile(found.from_call, 0.95)
    return Chapter(
        about=f"""
{pushes} words of progress by `POST /v1/cases/…/progress` to a served process (SQLite,
`synchronous=FULL`), through event, signed webhook and outbox to {pages} web chats that are open;
timed from before the call, so the commit is in it.""",
        body=table(
            ("", "median ms", "p95 ms", "longest ms"),
            (
                (
                    since,
                    f"{1000 * statistics.median(times):.0f}",
                    f"{1000 * percentile(times, 0.95):.0f}",
                    f"{1000 * max(times):.0f}",
                )
                for since, times in (
                    ("from the unit's call", found.from_call),
                    ("from the answer to it", found.from_answer),
                )
            ),
        ),
        bars=[Bar("to the open page, p95", f"{1000 * slow:.0f} ms", "< 200 ms", held=slow < 0.2)],
    )
