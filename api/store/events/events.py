"""Repository of events, written in the transaction of their cause."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, bindparam, func, select

from api.contract.events import CaseNews, SurveyNews
from api.contract.live import TalkNews
from api.domain.cases.events import NewEvent
from api.people.tables import contact_point
from api.statements import insert_or_keep
from api.store.events.tables import (
    delivery_report,
    event,
    reachability,
)
from kernel import json
from kernel.database.transaction import Transaction
from kernel.ids import Ids
from kernel.privacy.crypto import Keyring

DELIVERIES = "webhooks"
"""Bell topic of the delivery loop."""

_ADD = event.insert()
_LAST = select(func.max(event.c.seq)).where(event.c.order_key == bindparam("of_order"))
_LAST_OF_EACH = (
    select(event.c.order_key, func.max(event.c.seq).label("last"))
    .where(event.c.order_key.in_(bindparam("of_orders", expanding=True)))
    .group_by(event.c.order_key)
)
_FAILED = ("failed", "dead")
_LEFT = {
    "case": CaseNews.model_fields.keys() - {"note"},
    "survey": SurveyNews.model_fields.keys() - {"answer"},
    "live": TalkNews.model_fields.keys() - {"text", "number", "access_code"},
}
"""Fields of an event's data that stay after an erasure, by the first part of its type. Words, and
links from a talk to a case, are not included. Unknown fields are removed."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A stored event."""

    id: str
    type: str
    at: datetime
    contact_point: str
    order: str
    seq: int
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LastReport:
    """The last delivery result of an event's message."""

    event: str
    type: str
    order: str
    contact_point: str
    outcome: str
    reason: str | None
    reports: int
    at: datetime


@dataclass(frozen=True, slots=True)
class AppendedEvent:
    """An event that was appended in this transaction."""

    id: str
    seq: int
    news: NewEvent


Listener = Callable[[Transaction, Sequence[AppendedEvent]], bool]
"""Receives new events in the transaction that appends them.

It returns whether the delivery loop must run after the commit.
"""


