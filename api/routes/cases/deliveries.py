"""Serve `/v1/deliveries`: delivery results of events' messages."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.contract.events import DeliveriesTaken, DeliveryPage, DeliveryReports
from api.routes.answers import answer, refusals
from api.routes.auth import Holder
from api.routes.context import InContext
from api.services import events

router = APIRouter(prefix="/v1/deliveries", tags=["events"])


@router.post("", response_model=DeliveriesTaken, responses=refusals(400, 403, 413, 422))
async def report_deliveries(context: InContext, actor: Holder, order: DeliveryReports) -> Response:
    """Report the delivery result of events' messages: `sent`, `failed` (for now) or `dead`.

    The last report of an event counts. `dead` marks the contact point as unreachable, `sent` as
    reachable again.
    """
    taken = await context.database.run_long(events.report_deliveries, context.desk, actor, order)
    return answer(taken)


@router.get("", response_model=DeliveryPage, responses=refusals(403, 422))
async def list_failed_deliveries(
    context: InContext,
    actor: Holder,
    number: Annotated[str | None, Query(max_length=64, description="Of one case alone.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """List the failed and dead messages, newest first."""
    page = await context.database.read(
        events.failed_deliveries, context.desk, actor, limit=limit, number=number
    )
    return answer(page)
