"""Store deliveries of events to subscribers: claims, retries, dead letters."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Update,
    literal_column,
    select,
    true,
    update,
)

from api.store.events.events import AppendedEvent, StoredEvent, happening
from api.store.events.tables import event
from api.webhooks.store.subscribers import Subscriber
from api.webhooks.tables import webhook_delivery, webhook_subscriber
from kernel import leases
from kernel.backoff import Backoff
from kernel.database.transaction import Transaction
from kernel.leases import DeadLetter, LeaseQueue, RowLease
from kernel.privacy.crypto import Keyring

BACKOFF = Backoff(first=2.0, longest=3600.0, jitter=0.0)
"""Waits between two attempts of a delivery."""


_ADD = webhook_delivery.insert()


_d = webhook_delivery.c


QUEUE = LeaseQueue(
    name="webhooks",
    table=webhook_delivery,
    key=(_d.subscriber, _d.event),
    due=_d.due_at,
    owner=_d.owner,
    pending=lambda c: c.state == literal_column("'pending'"),
    fence=_d.fence,
    attempts=_d.attempts,
    error=_d.error,
    dead=_d.dead_at,
    line=(_d.subscriber, _d.order_key),
    place=(_d.seq,),
)


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery that this process makes now."""

    subscriber: Subscriber
    event: StoredEvent
    lease: RowLease
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PendingDelivery:
    """A delivery for the console."""

    event: str
    type: str
    order: str
    seq: int
    state: str
    attempts: int
    due_at: datetime
    error: str | None


def add_deliveries(tx: Transaction, wanted: Sequence[tuple[str, AppendedEvent]]) -> None:
    """Add pending deliveries of events to subscribers."""
    if not wanted:
        return
    tx.execute(
        _ADD,
        [
            {
                "subscriber": subscriber,
                "event": appended.id,
                "order_key": appended.news.order,
                "seq": appended.seq,
                "state": "pending",
                "attempts": 0,
                "created_at": appended.news.at,
                "due_at": appended.news.at,
            }
            for subscriber, appended in wanted
        ],
    )


class Deliveries:
    """The deliveries of one transaction."""

    def __init__(self, tx: Transaction, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring

    def claim(
        self, subscriber: Subscriber, owner: str, now: datetime, until: datetime, room: int
    ) -> list[ClaimedDelivery]:
        """Claim up to `room` due deliveries, each the first of its order."""
        leased = leases.claim(
            self._tx,
            QUEUE,
            _d.subscriber == subscriber.id,
            owner=owner,
            now=now,
            until=until,
            limit=room,
            columns=(_d.event, _d.created_at),
            order=(_d.due_at, _d.event),
        )
        if not leased:
            return []
        ids = [lease.values["event"] for lease in leased]
        rows = self._tx.execute(select(event).where(event.c.id.in_(ids))).mappings()
        events = {row["id"]: happening(row, self._keyring) for row in rows}
        return [
            ClaimedDelivery(
                subscriber, events[lease.values["event"]], lease, lease.values["created_at"]
            )
            for lease in leased
        ]

    def delivered(self, delivery: ClaimedDelivery, now: datetime) -> None:
        """Mark a delivery as done; the next one of its order follows."""
        values = {_d.state: "delivered", _d.done_at: now, _d.error: None}
        if leases.finish(self._tx, QUEUE, delivery.lease, values):
            self._let_on(delivery, now)

    def failed(
        self, delivery: ClaimedDelivery, now: datetime, error: str, *, over: bool
    ) -> bool | None:
        """Retry a delivery later, or make it a dead letter when its time is over.

        Deliveries behind it get its due time, so that polls do not read them; behind a dead letter
        they continue. Returns whether it will be retried; `None` when the lease is lost.
        """
        attempt = delivery.lease.attempt
        again = leases.retry(
            self._tx,
            QUEUE,
            delivery.lease,
            now=now,
            error=error,
            backoff=BACKOFF,
            # The attempts are limited by time, not by number.
            attempts=attempt if over else attempt + 1,
            last={_d.state: "dead", _d.done_at: now},
        )
        if again:
            self._tx.execute(self._behind(delivery).values(due_at=now + BACKOFF.wait(attempt)))
        elif again is not None:
            self._let_on(delivery, now)
        return again

    def _let_on(self, delivery: ClaimedDelivery, now: datetime) -> None:
        if delivery.lease.attempt > 1:  # otherwise no delivery was deferred
            self._tx.execute(self._behind(delivery).values(due_at=now))

    @staticmethod
    def _behind(delivery: ClaimedDelivery) -> Update:
        return webhook_delivery.update().where(
            webhook_delivery.c.subscriber == delivery.subscriber.id,
            webhook_delivery.c.order_key == delivery.event.order,
            webhook_delivery.c.seq > delivery.event.seq,
            webhook_delivery.c.state == "pending",
            webhook_delivery.c.owner.is_(None),
        )

    def hand_back(self, owner: str | None, now: datetime) -> None:
        """Let the leases of `owner` lapse; with None all leases, if this is the only process."""
        held = true() if owner is None else _d.owner == owner
        leases.release(self._tx, QUEUE, held, now=now)

    def next_due(self) -> datetime | None:
        """Return when the first pending delivery of an active subscriber is due."""
        active = select(webhook_subscriber.c.id).where(webhook_subscriber.c.active)
        return leases.next_due(self._tx, QUEUE, _d.subscriber.in_(active))

    def again_from(self, subscriber: str, events: Collection[str], now: datetime) -> int:
        """Replay the named deliveries (also delivered ones), or all dead ones."""
        over = webhook_delivery.c.state.in_(["delivered", "dead"] if events else ["dead"])
        named = webhook_delivery.c.event.in_(list(events)) if events else true()
        return self._tx.execute(
            update(webhook_delivery)
            .where(webhook_delivery.c.subscriber == subscriber, over, named)
            .values({_d.due_at: now, _d.attempts: 0, _d.dead_at: None, **_pending_from(now)})
        ).rowcount

    def waiting(
        self, subscriber: str, states: Sequence[str], limit: int
    ) -> Sequence[PendingDelivery]:
        """List the deliveries in one of these states, oldest first."""
        rows = self._tx.execute(
            select(webhook_delivery, event.c.type)
            .join(event, event.c.id == webhook_delivery.c.event)
            .where(
                webhook_delivery.c.subscriber == subscriber,
                webhook_delivery.c.state.in_(states),
            )
            .order_by(webhook_delivery.c.event)
            .limit(limit)
        ).mappings()
        return [
            PendingDelivery(
                event=row["event"],
                type=row["type"],
                order=row["order_key"],
                seq=row["seq"],
                state=row["state"],
                attempts=row["attempts"],
                due_at=row["due_at"],
                error=row["error"],
            )
            for row in rows
        ]


def dead_letters(tx: Transaction, limit: int) -> list[DeadLetter]:
    """List dead deliveries, newest first."""
    return leases.dead_letters(tx, QUEUE, limit)


def replay(tx: Transaction, key: Sequence[str], now: datetime) -> bool:
    """Replay a dead delivery (subscriber, event); false when there is none."""
    return leases.replay(tx, QUEUE, key, now, values=_pending_from(now))


def _pending_from(now: datetime) -> dict[Column[Any], Any]:
    # The days of retrying are counted again.
    return {_d.state: "pending", _d.created_at: now, _d.done_at: None}