class Events:
    """The events of one transaction.

    Args:
        tx: the transaction.
        keyring: encrypts their data.
            ids: makes their ids.
            listeners: receive each batch of new events, in order.
            ring: signals the delivery loop after the commit.
    """

    def __init__(
        self,
        tx: Transaction,
        keyring: Keyring,
        ids: Ids,
        listeners: Sequence[Listener] = (),
        ring: Callable[[str], None] = lambda _topic: None,
    ) -> None:
        self._tx = tx
        self._keyring = keyring
        self._ids = ids
        self._listeners = listeners
        self._ring = ring

    def emit(self, *news: NewEvent, first: bool = False) -> None:
        """Append events, and call the listeners with them.

        The caller must lock the subject of each `order`, so that every event gets its own `seq`.
        `first` skips the query for earlier events when there cannot be any.
        """
        if not news:
            return
        last = {} if first else self._last({item.order for item in news})
        written = []
        for item in news:
            seq = last[item.order] = last.get(item.order, 0) + 1
            written.append(AppendedEvent(self._ids.new("evt"), seq, item))
        self._tx.execute(
            _ADD,
            [
                {
                    "id": appended.id,
                    "type": appended.news.type,
                    "at": appended.news.at,
                    "contact_point": appended.news.contact_point,
                    "order_key": appended.news.order,
                    "seq": appended.seq,
                    "data_sealed": self._keyring.encrypt(
                        json.dumps(appended.news.data).encode(), context=f"event:{appended.id}"
                    ),
                }
                for appended in written
            ],
        )
        # Every listener is called, independent of the results of the others.
        due = [listener(self._tx, written) for listener in self._listeners]
        if any(due):
            self._tx.after_commit(lambda: self._ring(DELIVERIES))

    def _last(self, orders: Collection[str]) -> dict[str, int]:
        if len(orders) == 1:
            (order,) = orders
            return {order: self._tx.scalar(_LAST, {"of_order": order}) or 0}
        found = self._tx.execute(_LAST_OF_EACH, {"of_orders": sorted(orders)})
        return {row.order_key: row.last for row in found}

    def of(self, order: str) -> list[StoredEvent]:
        """List the events of one order, oldest first."""
        rows = self._tx.execute(
            select(event).where(event.c.order_key == order).order_by(event.c.seq)
        ).mappings()
        return [happening(row, self._keyring) for row in rows]

    def scrub(self, order: str, contact_point: str) -> None:
        """Erase the words of the events of an order, and move them to `contact_point`.

        Pending deliveries continue without the words: a subscriber still gets the move.
        """
        for written in self.of(order):
            stay = _LEFT[written.type.partition(".")[0]]
            left = {key: value for key, value in written.data.items() if key in stay}
            data = self._keyring.encrypt(json.dumps(left).encode(), context=f"event:{written.id}")
            self._tx.execute(
                event.update()
                .where(event.c.id == written.id)
                .values(data_sealed=data, contact_point=contact_point)
            )
            self._tx.execute(
                delivery_report.update()
                .where(delivery_report.c.event == written.id)
                .values(contact_point=contact_point)
            )

    def report(self, id_: str, outcome: str, reason: str | None, at: datetime) -> bool:
        """Store the delivery result of an event's message; return whether the event exists."""
        point = self._tx.scalar(select(event.c.contact_point).where(event.c.id == id_))
        if point is None:
            return False
        values = {
            "event": id_,
            "contact_point": point,
            "outcome": outcome,
            "reason": reason,
            "reports": 1,
            "at": at,
        }
        if not insert_or_keep(self._tx, delivery_report, values):
            self._tx.execute(
                delivery_report.update()
                .where(delivery_report.c.event == id_)
                .values(
                    outcome=outcome, reason=reason, at=at, reports=delivery_report.c.reports + 1
                )
            )
        if outcome != "failed":
            self.note_reachable(point, at, reachable=outcome == "sent", reason=reason)
        return True

    def note_reachable(
        self, point: str, at: datetime, *, reachable: bool, reason: str | None = None
    ) -> None:
        """Record whether a contact point can be reached, if it is registered."""
        if self._tx.scalar(select(contact_point.c.id).where(contact_point.c.id == point)) is None:
            return
        reason = None if reachable else reason
        values = {"contact_point": point, "reachable": reachable, "reason": reason, "since": at}
        if not insert_or_keep(self._tx, reachability, values):
            self._tx.execute(
                reachability.update()
                .where(reachability.c.contact_point == point, reachability.c.reachable != reachable)
                .values(reachable=reachable, reason=reason, since=at)
            )

    def is_reachable(self, point: str) -> bool:
        """Return whether a contact point is not marked as unreachable."""
        said = self._tx.scalar(
            select(reachability.c.reachable).where(reachability.c.contact_point == point)
        )
        return said is None or bool(said)

    def failed_reports(
        self, limit: int, outcomes: Sequence[str] = _FAILED, order: str | None = None
    ) -> list[LastReport]:
        """List the messages with these results, newest first; with `order` of one case."""
        query = select(delivery_report, event.c.type, event.c.order_key).join(
            event, event.c.id == delivery_report.c.event
        )
        query = query.where(delivery_report.c.outcome.in_(list(outcomes)))
        if order is not None:
            query = query.where(event.c.order_key == order)
        query = query.order_by(delivery_report.c.at.desc(), event.c.id.desc()).limit(limit)
        return [
            LastReport(
                event=row["event"],
                type=row["type"],
                order=row["order_key"],
                contact_point=row["contact_point"],
                outcome=row["outcome"],
                reason=row["reason"],
                reports=row["reports"],
                at=row["at"],
            )
            for row in self._tx.execute(query).mappings()
        ]


def happening(row: RowMapping, keyring: Keyring) -> StoredEvent:
    """Decrypt a row of the table `event`; wiped data is empty."""
    sealed = row["data_sealed"]
    data = keyring.decrypt(sealed, context=f"event:{row['id']}") if sealed else b"{}"
    return StoredEvent(
        id=row["id"],
        type=row["type"],
        at=row["at"],
        contact_point=row["contact_point"],
        order=row["order_key"],
        seq=row["seq"],
        data=json.loads(data.decode()),
    )
