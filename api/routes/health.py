"""`/health`: is the process alive, and would it answer?"""

from fastapi import APIRouter
from sqlalchemy import select

from api.routes.answers import refusals
from api.routes.context import InContext
from api.store.tables import cases
from kernel.transaction import Transaction

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def live() -> dict[str, str]:
    """Tell that the process runs."""
    return {"status": "live"}


@router.get("/ready", responses={503: refusals()[503]})
async def ready(context: InContext) -> dict[str, str]:
    """Tell that the store answers and holds the tables; 503 when it does not."""
    await context.database.read(_look)
    return {"status": "ready"}


def _look(tx: Transaction) -> None:
    tx.execute(select(cases.c.number).limit(1)).first()
