"""Measure opening cases over the API: one at a time, and in parallel, on each database."""

import asyncio
import time
from pathlib import Path
from typing import Any

from bench.figures import percentile, table
from bench.frame import Chapter, Run
from bench.http import Connection
from bench.postgres import postgres
from bench.servers import SERVICE, Server, served

CALLERS = 16


def order(serial: int) -> dict[str, Any]:
    """Make a matter of a new citizen that is routed to a street at once."""
    return {
        "contact_point": f"cnv_{serial}",
        "channel": "web",
        "kind": "complaint",
        "category": "0301",
        "happened": "单元门禁坏了半个月，晚上谁都能进，物业说在等配件。",
        "place": {"text": "夫子庙东牌楼12号", "district": "320104", "street": "320104002"},
        "demand": "先换把锁，再说配件的事",
        "contact": {"mode": "named", "name": "王小河", "phone": "13800001234"},
    }


async def open_some(server: Server, serials: list[int]) -> list[float]:
    """Open cases one by one over one connection; return the milliseconds of each."""
    took = []
    async with Connection("127.0.0.1", server.port) as connection:
        for serial in serials:
            began = time.perf_counter()
            status, _ = await connection.post(
                "/v1/cases",
                order(serial),
                {"Authorization": f"Bearer {SERVICE}", "Idempotency-Key": f"bench-{serial}"},
            )
            took.append(1000 * (time.perf_counter() - began))
            if status != 201:
                raise RuntimeError(f"opening a case was answered with {status}")
    return took


async def on(run: Run, name: str, folder: Path, **settings: str) -> tuple[str, ...]:
    """Measure on one database; return a line of the table."""
    folder.mkdir()
    alone, together = run.size(500, quick=50), run.size(4000, quick=320)
    async with served(folder, **settings) as server:
        await open_some(server, list(range(50)))
        one = await open_some(server, list(range(1000, 1000 + alone)))
        serials = list(range(10_000, 10_000 + together))
        began = time.perf_counter()
        many = await asyncio.gather(
            *(open_some(server, serials[caller::CALLERS]) for caller in range(CALLERS))
        )
        rate = together / (time.perf_counter() - began)
    busy = [took for part in many for took in part]
    return (
        name,
        f"{percentile(one, 0.5):.1f}",
        f"{percentile(one, 0.99):.1f}",
        f"{rate:.0f}",
        f"{percentile(busy, 0.5):.1f}",
        f"{percentile(busy, 0.99):.1f}",
    )


async def measure(run: Run) -> Chapter:
    """Measure opening on SQLite and on PostgreSQL."""
    rows = [await on(run, "SQLite, synchronous=FULL", run.folder / "sqlite")]
    with postgres() as url:
        rows.append(
            await on(run, "PostgreSQL", run.folder / "postgres", SOLVEFIRST_DATABASE_URL=url)
        )
    return Chapter(
        about="""
`POST /v1/cases` with an idempotency key, each of a citizen of its own, accepted and sent to its
street at once; one served process; from the request's first byte to the answer's last.""",
        body=table(
            (
                "database",
                "alone p50, ms",
                "alone p99, ms",
                f"cases/s, {CALLERS} callers",
                "p50, ms",
                "p99, ms",
            ),
            rows,
        ),
    )
