"""End turns under a conversation's lease, hand them back, and find waiting conversations.

Every function runs in the caller's transaction. A turn that has lost its lease stores nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, select, update

from bot.store.conversations import Lease, Status, write_replies
from bot.store.modes import Mode, OutageNotice, Switch, change_mode
from bot.store.tables import conversation, inbox
from kernel.database.database import Transaction


class LeaseLost(Exception):  # noqa: N818 - the event, not a mistake
    """Another turn has the conversation's lease; this one stores nothing."""


@dataclass(frozen=True, slots=True)
class TurnCommit:
    """What a turn stores when message `sequence` is finished."""

    state: bytes | None
    language: str | None
    replies: Sequence[bytes]
    status: Status
    now: datetime
    until: datetime
    """When the lease lapses if more messages wait."""
    switch: Switch | None = None


_c = conversation.c

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
    .values(done_at=bindparam("now"))
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
    .values(desk_away=OutageNotice.TOLD, desk_away_at=bindparam("notified_at"))
)

_MESSAGE_FAILED = (
    update(inbox)
    .where(inbox.c.conversation_id == bindparam("at"), inbox.c.sequence == bindparam("failed"))
    .values(
        attempts=inbox.c.attempts + bindparam("counted"),
        told_at=case((inbox.c.told_at.is_(None), bindparam("notified_at")), else_=inbox.c.told_at),
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


def end_turn(tx: Transaction, lease: Lease, ending: TurnCommit) -> tuple[int, Lease | None]:
    """Store a turn's result; return the last event number, and the lease if more messages wait.

    Raises:
        LeaseLost: the fence was raised since, or the turn has ended before; nothing is stored.
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
        write_replies(
            tx,
            (lease.conversation, lease.channel, lease.next),
            ending.replies,
            last_event=last_event,
            status=ending.status,
            now=ending.now,
        )
    tx.execute(_MESSAGE_DONE, {"at": lease.conversation, "done": lease.next, "now": ending.now})
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
    """Hand back a message for a later attempt and write `words`; return the last event number.

    `counted` is true when the message itself may be the cause, `desk_away` when the words report an
    unreachable desk. The conversation is not retried before `again`, unless its citizen writes.

    Raises:
        LeaseLost: the fence was raised since; nothing is stored.
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
        tx.execute(_DESK_AWAY, {"at": lease.conversation, "notified_at": now})
    tx.execute(
        _MESSAGE_FAILED,
        {
            "at": lease.conversation,
            "failed": lease.next,
            "counted": int(counted),
            "notified_at": now if words else None,
        },
    )
    if words:
        write_replies(
            tx,
            (lease.conversation, lease.channel, lease.next),
            words,
            last_event=last_event,
            status=status,
            now=now,
        )
    return last_event


def due(tx: Transaction, now: datetime, limit: int) -> list[tuple[str, int]]:
    """Find waiting conversations without a lease, longest waiting first: ids and fences."""
    return [(row.id, row.fence) for row in tx.execute(_DUE, {"now": now, "limit": limit})]


def take(
    tx: Transaction, conversation_id: str, seen: int, owner: str, until: datetime
) -> Lease | None:
    """Claim the lease of a conversation whose fence is still `seen`; otherwise return `None`.

    A lapsed lease with an owner belonged to a turn that died. Its message counts an attempt, so
    that a message that kills the process is parked at last.
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
            {"at": conversation_id, "failed": answered + 1, "counted": 1, "notified_at": None},
        )
    return Lease(conversation_id, channel, owner, fence, Mode(mode), language, state, answered + 1)


def release_all(tx: Transaction, now: datetime) -> int:
    """Let every lease lapse now, at the start of the only process."""
    result = tx.execute(update(conversation).where(_c.lease_owner.is_not(None)).values(free_at=now))
    return result.rowcount
