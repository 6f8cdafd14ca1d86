"""Outbox rows on their way out of the house, read and marked by whoever sends them.

Every function is one transaction; bodies and addresses come encrypted.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from bot.store import Status
from bot.tables import conversation, outbox
from kernel.database import Transaction

_c, _o = conversation.c, outbox.c


@dataclass(frozen=True, slots=True)
class Due:
    """The next row of a conversation, marked as being sent."""

    event: int
    body: bytes | None
    address: bytes
    language: str | None
    created_at: datetime


def waiting(tx: Transaction, channel: str, limit: int) -> list[str]:
    """Find conversations of a channel that have rows to send, oldest row first."""
    rows = tx.execute(
        select(_o.conversation_id)
        .join(conversation, _c.id == _o.conversation_id)
        .where(_o.status == Status.DUE, _c.channel == channel)
        .group_by(_o.conversation_id)
        .order_by(func.min(_o.created_at))
        .limit(limit)
    )
    return [row[0] for row in rows]


def begin(tx: Transaction, conversation_id: str) -> Due | None:
    """Mark the first row of a conversation that is not sent yet as being sent, and give it."""
    row = tx.execute(
        select(_o.event, _o.body, _c.address, _c.language, _o.created_at)
        .join(conversation, _c.id == _o.conversation_id)
        .where(_o.conversation_id == conversation_id, _o.status.in_((Status.DUE, Status.SENDING)))
        .order_by(_o.event)
        .limit(1)
    ).first()
    if row is None:
        return None
    due = Due(row.event, row.body, row.address, row.language, row.created_at)
    _mark(tx, conversation_id, due.event, Status.SENDING)
    return due


def end(tx: Transaction, conversation_id: str, event: int, status: Status) -> None:
    """Say how the sending of a row ended; `DUE` leaves it for another attempt."""
    _mark(tx, conversation_id, event, status)
    if status is not Status.DUE:
        _count(tx, conversation_id, 1)


def _mark(tx: Transaction, conversation_id: str, event: int, status: Status) -> None:
    tx.execute(
        update(outbox)
        .where(_o.conversation_id == conversation_id, _o.event == event)
        .values(status=status)
    )


def _count(tx: Transaction, conversation_id: str, ended: int) -> None:
    tx.execute(
        update(conversation).where(_c.id == conversation_id).values(unsent=_c.unsent - ended)
    )


def bury(tx: Transaction, conversation_id: str) -> int:
    """Mark all that waits for a conversation as having nobody left to read it; give how many."""
    ended = tx.execute(
        update(outbox)
        .where(_o.conversation_id == conversation_id, _o.status.in_((Status.DUE, Status.SENDING)))
        .values(status=Status.DEAD)
    ).rowcount
    _count(tx, conversation_id, ended)
    return ended


def move(tx: Transaction, conversation_id: str, index: bytes, address: bytes) -> None:
    """Follow a conversation to its new address.

    Raises:
        sqlalchemy.exc.IntegrityError: another conversation has that address.
    """
    tx.execute(
        update(conversation)
        .where(_c.id == conversation_id)
        .values(address_index=index, address=address)
    )


def begin_anew(tx: Transaction, channel: str) -> int:
    """Take up what a process that is no more was sending: some of it may go out twice."""
    ours = select(_c.id).where(_c.channel == channel)
    return tx.execute(
        update(outbox)
        .where(_o.status == Status.SENDING, _o.conversation_id.in_(ours))
        .values(status=Status.DUE)
    ).rowcount
