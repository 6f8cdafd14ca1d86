"""Conversations, what came in and what goes out; one commit takes a message in, one ends its turn.

Every function is one transaction. Bodies and states arrive and leave encrypted: nothing in here
can read them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, case, insert, or_, select, update

from bot.store.modes import Away, Mode, Switch, change_mode
from bot.store.tables import conversation, inbox, outbox
from kernel.database import Transaction


class Status(StrEnum):
    """How far an outbox row has come.

    `REFUSED` the channel never takes; `DEAD` had nobody left to read it; `FAILED` is a dead letter,
    whose last attempt has failed.
    """

    DUE = "due"
    SENT = "sent"
    REFUSED = "refused"
    DEAD = "dead"
    FAILED = "failed"


class LeaseLost(Exception):  # noqa: N818 - the event, not a mistake
    """Another turn has taken the conversation; nothing of this one was kept."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message about to be taken in, and the lease asked for with it.

    `conversation` is the id to use when the address is new. `words` are encrypted replies to
    write at once, before any turn (the emergency words), `status` is what they are then.
    """

    conversation: str
    channel: str
    address_index: bytes
    address: bytes
    message_id: str
    body: bytes
    language: str | None
    words: Sequence[bytes]
    owner: str
    now: datetime
    until: datetime
    status: Status = Status.SENT


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run a conversation's turns until `until`, as long as nobody raised the fence."""

    conversation: str
    channel: str
    owner: str
    fence: int
    mode: Mode
    language: str | None
    state: bytes | None
    next: int
    """Sequence of the message whose turn it is."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """Where a message now stands. `lease` is held when nobody else had the conversation."""

    conversation: str
    sequence: int
    event: int
    language: str | None
    unsent: int
    lease: Lease | None


@dataclass(frozen=True, slots=True)
class Ending:
    """What a turn leaves behind when it is done with message `sequence`."""

    state: bytes | None
    language: str | None
    replies: Sequence[bytes]
    status: Status
    now: datetime
    until: datetime
    """How long the lease is held on when more messages wait."""
    parked: bool = False
    switch: Switch | None = None


_c = conversation.c

_FREE = or_(_c.lease_owner.is_(None), _c.free_at <= bindparam("now"))

_CLAIM = (
    update(conversation)
    .where(_c.channel == bindparam("at_channel"), _c.address_index == bindparam("at_index"))
    .values(
        received=_c.received + 1,
        last_event=_c.last_event + bindparam("events"),
        unsent=_c.unsent + bindparam("unsent"),
        fence=case((_FREE, _c.fence + 1), else_=_c.fence),
        lease_owner=case((_FREE, bindparam("owner")), else_=_c.lease_owner),
        free_at=case((_FREE, bindparam("until", type_=_c.free_at.type)), else_=_c.free_at),
        dead_at=None,
    )
    .returning(
        _c.id, _c.mode, _c.language, _c.state, _c.received, _c.answered, _c.last_event, _c.unsent,
        _c.lease_owner, _c.fence,
    )
)  # fmt: skip

_NEW_CONVERSATION = insert(conversation)
_NEW_MESSAGE = insert(inbox)
_NEW_REPLY = insert(outbox)

_END_TURN = (
    update(conversation)
    .where(
        _c.id == bindparam("at"),
        _c.fence == bindparam("held"),
        _c.answered == bindparam("done") - 1,
    )
    .values(
        state=bindparam("state"),
        language=bindparam("language"),
        answered=bindparam("done"),
        last_event=_c.last_event + bindparam("events"),
        unsent=_c.unsent + bindparam("unsent"),
        lease_owner=case((_c.received > bindparam("done"), _c.lease_owner), else_=None),
        free_at=case(
            (_c.received > bindparam("done"), bindparam("until", type_=_c.free_at.type)),
            else_=bindparam("now", type_=_c.free_at.type),
        ),
    )
    .returning(_c.last_event, _c.received, _c.mode)
)

_MESSAGE_DONE = (
    update(inbox)
    .where(inbox.c.conversation_id == bindparam("at"), inbox.c.sequence == bindparam("done"))
    .values(done_at=bindparam("now"), parked_at=bindparam("parked"))
)

_GIVE_BACK = (
    update(conversation)
    .where(_c.id == bindparam("at"), _c.fence == bindparam("held"))
    .values(
        last_event=_c.last_event + bindparam("events"),
        unsent=_c.unsent + bindparam("unsent"),
        lease_owner=None,
        free_at=bindparam("again"),
    )
    .returning(_c.last_event)
)

_DESK_AWAY = (
    update(conversation)
    .where(_c.id == bindparam("at"), _c.mode != Mode.BOT, _c.desk_away.is_(None))
    .values(desk_away=Away.TOLD, desk_away_at=bindparam("told"))
)

_MESSAGE_FAILED = (
    update(inbox)
    .where(inbox.c.conversation_id == bindparam("at"), inbox.c.sequence == bindparam("failed"))
    .values(
        attempts=inbox.c.attempts + bindparam("counted"),
        told_at=case((inbox.c.told_at.is_(None), bindparam("told")), else_=inbox.c.told_at),
    )
)

_TAKE = (
    update(conversation)
    .where(_c.id == bindparam("at"), _c.fence == bindparam("seen"), _c.received > _c.answered)
    .values(
        fence=_c.fence + 1,
        lease_owner=bindparam("owner"),
        free_at=bindparam("until"),
    )
    .returning(_c.channel, _c.mode, _c.language, _c.state, _c.answered, _c.fence)
)

_DUE = (
    select(_c.id, _c.fence, _c.lease_owner)
    .where(_c.received > _c.answered, _c.free_at <= bindparam("now"))
    .order_by(_c.free_at)
    .limit(bindparam("limit"))
)


def claim(tx: Transaction, arrival: Arrival) -> Claimed:
    """Take a message in, and the conversation's lease with it if it is free.

    Raises:
        sqlalchemy.exc.IntegrityError: the message is there already, or (on PostgreSQL) another
            first message of this address was faster. Nothing was kept.
    """
    words = len(arrival.words)
    row: Sequence[Any] | None = tx.execute(
        _CLAIM,
        {
            "at_channel": arrival.channel,
            "at_index": arrival.address_index,
            "events": 1 + words,
            "unsent": words if arrival.status is Status.DUE else 0,
            "owner": arrival.owner,
            "now": arrival.now,
            "until": arrival.until,
        },
    ).first()
    claimed = _found(row, arrival) if row is not None else _created(tx, arrival)
    tx.execute(
        _NEW_MESSAGE,
        {
            "conversation_id": claimed.conversation,
            "sequence": claimed.sequence,
            "message_id": arrival.message_id,
            "event": claimed.event,
            "body": arrival.body,
            "received_at": arrival.now,
            "attempts": 0,
        },
    )
    if words:
        _write(
            tx,
            (claimed.conversation, arrival.channel, claimed.sequence),
            arrival.words,
            last_event=claimed.event + words,
            status=arrival.status,
            now=arrival.now,
        )
    return claimed


def _found(row: Sequence[Any], arrival: Arrival) -> Claimed:
    id_, mode, language, state, received, answered, last_event, unsent, owner, fence = row
    lease = None
    if owner == arrival.owner:
        lease = Lease(id_, arrival.channel, owner, fence, Mode(mode), language, state, answered + 1)
    return Claimed(id_, received, last_event - len(arrival.words), language, unsent, lease)


def _created(tx: Transaction, arrival: Arrival) -> Claimed:
    tx.execute(
        _NEW_CONVERSATION,
        {
            "id": arrival.conversation,
            "channel": arrival.channel,
            "address_index": arrival.address_index,
            "address": arrival.address,
            "language": arrival.language,
            "mode": Mode.BOT,
            "state": None,
            "received": 1,
            "answered": 0,
            "last_event": 1 + len(arrival.words),
            "unsent": len(arrival.words) if arrival.status is Status.DUE else 0,
            "lease_owner": arrival.owner,
            "free_at": arrival.until,
            "fence": 1,
            "created_at": arrival.now,
        },
    )
    lease = Lease(
        arrival.conversation, arrival.channel, arrival.owner, 1, Mode.BOT, arrival.language, None, 1
    )
    return Claimed(arrival.conversation, 1, 1, arrival.language, 0, lease)


def end_turn(tx: Transaction, lease: Lease, ending: Ending) -> tuple[int, Lease | None]:
    """Keep what a turn came to; give the last event's number, and the lease if more messages wait.

    Raises:
        LeaseLost: the fence was raised since, or it has ended before; nothing was kept.
    """
    replies = len(ending.replies)
    if ending.switch is not None:
        change_mode(tx, lease.conversation, ending.switch)
    row: Sequence[Any] | None = tx.execute(
        _END_TURN,
        {
            "at": lease.conversation,
            "held": lease.fence,
            "state": ending.state,
            "language": ending.language,
            "done": lease.next,
            "events": replies,
            "unsent": replies if ending.status is Status.DUE else 0,
            "now": ending.now,
            "until": ending.until,
        },
    ).first()
    if row is None:
        raise LeaseLost(lease.conversation)
    last_event, received, mode = row
    if replies:
        _write(
            tx,
            (lease.conversation, lease.channel, lease.next),
            ending.replies,
            last_event=last_event,
            status=ending.status,
            now=ending.now,
        )
    tx.execute(
        _MESSAGE_DONE,
        {
            "at": lease.conversation,
            "done": lease.next,
            "now": ending.now,
            "parked": ending.now if ending.parked else None,
        },
    )
    if received == lease.next:
        return last_event, None
    following = replace(
        lease, mode=Mode(mode), language=ending.language, state=ending.state, next=lease.next + 1
    )
    return last_event, following


def give_back(
    tx: Transaction,
    lease: Lease,
    *,
    words: Sequence[bytes],
    status: Status,
    counted: bool,
    now: datetime,
    again: datetime,
    desk_away: bool = False,
) -> int:
    """Leave a message for a later attempt, telling the citizen with `words`; give the last event.

    `counted` says that the message itself may be at fault, `desk_away` that the words tell of a
    desk that cannot be reached. Nobody takes the conversation before
    `again`, unless its citizen writes.

    Raises:
        LeaseLost: the fence was raised since; nothing was kept.
    """
    row: Sequence[Any] | None = tx.execute(
        _GIVE_BACK,
        {
            "at": lease.conversation,
            "held": lease.fence,
            "events": len(words),
            "unsent": len(words) if status is Status.DUE else 0,
            "again": again,
        },
    ).first()
    if row is None:
        raise LeaseLost(lease.conversation)
    last_event: int = row[0]
    if desk_away:
        tx.execute(_DESK_AWAY, {"at": lease.conversation, "told": now})
    tx.execute(
        _MESSAGE_FAILED,
        {
            "at": lease.conversation,
            "failed": lease.next,
            "counted": int(counted),
            "told": now if words else None,
        },
    )
    if words:
        _write(
            tx,
            (lease.conversation, lease.channel, lease.next),
            words,
            last_event=last_event,
            status=status,
            now=now,
        )
    return last_event


def _write(
    tx: Transaction,
    answered: tuple[str, str, int],
    bodies: Sequence[bytes],
    *,
    last_event: int,
    status: Status,
    now: datetime,
) -> None:
    conversation_id, channel, in_reply_to = answered
    rows = [
        {
            "conversation_id": conversation_id,
            "event": event,
            "in_reply_to": in_reply_to,
            "body": body,
            "status": status,
            "created_at": now,
            "channel": channel,
            "due_at": now if status is Status.DUE else None,
        }
        for event, body in enumerate(bodies, last_event - len(bodies) + 1)
    ]
    tx.execute(_NEW_REPLY, rows[0] if len(rows) == 1 else rows)


def due(tx: Transaction, now: datetime, limit: int) -> list[tuple[str, int]]:
    """Find conversations with work that nobody holds, longest waiting first: ids and fences."""
    return [(row.id, row.fence) for row in tx.execute(_DUE, {"now": now, "limit": limit})]


def take(
    tx: Transaction, conversation_id: str, seen: int, owner: str, until: datetime
) -> Lease | None:
    """Take the lease of a conversation whose fence was `seen`, or `None` if it has moved on.

    A lease that lapsed with an owner was held by a turn that died: its message is counted as
    tried, so that one that kills the process is parked in the end.
    """
    held = tx.scalar(select(_c.lease_owner).where(_c.id == conversation_id))
    row: Sequence[Any] | None = tx.execute(
        _TAKE, {"at": conversation_id, "seen": seen, "owner": owner, "until": until}
    ).first()
    if row is None:
        return None
    channel, mode, language, state, answered, fence = row
    if held is not None:
        tx.execute(
            _MESSAGE_FAILED,
            {"at": conversation_id, "failed": answered + 1, "counted": 1, "told": None},
        )
    return Lease(conversation_id, channel, owner, fence, Mode(mode), language, state, answered + 1)


def release_all(tx: Transaction, now: datetime) -> int:
    """Let every lease lapse now: at the start of a process that knows itself to be alone."""
    result = tx.execute(update(conversation).where(_c.lease_owner.is_not(None)).values(free_at=now))
    return result.rowcount
