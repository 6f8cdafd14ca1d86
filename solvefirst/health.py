"""`/health` of a process, whichever parts it runs: alive, and would it answer?"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import select, text
from structlog import get_logger

from kernel.database import Database, Transaction
from kernel.supervisor import LoopState, Supervisor

Check = Callable[[], Awaitable[bool]]
"""Tells whether one thing that the process stands on would work now."""

logger = get_logger(__name__)


def router(checks: Mapping[str, Check], supervisor: Supervisor) -> APIRouter:
    """Make the two routes; ready is 503 as long as one check fails, and names it.

    Each loop of the process is listed with its phase and, while it fails, since when.
    """
    health = APIRouter(prefix="/health", tags=["health"])

    @health.get("/live")
    async def live() -> dict[str, str]:
        """Tell that the process runs."""
        return {"status": "live"}

    @health.get("/ready", response_model=None)
    async def ready() -> JSONResponse:
        """Tell whether a message sent now would be answered, part by part."""
        found = {name: await check() for name, check in checks.items()}
        good = all(found.values())
        parts = {name: "ready" if fine else "away" for name, fine in found.items()}
        loops = {loop.name: _loop(loop) for loop in supervisor.loops}
        content = {"status": "ready" if good else "away", "parts": parts, "loops": loops}
        return JSONResponse(content, 200 if good else 503)

    return health


def _loop(loop: LoopState) -> dict[str, object]:
    """Show a loop to anyone: its error is for the log alone."""
    since = loop.failing_since
    found: dict[str, object] = {"phase": loop.phase}
    if loop.last_success is not None:
        found["last_success"] = loop.last_success.isoformat()
    if since is not None:
        found |= {"failures": loop.failures, "failing_since": since.isoformat()}
    return found


def store_check(
    database: Database, table: str, *, seconds: float = 2.0, fresh: float = 3.0
) -> Check:
    """Make the check that a store holds its tables and commits a write within `seconds`.

    An outcome is given again for `fresh` seconds, so that being asked often costs no commits.
    """

    def look(tx: Transaction) -> None:
        tx.execute(select(text("1")).select_from(text(table)).limit(1)).first()
        _write(tx)

    async def probe() -> bool:
        try:
            async with asyncio.timeout(seconds):
                await database.run(look)
        except Exception as error:  # noqa: BLE001 - whatever it is, the store cannot write
            logger.warning("store_not_ready", table=table, reason=type(error).__name__)
            return False
        return True

    one_at_a_time = asyncio.Lock()
    good, until = False, -math.inf

    async def check() -> bool:
        nonlocal good, until
        loop = asyncio.get_running_loop()
        async with one_at_a_time:
            if loop.time() >= until:
                good = await probe()
                until = loop.time() + fresh
        return good

    return check


def _write(tx: Transaction) -> None:
    """Write what leaves nothing behind but reaches the disk at the commit.

    On SQLite a table of some pages shows that the file may grow, and is undone; the header's
    `user_version`, which nothing reads, makes the commit a real one. On PostgreSQL it is a
    message in the write-ahead log.
    """
    if tx.dialect == "postgresql":
        tx.execute(text("SELECT pg_logical_emit_message(true, 'solvefirst', 'ready?')"))
        return
    tx.execute(text("SAVEPOINT growth"))
    try:
        tx.execute(text("CREATE TABLE growth AS SELECT zeroblob(16384) AS body"))
    finally:
        tx.execute(text("ROLLBACK TO growth"))
        tx.execute(text("RELEASE growth"))
    version = tx.scalar(text("PRAGMA user_version")) or 0
    tx.execute(text(f"PRAGMA user_version={(version + 1) % 2**31}"))
