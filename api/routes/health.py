"""`/health`: is the process alive, and would it answer?"""

from http import HTTPStatus

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from api.routes.answers import refusals
from api.routes.context import InContext
from api.routes.problems import problem
from api.store.tables import cases
from kernel.transaction import Transaction

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def live() -> dict[str, str]:
    """Tell that the process runs."""
    return {"status": "live"}


@router.get("/ready", response_model=dict[str, str], responses={503: refusals()[503]})
async def ready(context: InContext) -> Response:
    """Tell that the store answers and holds the tables; 503 when it does not."""
    try:
        await context.database.read(_look)
    except DBAPIError as error:
        reason = {"reason": type(error.orig).__name__}
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, "store_not_ready", reason)
    return JSONResponse({"status": "ready"})


def _look(tx: Transaction) -> None:
    tx.execute(select(cases.c.number).limit(1)).first()
