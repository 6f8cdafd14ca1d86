"""Write pushes as outbox rows, and read their delivery results for the case service.

Every function runs in the caller's transaction; bodies are encrypted. `bot.outbound.outbox` is the
queue that sends them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from bot.store.conversations import Status
from bot.store.tables import conversation, outbox
from kernel.database.database import Transaction

_c, _o = conversation.c, outbox.c


@dataclass(frozen=True, slots=True)
class StoredPush:
    """A stored push: its destination, and whether it waits to be sent."""

    channel: str
    event: int
    status: Status


def push(
    tx: Transaction,
    conversation_id: str,
    *,
    key: str | None,
    body: bytes,
    urgency: int,
    status_of: Callable[[str], Status],
    now: datetime,
) -> StoredPush | None:
    """Write one push; `None` when there is no such conversation.

    `key` is the id of the case event; a push without it is not reported. `status_of` returns the
    status of new rows by channel. For a conversation with a dead address the push is stored for the
    transcript and reported as dead.

    Raises:
        sqlalchemy.exc.IntegrityError: the event with this `key` is stored already.
    """
    row: Sequence[Any] | None = tx.execute(
        update(conversation)
        .where(_c.id == conversation_id)
        .values(last_event=_c.last_event + 1)
        .returning(_c.channel, _c.last_event, _c.dead_at)
    ).first()
    if row is None:
        return None
    channel, event, dead_at = row
    status = Status.DEAD if dead_at is not None else status_of(channel)
    tx.execute(
        insert(outbox),
        {
            "conversation_id": conversation_id,
            "event": event,
            "body": body,
            "status": status,
            "event_key": key,
            "created_at": now,
            "urgency": urgency,
            "report": None if status is Status.DUE or key is None else "due",
            "reason": "address dead" if status is Status.DEAD else None,
            "channel": channel,
            "due_at": now if status is Status.DUE else None,
        },
    )
    if status is Status.DUE:
        tx.execute(
            update(conversation).where(_c.id == conversation_id).values(unsent=_c.unsent + 1)
        )
    return StoredPush(channel, event, status)


@dataclass(frozen=True, slots=True)
class PendingReport:
    """An unreported delivery result of a push; `event_key` is the id of the case event."""

    event_key: str
    status: Status
    reason: str | None


def unreported(tx: Transaction, limit: int) -> list[PendingReport]:
    """Find unreported delivery results of pushes, oldest first."""
    rows: Sequence[Sequence[Any]] = tx.execute(
        select(_o.event_key, _o.status, _o.reason)
        .where(_o.report == "due")
        .order_by(_o.created_at, _o.conversation_id, _o.event)
        .limit(limit)
    ).all()
    return [PendingReport(key, Status(status), reason) for key, status, reason in rows]


def reported(tx: Transaction, reports: list[PendingReport]) -> None:
    """Mark results as reported; a push whose status has changed since is reported again."""
    for report in reports:
        tx.execute(
            update(outbox)
            .where(_o.event_key == report.event_key, _o.report == "due", _o.status == report.status)
            .values(report=None)
        )
