"""What is not kept for ever on the citizen's side, as the tables declare it.

Rows stay, as their numbers are the order of a conversation and the proof that a message was
answered; what people wrote goes.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, select, tuple_, update

from bot.store.conversations import Status
from bot.store.records import REPORT
from bot.store.tables import conversation, metadata, outbox
from kernel import keeping
from kernel.transaction import Transaction

LATE = "kept too long"
"""Why a message that was due for longer than bodies are kept is not sent any more."""

_o = outbox.c


def expire(tx: Transaction, now: datetime, periods: keeping.Periods) -> int:
    """End messages that were due for too long, then wipe what is over, one batch of each.

    Returns how many rows there were: 0 when nothing is left. A message of the citizen that still
    waits for its answer keeps its body, however old it is.
    """
    before = now - periods["keep_bodies_days"]
    ended = end_due(tx, LATE, _o.created_at < before, limit=keeping.BATCH)
    return ended + keeping.expire(tx, metadata.sorted_tables, now, periods)


def end_due(
    tx: Transaction, reason: str, *where: ColumnElement[bool], limit: int | None = None
) -> int:
    """Mark messages that wait to be sent as dead and wipe their bodies; return how many.

    Those that tell of a case event are reported to the case service with `reason`.
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
