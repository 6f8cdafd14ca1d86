"""`/v1/webhooks`: who is told of events, and what is on its way to them."""

from fastapi import APIRouter, Response

from api.contract.webhooks import (
    Redeliver,
    Redelivered,
    Subscribe,
    SubscriberOut,
    SubscriberPage,
    WebhookDeliveryPage,
)
from api.routes.answers import answer, refusals
from api.routes.auth import Holder
from api.routes.context import InContext
from api.webhooks import service

router = APIRouter(prefix="/v1/webhooks", tags=["events"])

_ONE = refusals(403, 404, 422)


@router.post(
    "", status_code=201, response_model=SubscriberOut, responses=refusals(400, 403, 409, 413, 422)
)
async def subscribe(context: InContext, actor: Holder, order: Subscribe) -> Response:
    """Register a subscriber. The answer alone carries its secret.

    Events are posted to it as JSON, signed as Standard Webhooks says (`webhook-id`,
    `webhook-timestamp`, `webhook-signature`), in order for each case, for days until answered with
    2xx. An event may come again under its id. Its host must have public addresses only.
    """
    made = await context.database.run(service.subscribe, context.desk, actor, order)
    return answer(made, 201)


@router.get("", response_model=SubscriberPage, responses=refusals(403))
async def list_subscribers(context: InContext, actor: Holder) -> Response:
    """List all subscribers, and how many events wait for each or were given up."""
    return answer(await context.database.read(service.list_subscribers, context.desk, actor))


@router.post("/{subscriber}/rotate-secret", response_model=SubscriberOut, responses=_ONE)
async def rotate_secret(context: InContext, actor: Holder, subscriber: str) -> Response:
    """Give a subscriber a new secret; for a day the old one signs beside it."""
    return answer(
        await context.database.run(service.rotate_secret, context.desk, actor, subscriber)
    )


@router.post("/{subscriber}/disable", response_model=SubscriberOut, responses=_ONE)
async def disable_subscriber(context: InContext, actor: Holder, subscriber: str) -> Response:
    """Tell a subscriber no more. What is on its way waits until it is enabled."""
    return answer(
        await context.database.run(service.activate, context.desk, actor, subscriber, active=False)
    )


@router.post("/{subscriber}/enable", response_model=SubscriberOut, responses=_ONE)
async def enable_subscriber(context: InContext, actor: Holder, subscriber: str) -> Response:
    """Tell a subscriber again, from now on; what happened in between is not made up for."""
    return answer(
        await context.database.run(service.activate, context.desk, actor, subscriber, active=True)
    )


@router.post(
    "/{subscriber}/redeliver",
    response_model=Redelivered,
    responses=refusals(400, 403, 404, 413, 422),
)
async def redeliver(
    context: InContext, actor: Holder, subscriber: str, order: Redeliver
) -> Response:
    """Post again: the named events, or everything that was given up when none is named."""
    return answer(
        await context.database.run_long(service.redeliver, context.desk, actor, subscriber, order)
    )


@router.get("/{subscriber}/deliveries", response_model=WebhookDeliveryPage, responses=_ONE)
async def list_webhook_deliveries(context: InContext, actor: Holder, subscriber: str) -> Response:
    """List what waits for a subscriber and what was given up, oldest first."""
    return answer(
        await context.database.read(service.list_deliveries, context.desk, actor, subscriber)
    )
