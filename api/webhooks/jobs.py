"""Deliver events to subscribers: signed, in order, with retries for days.

All state is in the tables. A delivery is claimed in one short commit, posted, and marked in
another. A kill in between only causes a repetition with the same event id. The bell only makes it
faster: without it a poll every few seconds finds all deliveries.
"""

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from api.contract.events import Event
from api.contract.signing import sign
from api.jobs.outside import AddressRefused, Poster
from api.services.desk import ServiceDesk
from api.store.events.events import DELIVERIES
from api.transport import Unreachable
from api.webhooks.store.deliveries import ClaimedDelivery, Deliveries
from api.webhooks.store.subscribers import Subscribers
from kernel.bell.port import Bell
from kernel.database.database import Database
from kernel.database.transaction import Transaction
from kernel.logging import get_logger
from kernel.supervisor import Supervisor

POLL = timedelta(seconds=3)
"""Time between two polls."""

LEASE = timedelta(seconds=60)
"""Lease of a delivery, after which another process claims it; longer than a post."""

LONGEST_POST = 30.0
"""Longest time of a post in seconds: an endless one would occupy a place for ever."""

TRIED = timedelta(days=5)
"""How long a delivery is retried before it becomes a dead letter."""

AT_ONCE = 8
"""Most parallel posts to one subscriber, so that a slow one does not delay the others."""

POST = "webhook"
"""Name of the background tasks that post."""

_FINE = range(200, 300)
_GONE = 410

logger = get_logger(__name__)


class Webhooks:
    """Delivers the rows of `webhook_delivery` between `start` and `stop`.

    Args:
        database: the case service's store.
        desk: keys, clock and ids.
        bell: signals new deliveries of this or another process.
            poster: posts a body to a subscriber.
            supervisor: runs the loop and the posts.
            tried: how long a delivery is retried.
    """

    def __init__(
        self,
        database: Database,
        desk: ServiceDesk,
        bell: Bell,
        poster: Poster,
        supervisor: Supervisor,
        *,
        tried: timedelta = TRIED,
    ) -> None:
        self._database = database
        self._desk = desk
        self._clock = desk.clock
        self._bell = bell
        self._poster = poster
        self._tried = tried
        self._limit = LONGEST_POST
        self._owner = desk.ids.new("prc")
        self._running: Counter[str] = Counter()
        self._supervisor = supervisor
        self._loop = supervisor.loop(
            "webhooks", self._look, every=POLL.total_seconds(), bell=bell, topic=DELIVERIES
        )

    async def start(self) -> None:
        """Begin to deliver."""
        if self._database.dialect == "sqlite":
            # The file belongs to one process: the owners of all leases are dead.
            await self._database.run(_hand_back, self._desk, None)
        self._loop.start()

    async def stop(self) -> None:
        """Claim no more, wait a short time for running posts, hand back the rest."""
        await self._loop.stop()
        await self._supervisor.end(POST)
        with suppress(SQLAlchemyError):
            await self._database.run(_hand_back, self._desk, self._owner)

    async def deliver_due(self) -> int:
        """Claim and post all due deliveries; return the number of posts."""
        posts = 0
        while True:
            claimed, _ = await self._claim()
            if not claimed:
                return posts
            posts += len(claimed)
            await asyncio.gather(*(self._post(delivery) for delivery in claimed))

    async def _look(self) -> float:
        claimed, next_due = await self._claim()
        for delivery in claimed:
            self._running[delivery.subscriber.id] += 1
            self._supervisor.spawn(POST, self._post(delivery), ended=partial(self._ended, delivery))
        if next_due is None:
            return POLL.total_seconds()
        ahead = (next_due - self._clock.now()).total_seconds()
        # A due delivery that was not claimed waits behind a running post, whose end signals.
        return min(ahead, POLL.total_seconds()) if ahead > 0 else POLL.total_seconds()

    def _ended(self, delivery: ClaimedDelivery, error: BaseException | None) -> None:
        self._running[delivery.subscriber.id] -= 1
        if error is not None:
            # Its outcome could not be written: it is posted again when its lease has lapsed.
            logger.error("webhook_outcome_not_kept", event_id=delivery.event.id)
        self._bell.ring(DELIVERIES)

    async def _claim(self) -> tuple[list[ClaimedDelivery], datetime | None]:
        return await self._database.run(_claim, self._desk, self._owner, Counter(self._running))

    async def _post(self, delivery: ClaimedDelivery) -> None:
        event, subscriber = delivery.event, delivery.subscriber
        body = (
            Event(
                id=event.id,
                type=event.type,
                at=event.at,
                contact_point=event.contact_point,
                order=event.order,
                seq=event.seq,
                data=dict(event.data),
            )
            .model_dump_json()
            .encode()
        )
        headers = sign(event.id, self._clock.now(), body, subscriber.secrets)
        headers["content-type"] = "application/json"
        try:
            async with asyncio.timeout(self._limit):
                status = await self._poster.post(
                    subscriber.url, headers, body, trusted=subscriber.trusted
                )
        except (Unreachable, AddressRefused) as failure:
            error = str(failure) or type(failure).__name__
        except Exception as failure:
            # It counts as a failed attempt; otherwise it would be repeated for ever.
            logger.exception("webhook_post_broken", event_id=event.id)
            error = type(failure).__name__
        else:
            if status in _FINE:
                await self._database.run(_delivered, self._desk, delivery)
                return
            error = f"status {status}"
        await self._failed(delivery, error, for_good=error == f"status {_GONE}")

    async def _failed(self, delivery: ClaimedDelivery, error: str, *, for_good: bool) -> None:
        over = for_good or self._clock.now() - delivery.created_at >= self._tried
        again = await self._database.run(_failed, self._desk, delivery, error, over=over)
        fields = {
            "event_id": delivery.event.id,
            "subscriber": delivery.subscriber.name,
            "attempt": delivery.lease.attempt,
            "error": error,
        }
        if again:
            logger.warning("webhook_will_be_retried", **fields)
        elif again is not None:
            logger.error("webhook_dead", **fields)


def _claim(
    tx: Transaction, desk: ServiceDesk, owner: str, busy: Counter[str]
) -> tuple[list[ClaimedDelivery], datetime | None]:
    deliveries, now = Deliveries(tx, desk.keyring), desk.clock.now()
    next_due = deliveries.next_due()
    if next_due is None or next_due > now:
        return [], next_due
    claim = partial(deliveries.claim, owner=owner, now=now, until=now + LEASE)
    claimed = [
        delivery
        for subscriber in Subscribers(tx, desk.keyring).all(now)
        if subscriber.active and busy[subscriber.id] < AT_ONCE
        for delivery in claim(subscriber, room=AT_ONCE - busy[subscriber.id])
    ]
    return claimed, deliveries.next_due()


def _delivered(tx: Transaction, desk: ServiceDesk, delivery: ClaimedDelivery) -> None:
    Deliveries(tx, desk.keyring).delivered(delivery, desk.clock.now())


def _failed(
    tx: Transaction, desk: ServiceDesk, delivery: ClaimedDelivery, error: str, *, over: bool
) -> bool | None:
    return Deliveries(tx, desk.keyring).failed(delivery, desk.clock.now(), error, over=over)


def _hand_back(tx: Transaction, desk: ServiceDesk, owner: str | None) -> None:
    Deliveries(tx, desk.keyring).hand_back(owner, desk.clock.now())
