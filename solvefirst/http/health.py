"""Serve `/health` of a process: whether it is alive, and whether it is ready."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlalchemy import select, text
from structlog import get_logger

from kernel.database.database import Database, Transaction
from kernel.supervisor import LoopState, Phase, Supervisor

Check = Callable[[], Awaitable[bool]]
"""Returns whether one dependency of the process works now."""

logger = get_logger(__name__)


class Liveness(BaseModel):
    """Answer of `/health/live`: the process runs."""

    status: Literal["live"] = "live"


class LoopOut(BaseModel):
    """One loop of the process: its phase, its last success, and since when it fails.

    `restarts` counts its failures since the process started, also those that it recovered from.
    `error` is the kind of its last failure; its text is only in the log.
    """

    phase: Phase
    restarts: int = 0
    last_success: datetime | None = None
    failures: int | None = None
    failing_since: datetime | None = None
    error: str | None = None


class Readiness(BaseModel):
    """Whether a message sent now would be answered: in total, by part, and the loops."""

    status: Literal["ready", "away"]
    parts: dict[str, Literal["ready", "away"]]
    loops: dict[str, LoopOut] = {}


def router(checks: Mapping[str, Check], supervisor: Supervisor) -> APIRouter:
    """Make the two routes; ready is 503 while a check fails, and names the check.

    It lists each loop of the process with its phase and, while it fails, since when.
    """
    health = APIRouter(prefix="/health", tags=["health"])

    @health.get("/live", operation_id="live")
    async def live() -> Liveness:
        """Answer that the process runs."""
        return Liveness()

    @health.get(
        "/ready",
        operation_id="ready",
        response_model=Readiness,
        responses={503: {"description": "A part is away.", "model": Readiness}},
    )
    async def ready() -> Response:
        """Answer whether a message sent now would be answered, part by part."""
        found = {name: await check() for name, check in checks.items()}
        good = all(found.values())
        readiness = Readiness(
            status="ready" if good else "away",
            parts={name: "ready" if fine else "away" for name, fine in found.items()},
            loops={loop.name: _loop(loop) for loop in supervisor.loops},
        )
        content = readiness.model_dump_json(exclude_none=True)
        return Response(content, 200 if good else 503, media_type="application/json")

    return health


def _loop(loop: LoopState) -> LoopOut:
    """Describe a loop for the public: of its error only the kind."""
    since = loop.failing_since
    error = loop.last_error if since is not None else None
    return LoopOut(
        phase=loop.phase,
        restarts=loop.restarts,
        last_success=loop.last_success,
        failures=loop.failures if since is not None else None,
        failing_since=since,
        error=error.partition(":")[0] if error is not None else None,
    )


def store_check(
    database: Database, table: str, *, seconds: float = 2.0, fresh: float = 3.0
) -> Check:
    """Make the check that a store has its tables and commits a write within `seconds`.

    A result is cached for `fresh` seconds, so that frequent requests cause no commits.
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
    """Make a write that leaves no data but reaches the disk at the commit.

    On SQLite a table of several pages shows that the file can grow, and is rolled back; setting the
    unused `user_version` makes the commit a real one. On PostgreSQL it is a message in the
    write-ahead log.
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
