"""Read the messages of a conversation.

Every function runs in the caller's transaction; bodies are encrypted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, select, update

from bot.store.conversations import Status
from bot.store.tables import conversation, inbox, outbox
from kernel.database.database import Transaction


@dataclass(frozen=True, slots=True)
class InboxRow:
    """An inbox row as stored."""

    sequence: int
    event: int
    message_id: str
    body: bytes | None
    received_at: datetime
    attempts: int
    notified: bool
    done: bool
    replay_of: int | None


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """An outbox row as stored; `event` is its number in the conversation."""

    event: int
    in_reply_to: int | None
    body: bytes | None
    status: Status
    created_at: datetime


LAST_EVENT = 2**31 - 1
"""The largest event number."""

_c = conversation.c

REPORT = case((outbox.c.event_key.is_not(None), "due"), else_=None)
"""Value of `outbox.report` after a change of status: pushes must be reported."""

_INBOX = (
    inbox.c.sequence, inbox.c.event, inbox.c.message_id, inbox.c.body, inbox.c.received_at,
    inbox.c.attempts, inbox.c.told_at, inbox.c.done_at, inbox.c.replay_of,
)  # fmt: skip

_OUTBOX = (
    outbox.c.event, outbox.c.in_reply_to, outbox.c.body, outbox.c.status, outbox.c.created_at,
)  # fmt: skip


def message(tx: Transaction, conversation_id: str, sequence: int) -> InboxRow | None:
    """Read one message."""
    row: Sequence[Any] | None = tx.execute(
        select(*_INBOX).where(
            inbox.c.conversation_id == conversation_id, inbox.c.sequence == sequence
        )
    ).first()
    return _inbox_row(row) if row is not None else None


def find(
    tx: Transaction, channel: str, address_index: bytes, message_id: str
) -> tuple[str, InboxRow] | None:
    """Find a message by the channel's own id; return its conversation too."""
    row: Sequence[Any] | None = tx.execute(
        select(_c.id, *_INBOX)
        .join(inbox, inbox.c.conversation_id == _c.id)
        .where(
            _c.channel == channel,
            _c.address_index == address_index,
            inbox.c.message_id == message_id,
        )
    ).first()
    return (row[0], _inbox_row(row[1:])) if row is not None else None


def _inbox_row(row: Sequence[Any]) -> InboxRow:
    sequence, event, message_id, body, received_at, attempts, told_at, done_at, replay_of = row
    return InboxRow(
        sequence, event, message_id, body, received_at, attempts, told_at is not None,
        done_at is not None, replay_of,
    )  # fmt: skip


def _outbox_row(row: Sequence[Any]) -> OutboxRow:
    event, in_reply_to, body, status, created_at = row
    return OutboxRow(event, in_reply_to, body, Status(status), created_at)


def answers(tx: Transaction, conversation_id: str, sequence: int) -> tuple[bool, list[OutboxRow]]:
    """Return whether a message is finished, and all its replies so far, in order."""
    done = tx.scalar(select(_c.answered).where(_c.id == conversation_id)) or 0
    rows = tx.execute(
        select(*_OUTBOX)
        .where(outbox.c.conversation_id == conversation_id, outbox.c.in_reply_to == sequence)
        .order_by(outbox.c.event)
    )
    return done >= sequence, [_outbox_row(row) for row in rows]


def carry_away(
    tx: Transaction, conversation_id: str, sequence: int
) -> tuple[bool, list[OutboxRow]]:
    """Return the result of `answers` and mark exactly these rows as sent, in one transaction."""
    # Lock the conversation first: each turn that writes replies updates it.
    tx.execute(select(_c.id).where(_c.id == conversation_id).with_for_update())
    found = answers(tx, conversation_id, sequence)
    hand_over(tx, conversation_id, sequence)
    return found


def hand_over(
    tx: Transaction,
    conversation_id: str,
    in_reply_to: int | None = None,
    carried_with: int | None = None,
) -> list[OutboxRow]:
    """Return due rows, of one message or all, and mark them as sent.

    `carried_with` is the message whose answer returns rows that are not replies to it.
    """
    due_rows = [outbox.c.conversation_id == conversation_id, outbox.c.status == Status.DUE]
    if in_reply_to is not None:
        due_rows.append(outbox.c.in_reply_to == in_reply_to)
    rows = tx.execute(select(*_OUTBOX).where(*due_rows).order_by(outbox.c.event)).all()
    if rows:
        tx.execute(
            update(outbox)
            .where(*due_rows)
            .values(status=Status.SENT, report=REPORT, carried_with=carried_with)
        )
        tx.execute(
            update(conversation)
            .where(_c.id == conversation_id)
            .values(unsent=_c.unsent - len(rows))
        )
    return [_outbox_row(row) for row in rows]


def hand_over_again(tx: Transaction, conversation_id: str, sequence: int) -> list[OutboxRow]:
    """Return the rows that the answer to a message returned before, and those still due."""
    hand_over(tx, conversation_id, carried_with=sequence)
    rows = tx.execute(
        select(*_OUTBOX)
        .where(outbox.c.conversation_id == conversation_id, outbox.c.carried_with == sequence)
        .order_by(outbox.c.event)
    )
    return [_outbox_row(row) for row in rows]


@dataclass(frozen=True, slots=True)
class KnownConversation:
    """Facts about a conversation for a channel that resumes it."""

    conversation: str
    language: str | None
    last_event: int
    waiting: bool
    """Whether a message is still unanswered."""


def known(tx: Transaction, channel: str, address_index: bytes) -> KnownConversation | None:
    """Find a conversation by its address."""
    row: Sequence[Any] | None = tx.execute(
        select(_c.id, _c.language, _c.last_event, _c.received, _c.answered).where(
            _c.channel == channel, _c.address_index == address_index
        )
    ).first()
    if row is None:
        return None
    id_, language, last_event, received, answered = row
    return KnownConversation(id_, language, last_event, received > answered)


def transcript(
    tx: Transaction, conversation_id: str, after: int, limit: int, until: int | None = None
) -> tuple[list[InboxRow], list[OutboxRow], bool]:
    """Read both sides after event `after`, the last `limit` of each, and whether one is waiting."""
    last = until if until is not None else LAST_EVENT
    waiting = tx.scalar(select(_c.received > _c.answered).where(_c.id == conversation_id))
    came = tx.execute(
        select(*_INBOX)
        .where(
            inbox.c.conversation_id == conversation_id, inbox.c.event > after, inbox.c.event <= last
        )
        .order_by(inbox.c.sequence.desc())
        .limit(limit)
    ).all()
    went = tx.execute(
        select(*_OUTBOX)
        .where(
            outbox.c.conversation_id == conversation_id,
            outbox.c.event > after,
            outbox.c.event <= last,
        )
        .order_by(outbox.c.event.desc())
        .limit(limit)
    ).all()
    return (
        [_inbox_row(row) for row in reversed(came)],
        [_outbox_row(row) for row in reversed(went)],
        bool(waiting),
    )


def language(tx: Transaction, conversation_id: str) -> str | None:
    """Return the language of a conversation."""
    spoken: str | None = tx.scalar(select(_c.language).where(_c.id == conversation_id))
    return spoken


def reply(tx: Transaction, conversation_id: str, event: int) -> OutboxRow | None:
    """Read one outbox row."""
    row: Sequence[Any] | None = tx.execute(
        select(*_OUTBOX).where(outbox.c.conversation_id == conversation_id, outbox.c.event == event)
    ).first()
    return _outbox_row(row) if row is not None else None
