"""Outbox rows on their way out of the house, read and marked by whoever sends them.

Every function is one transaction; bodies and addresses come encrypted.

What goes out next is the most urgent row, of one urgency the first: a reply overtakes the pushes
that wait for the same chat. `urgency` as an argument leaves out what is less urgent than that, for
hours in which pushes wait.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, text, update

from bot.records import REPORT
from bot.store import Status
from bot.tables import conversation, outbox
from kernel.database import Transaction

_c, _o = conversation.c, outbox.c

_LEFT = _o.status.in_((Status.DUE, Status.SENDING))

REASON = 200
"""Characters that are kept of why a sending failed."""


@dataclass(frozen=True, slots=True)
class Head:
    """A conversation with rows to send, and how urgent the most urgent of them is."""

    conversation: str
    urgency: int


@dataclass(frozen=True, slots=True)
class Due:
    """The next row of a conversation, marked as being sent.

    `received` counts the citizen's messages so far: who writes has an address that is alive.
    """

    event: int
    body: bytes | None
    address: bytes
    language: str | None
    created_at: datetime
    urgency: int
    received: int


@dataclass(frozen=True, slots=True)
class Pushed:
    """A push that was kept: where it goes, and whether it waits to be sent."""

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
) -> Pushed | None:
    """Write one push; `None` when there is no such conversation.

    `key` is the case event's; without one it is nothing that the case service has to hear of.
    `status_of` tells of a channel what its rows are when committed. A conversation whose address is
    dead keeps the push for its transcript, and it is reported as dead.

    Raises:
        sqlalchemy.exc.IntegrityError: the event with this `key` is there already; nothing was kept.
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
        },
    )
    if status is Status.DUE:
        _count(tx, conversation_id, -1)
    return Pushed(channel, event, status)


def waiting(
    tx: Transaction, channel: str, urgency: int, without: Collection[str], limit: int
) -> list[Head]:
    """Find conversations of a channel with rows to send: most urgent first, then oldest.

    Reads `limit` rows beside those of the conversations in `without`, in the order of the index
    `outbox_send`: what it costs does not grow with what waits.
    """
    # A subquery and no join, which SQLite would begin with all conversations of the channel.
    channel_of = select(_c.channel).where(_c.id == _o.conversation_id).scalar_subquery()
    rows: Sequence[Sequence[Any]] = tx.execute(
        select(_o.conversation_id, _o.urgency)
        .where(
            text("outbox.status = 'due'"),  # as in the index, which no parameter would match
            channel_of == channel,
            _o.urgency <= urgency,
            _o.conversation_id.not_in(without),
        )
        .order_by(_o.urgency, _o.created_at)
        .limit(limit)
    ).all()
    heads: dict[str, Head] = {}
    for id_, most in rows:
        heads.setdefault(id_, Head(id_, most))
    return list(heads.values())


def next_urgency(tx: Transaction, conversation_id: str, urgency: int) -> int | None:
    """Tell how urgent the next row of a conversation is; `None` when none is to be sent."""
    found: int | None = tx.scalar(
        select(func.min(_o.urgency)).where(
            _o.conversation_id == conversation_id, _LEFT, _o.urgency <= urgency
        )
    )
    return found


def begin(tx: Transaction, conversation_id: str, urgency: int) -> Due | None:
    """Mark the next row of a conversation as being sent, and give it."""
    row: Sequence[Any] | None = tx.execute(
        select(
            _o.event, _o.body, _c.address, _c.language, _o.created_at, _o.urgency, _c.received
        )
        .join(conversation, _c.id == _o.conversation_id)
        .where(_o.conversation_id == conversation_id, _LEFT, _o.urgency <= urgency)
        .order_by(_o.urgency, _o.event)
        .limit(1)
    ).first()  # fmt: skip
    if row is None:
        return None
    due = Due(*row)
    _mark(tx, conversation_id, due.event, Status.SENDING)
    return due


def end(
    tx: Transaction, conversation_id: str, event: int, status: Status, reason: str | None = None
) -> None:
    """Say how the sending of a row ended; `DUE` leaves it for another attempt.

    A push is reported on, unless it only has to wait for its turn (`DUE` without a reason).
    """
    _mark(tx, conversation_id, event, status)
    if status is not Status.DUE or reason is not None:
        tx.execute(
            update(outbox)
            .where(_o.conversation_id == conversation_id, _o.event == event)
            .values(report=REPORT, reason=reason[:REASON] if reason else None)
        )
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
        update(conversation)
        .where(_c.id == conversation_id)
        .values(unsent=_c.unsent - ended)
    )  # fmt: skip


def bury(
    tx: Transaction, conversation_id: str, *, reason: str, received: int, now: datetime
) -> int | None:
    """Mark all that waits for a conversation as having nobody left to read it; give how many.

    `None`, and nothing is marked, when its citizen has written since (`received` as it was then).
    """
    dead = tx.execute(
        update(conversation)
        .where(_c.id == conversation_id, _c.received == received)
        .values(dead_at=now)
    ).rowcount
    if not dead:
        return None
    ended = tx.execute(
        update(outbox)
        .where(_o.conversation_id == conversation_id, _LEFT)
        .values(status=Status.DEAD, report=REPORT, reason=reason[:REASON])
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


@dataclass(frozen=True, slots=True)
class Unreported:
    """What became of a push and was not told yet: `event_key` is the id of the case event."""

    event_key: str
    status: Status
    reason: str | None


def unreported(tx: Transaction, limit: int) -> list[Unreported]:
    """Find pushes whose end the case service was not told of, oldest first."""
    rows: Sequence[Sequence[Any]] = tx.execute(
        select(_o.event_key, _o.status, _o.reason)
        .where(_o.report == "due")
        .order_by(_o.created_at, _o.conversation_id, _o.event)
        .limit(limit)
    ).all()
    return [Unreported(key, Status(status), reason) for key, status, reason in rows]


def reported(tx: Transaction, told: list[Unreported]) -> None:
    """Keep that these were told; one whose status has changed since stays to be told again."""
    for one in told:
        tx.execute(
            update(outbox)
            .where(_o.event_key == one.event_key, _o.report == "due", _o.status == one.status)
            .values(report=None)
        )
