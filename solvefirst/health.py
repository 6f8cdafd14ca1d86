"""`/health` of a process, whichever parts it runs: alive, and would it answer?"""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from kernel.database import Database, Transaction

Check = Callable[[], Awaitable[bool]]
"""Tells whether one thing that the process stands on would work now."""


def router(checks: Mapping[str, Check]) -> APIRouter:
    """Make the two routes; ready is 503 as long as one check fails, and names it."""
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
        content = {"status": "ready" if good else "away", "parts": parts}
        return JSONResponse(content, 200 if good else 503)

    return health


def store_check(database: Database, table: str) -> Check:
    """Make the check that a store answers and holds its tables."""

    def look(tx: Transaction) -> None:
        tx.execute(select(text("1")).select_from(text(table)).limit(1)).first()

    async def check() -> bool:
        try:
            await database.read(look)
        except SQLAlchemyError:
            return False
        return True

    return check
