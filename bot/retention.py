"""What is not needed for ever: message bodies after their time, web sessions that ran out.

Rows stay, as their numbers are the order of a conversation and the proof that a message was
answered; what people wrote goes.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Table, delete, select, tuple_, update

from bot.tables import conversation, inbox, outbox, web_session
from kernel.transaction import Transaction

BATCH = 500
"""Rows that one transaction wipes: writers of live conversations wait no longer than for these."""


def wipe_bodies(tx: Transaction, before: datetime) -> int:
    """Wipe up to `BATCH` bodies of each kind that are older than `before`; return how many.

    A message that still waits for its answer keeps its body, however old it is.
    """
    old_in = (inbox.c.body.is_not(None), inbox.c.done_at < before)
    old_out = (outbox.c.body.is_not(None), outbox.c.created_at < before, outbox.c.status != "due")
    return _wipe(tx, inbox, inbox.c.sequence, old_in) + _wipe(tx, outbox, outbox.c.event, old_out)


def forget_idle_state(tx: Transaction, before: datetime) -> int:
    """Drop up to `BATCH` dialogue states of conversations whose last message came before `before`.

    The state repeats what the citizen said; the next message begins a new dialogue.
    """
    idle = (
        select(conversation.c.id)
        .where(
            conversation.c.state.is_not(None),
            conversation.c.received == conversation.c.answered,
            ~select(inbox.c.sequence)
            .where(inbox.c.conversation_id == conversation.c.id, inbox.c.received_at >= before)
            .exists(),
        )
        .limit(BATCH)
    )
    return tx.execute(
        update(conversation).where(conversation.c.id.in_(idle)).values(state=None)
    ).rowcount


def drop_sessions(tx: Transaction, now: datetime) -> int:
    """Drop web sessions that ran out; return how many."""
    return tx.execute(delete(web_session).where(web_session.c.expires_at < now)).rowcount


def _wipe(
    tx: Transaction,
    table: Table,
    place: ColumnElement[int],
    old: tuple[ColumnElement[bool], ...],
) -> int:
    key = tuple_(table.c.conversation_id, place)
    chosen = select(table.c.conversation_id, place).where(*old).limit(BATCH)
    return tx.execute(update(table).where(key.in_(chosen)).values(body=None)).rowcount
