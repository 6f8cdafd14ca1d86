"""Serve `/v1/webhooks`: subscribers to events, and their deliveries."""

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
    """Register a subscriber. Only this answer has its secret.

    Events are posted to it as JSON, signed by Standard Webhooks (`webhook-id`, `webhook-timestamp`,
    `webhook-signature`), in order for each case, and retried for days until the answer is 2xx. An
    event may be repeated with its id. The host must have only public addresses.
    """
    made = await context.database.run(service.subscribe, context.desk, actor, order)
    return answer(made, 201)


@router.get("", response_model=SubscriberPage, responses=refusals(403))
async def list_subscribers(context: InContext, actor: Holder) -> Response:
    """List all subscribers, with the numbers of their waiting and dead deliveries."""
    return answer(await context.database.read(service.list_subscribers, context.desk, actor))


@router.post("/{subscriber}/rotate-secret", response_model=SubscriberOut, responses=_ONE)
async def rotate_secret(context: InContext, actor: Holder, subscriber: str) -> Response:
    """Rotate a subscriber's secret; for a day events are signed with both."""
    return answer(
        await context.database.run(service.rotate_secret, context.desk, actor, subscriber)
    )


@router.post("/{subscriber}/disable", response_model=SubscriberOut, responses=_ONE)
async def disable_subscriber(context: InContext, actor: Holder, subscriber: str) -> Response:
    """Disable a subscriber. Its pending deliveries wait until it is enabled."""
    return answer(
        await context.database.run(service.activate, context.desk, actor, subscriber, active=False)
    )


@router.post("/{subscriber}/enable", response_model=SubscriberOut, responses=_ONE)
async def enable_subscriber(context: InContext, actor: Holder, subscriber: str) -> Response:
    """Enable a subscriber for new events; events in between are not sent."""
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
    """Replay the named events, or all dead letters if none is named."""
    return answer(
        await context.database.run_long(service.redeliver, context.desk, actor, subscriber, order)
    )


@router.get("/{subscriber}/deliveries", response_model=WebhookDeliveryPage, responses=_ONE)
async def list_webhook_deliveries(context: InContext, actor: Holder, subscriber: str) -> Response:
    """List a subscriber's waiting and dead deliveries, oldest first."""
    return answer(
        await context.database.read(service.list_deliveries, context.desk, actor, subscriber)
    )
