"""Use cases of subscribers to events and their deliveries."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from api.contract.signing import secret_of
from api.contract.webhooks import (
    Redeliver,
    Redelivered,
    Subscribe,
    SubscriberOut,
    SubscriberPage,
    WebhookDeliveryOut,
    WebhookDeliveryPage,
)
from api.errors import Forbidden
from api.people.rules.actor import Actor
from api.people.rules.permissions import Action, authorize
from api.services.desk import ServiceDesk
from api.store.events.events import DELIVERIES, AppendedEvent
from api.webhooks.rules import SubscriberNameTaken, SubscriberNotFound, UrlRefused, concerns
from api.webhooks.store.deliveries import Deliveries, add_deliveries
from api.webhooks.store.subscribers import Subscriber, Subscribers, active_filters
from kernel.database.transaction import Transaction

BOTH_SECRETS = timedelta(hours=24)
"""How long events are signed with the old secret too."""

_LISTED = 200


def enqueue(tx: Transaction, appended: Sequence[AppendedEvent]) -> bool:
    """Write a delivery of each new event for each active subscriber whose filter matches.

    It is a listener of events, in the transaction that appends them. Returns whether it wrote any.
    """
    filters = active_filters(tx)
    wanted = [
        (matching.id, event)
        for matching in filters
        for event in appended
        if concerns(event.news, matching.types, trusted=matching.trusted)
    ]
    add_deliveries(tx, wanted)
    return bool(wanted)


def wire_subscriber(tx: Transaction, desk: ServiceDesk, name: str, url: str, secret: str) -> None:
    """Subscribe one of our own processes at `url`, with a shared secret.

    Called at each start where a process is wired; an existing subscriber is updated. `local:/path`
    means this process itself.
    """
    subscribers, now = Subscribers(tx, desk.keyring), desk.clock.now()
    new = Subscriber(
        id=desk.ids.new("sub"),
        name=name,
        url=url,
        types=(),
        trusted=True,
        active=True,
        created_at=now,
        secrets=(secret,),
    )
    if subscribers.add(new):
        return
    present = subscribers.named(name, now)
    if present is not None and not present.trusted:
        raise SubscriberNameTaken(name=name)
    if present is not None and (present.url, present.secrets) != (url, (secret,)):
        subscribers.address(present.id, url, secret)


def subscribe(tx: Transaction, desk: ServiceDesk, actor: Actor, order: Subscribe) -> SubscriberOut:
    """Register a city's own system; only this answer has its secret.

    Raises:
        Forbidden: the actor is not an administrator.
        SubscriberNameTaken: another subscriber has that name.
        UrlRefused: the address is not allowed.
    """
    authorize(actor, Action.MANAGE_WEBHOOKS)
    url = str(order.url)
    if urlsplit(url).username is not None:
        raise UrlRefused(reason="credentials")
    new = Subscriber(
        id=desk.ids.new("sub"),
        name=order.name,
        url=url,
        types=order.types,
        trusted=False,
        active=True,
        created_at=desk.clock.now(),
        secrets=(_new_secret(desk),),
    )
    if not Subscribers(tx, desk.keyring).add(new):
        raise SubscriberNameTaken(name=order.name)
    return _view(new, secret=new.secrets[0])


def list_subscribers(tx: Transaction, desk: ServiceDesk, actor: Actor) -> SubscriberPage:
    """List all subscribers, with the numbers of waiting and dead deliveries."""
    authorize(actor, Action.MANAGE_WEBHOOKS)
    subscribers = Subscribers(tx, desk.keyring)
    counts = subscribers.counts()
    return SubscriberPage(
        items=tuple(
            _view(
                subscriber,
                pending=counts.get(subscriber.id, {}).get("pending", 0),
                dead=counts.get(subscriber.id, {}).get("dead", 0),
            )
            for subscriber in subscribers.all(desk.clock.now())
        )
    )


def rotate_secret(tx: Transaction, desk: ServiceDesk, actor: Actor, id_: str) -> SubscriberOut:
    """Rotate a subscriber's secret; for a day events are signed with both.

    Raises:
        SubscriberNotFound: there is none.
        Forbidden: it is one of our own, whose secret is derived from the service token.
    """
    present = _find(tx, desk, actor, id_)
    secret, until = _new_secret(desk), desk.clock.now() + BOTH_SECRETS
    Subscribers(tx, desk.keyring).rotate(present, secret, until)
    return _view(replace(present, old_secret_until=until), secret=secret)


def activate(
    tx: Transaction, desk: ServiceDesk, actor: Actor, id_: str, *, active: bool
) -> SubscriberOut:
    """Enable or disable a subscriber; pending deliveries wait meanwhile.

    Raises:
        SubscriberNotFound: there is none.
        Forbidden: it is one of our own.
    """
    present = _find(tx, desk, actor, id_)
    Subscribers(tx, desk.keyring).set_active(id_, active=active)
    desk.work(tx).ring(DELIVERIES)
    return _view(replace(present, active=active))


def redeliver(
    tx: Transaction, desk: ServiceDesk, actor: Actor, id_: str, order: Redeliver
) -> Redelivered:
    """Replay the deliveries of the named events, or all dead ones.

    Raises:
        SubscriberNotFound: there is none.
    """
    present = _find(tx, desk, actor, id_, own=True)
    deliveries = Deliveries(tx, desk.keyring)
    count = deliveries.again_from(present.id, order.events, desk.clock.now())
    desk.work(tx).ring(DELIVERIES)
    return Redelivered(count=count)


def list_deliveries(
    tx: Transaction, desk: ServiceDesk, actor: Actor, id_: str
) -> WebhookDeliveryPage:
    """List a subscriber's waiting and dead deliveries.

    Raises:
        SubscriberNotFound: there is none.
    """
    return _page(tx, desk, actor, id_, "pending", "dead")


def list_dead(tx: Transaction, desk: ServiceDesk, actor: Actor, id_: str) -> WebhookDeliveryPage:
    """List the dead letters of a subscriber.

    Raises:
        SubscriberNotFound: there is none.
    """
    return _page(tx, desk, actor, id_, "dead")


def _page(
    tx: Transaction, desk: ServiceDesk, actor: Actor, id_: str, *states: str
) -> WebhookDeliveryPage:
    present = _find(tx, desk, actor, id_, own=True)
    return WebhookDeliveryPage(
        items=tuple(
            WebhookDeliveryOut.model_validate(
                {
                    "event": delivery.event,
                    "type": delivery.type,
                    "order": delivery.order,
                    "seq": delivery.seq,
                    "state": delivery.state,
                    "attempts": delivery.attempts,
                    "due_at": delivery.due_at,
                    "error": delivery.error,
                }
            )
            for delivery in Deliveries(tx, desk.keyring).waiting(present.id, states, _LISTED)
        )
    )


def _find(
    tx: Transaction, desk: ServiceDesk, actor: Actor, id_: str, *, own: bool = False
) -> Subscriber:
    authorize(actor, Action.MANAGE_WEBHOOKS)
    found = Subscribers(tx, desk.keyring).get(id_, desk.clock.now(), to_change=not own)
    if found is None:
        raise SubscriberNotFound(subscriber=id_[:64])
    if found.trusted and not own:
        raise Forbidden(role=actor.role)
    return found


def _new_secret(desk: ServiceDesk) -> str:
    return secret_of(desk.ids.secret(32).encode())


def _view(
    subscriber: Subscriber, *, pending: int = 0, dead: int = 0, secret: str | None = None
) -> SubscriberOut:
    return SubscriberOut(
        id=subscriber.id,
        name=subscriber.name,
        url=subscriber.url,
        types=subscriber.types,
        active=subscriber.active,
        created_at=subscriber.created_at,
        old_secret_until=subscriber.old_secret_until,
        pending=pending,
        dead=dead,
        secret=secret,
    )
