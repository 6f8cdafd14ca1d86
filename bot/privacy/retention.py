"""Delete expired data on the citizen's side, as the tables declare it.

Rows stay, because their numbers define the order of a conversation and prove that a message was
answered. The words are deleted.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, select, tuple_, update

from bot.store.conversations import Status
from bot.store.records import REPORT
from bot.store.tables import conversation, metadata, outbox
from kernel.database.transaction import Transaction
from kernel.privacy import keeping

LATE = "kept too long"
"""Reason why a message is no longer sent: it was due for longer than bodies are kept."""

_o = outbox.c


def expire(tx: Transaction, now: datetime, periods: keeping.Periods) -> int:
    """End messages that were due for too long, then wipe expired data, one batch of each.

    Returns the number of rows: 0 when nothing is left. An unanswered message of the citizen keeps
    its body at any age.
    """
    before = now - periods["keep_bodies_days"]
    ended = end_due(tx, LATE, _o.created_at < before, limit=keeping.BATCH)
    return ended + keeping.expire(tx, metadata.sorted_tables, now, periods)


def end_due(
    tx: Transaction, reason: str, *where: ColumnElement[bool], limit: int | None = None
) -> int:
    """Mark waiting messages as dead and wipe their bodies; return their number.

    Pushes of a case event are reported to the case service with `reason`.
    """
    key = (_o.conversation_id, _o.event)
    rows = tx.execute(select(*key).where(_o.status == Status.DUE, *where).limit(limit)).all()
    if not rows:
        return 0
    tx.execute(
        update(outbox)
        .where(tuple_(*key).in_([tuple(row) for row in rows]))
        .values(status=Status.DEAD, body=None, report=REPORT, reason=reason)
    )
    for name in {row.conversation_id for row in rows}:
        count = sum(row.conversation_id == name for row in rows)
        tx.execute(
            update(conversation)
            .where(conversation.c.id == name)
            .values(unsent=conversation.c.unsent - count)
        )
    return len(rows)
