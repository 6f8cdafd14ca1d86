"""Store a message in the inbox and claim its conversation's lease, in one commit.

Every function runs in the caller's transaction. Bodies and states are always encrypted here.
`bot.store.turns` ends turns under the lease.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, case, insert, or_, update

from bot.message import InboxMessage, OutboxMessage
from bot.store.modes import Mode
from bot.store.tables import conversation, inbox, outbox
from kernel.database.database import Transaction


class Status(StrEnum):
    """Status of an outbox row.

    `REFUSED`: the channel will never accept it; `DEAD`: its address no longer exists; `FAILED`: it
    is a dead letter, whose last attempt failed.
    """

    DUE = "due"
    SENT = "sent"
    REFUSED = "refused"
    DEAD = "dead"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Claim:
    """A message to store, and the lease requested with it.

    `conversation` is the id to use for a new address. `words` are encrypted replies to write at
    once, before any turn (the emergency words); `status` is their status.
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
    """The right to run a conversation's turns until `until`, while nobody raises the fence."""

    conversation: str
    channel: str
    owner: str
    fence: int
    mode: Mode
    language: str | None
    state: bytes | None
    next: int
    """Sequence of the next message to answer."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Result of storing a message. `lease` is set when the conversation's lease was free.

    `repeated` is true when an earlier delivery stored it. `replies` were written with it. `unsent`
    counts earlier replies that no answer has returned. `message` is its content, for a turn that
    runs at once.
    """

    conversation: str
    sequence: int
    event: int
    unsent: int = 0
    lease: Lease | None = None
    repeated: bool = False
    replies: tuple[OutboxMessage, ...] = ()
    message: InboxMessage | None = None


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


def claim(tx: Transaction, wanted: Claim) -> Receipt:
    """Store a message, and claim the conversation's lease if it is free.

    Raises:
        sqlalchemy.exc.IntegrityError: the message is stored already, or (on PostgreSQL) another
            first message of this address was faster. Nothing is stored.
    """
    words = len(wanted.words)
    row: Sequence[Any] | None = tx.execute(
        _CLAIM,
        {
            "at_channel": wanted.channel,
            "at_index": wanted.address_index,
            "events": 1 + words,
            "unsent": words if wanted.status is Status.DUE else 0,
            "owner": wanted.owner,
            "now": wanted.now,
            "until": wanted.until,
        },
    ).first()
    receipt = _found(row, wanted) if row is not None else _created(tx, wanted)
    tx.execute(
        _NEW_MESSAGE,
        {
            "conversation_id": receipt.conversation,
            "sequence": receipt.sequence,
            "message_id": wanted.message_id,
            "event": receipt.event,
            "body": wanted.body,
            "received_at": wanted.now,
            "attempts": 0,
        },
    )
    if words:
        write_replies(
            tx,
            (receipt.conversation, wanted.channel, receipt.sequence),
            wanted.words,
            last_event=receipt.event + words,
            status=wanted.status,
            now=wanted.now,
        )
    return receipt


def _found(row: Sequence[Any], wanted: Claim) -> Receipt:
    id_, mode, language, state, received, answered, last_event, unsent, owner, fence = row
    lease = None
    if owner == wanted.owner:
        lease = Lease(id_, wanted.channel, owner, fence, Mode(mode), language, state, answered + 1)
    return Receipt(id_, received, last_event - len(wanted.words), unsent, lease)


def _created(tx: Transaction, wanted: Claim) -> Receipt:
    tx.execute(
        _NEW_CONVERSATION,
        {
            "id": wanted.conversation,
            "channel": wanted.channel,
            "address_index": wanted.address_index,
            "address": wanted.address,
            "language": wanted.language,
            "mode": Mode.BOT,
            "state": None,
            "received": 1,
            "answered": 0,
            "last_event": 1 + len(wanted.words),
            "unsent": len(wanted.words) if wanted.status is Status.DUE else 0,
            "lease_owner": wanted.owner,
            "free_at": wanted.until,
            "fence": 1,
            "created_at": wanted.now,
        },
    )
    lease = Lease(
        wanted.conversation, wanted.channel, wanted.owner, 1, Mode.BOT, wanted.language, None, 1
    )
    return Receipt(wanted.conversation, 1, 1, 0, lease)


def write_replies(
    tx: Transaction,
    answered: tuple[str, str, int],
    bodies: Sequence[bytes],
    *,
    last_event: int,
    status: Status,
    now: datetime,
) -> None:
    """Write encrypted replies to a message (conversation, channel, sequence) as outbox rows."""
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
