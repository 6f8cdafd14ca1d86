"""Park messages: the dead letters of the inbox.

Later messages of the conversation have been answered since, so a replay moves the row to the end of
the queue. It keeps the idempotency keys of its first turn, so that a case is not opened twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, update

from bot.store.conversations import Lease
from bot.store.tables import conversation, inbox
from bot.store.turns import TurnCommit, end_turn
from kernel.database.transaction import Transaction
from kernel.leases import DeadLetter

QUEUE = "inbox"

_c, _i = conversation.c, inbox.c

_REPLAYABLE: ColumnElement[bool] = and_(_i.parked_at.is_not(None), _i.body.is_not(None))


@dataclass(frozen=True, slots=True)
class DeadMessage:
    """Why a message is parked, and after how many attempts."""

    error: str
    attempts: int


def end_and_park(
    tx: Transaction, lease: Lease, ending: TurnCommit, parked: DeadMessage
) -> tuple[int, Lease | None]:
    """End a turn as `end_turn` does, and park its message.

    Raises:
        bot.store.turns.LeaseLost: the fence was raised since; nothing is stored.
    """
    ended = end_turn(tx, lease, ending)
    tx.execute(
        update(inbox)
        .where(_i.conversation_id == lease.conversation, _i.sequence == lease.next)
        .values(parked_at=ending.now, error=parked.error, attempts=parked.attempts)
    )
    return ended


def dead_letters(tx: Transaction, limit: int) -> list[DeadLetter]:
    """List parked messages whose words are not wiped, newest first."""
    rows = tx.execute(
        select(_i.conversation_id, _i.sequence, _i.attempts, _i.error, _i.parked_at.label("since"))
        .where(_REPLAYABLE)
        .order_by(_i.parked_at.desc())
        .limit(limit)
    )
    return [
        DeadLetter(QUEUE, (row.conversation_id, row.sequence), row.attempts, row.error, row.since)
        for row in rows
    ]


def replay(tx: Transaction, key: Sequence[Any], _now: datetime) -> bool:
    """Replay a parked message after all waiting ones; false when there is none."""
    id_, sequence = key
    # Lock the conversation first: each new message updates it.
    tx.execute(select(_c.id).where(_c.id == id_).with_for_update())
    last = select(_c.received + 1).where(_c.id == id_).scalar_subquery()
    moved = tx.execute(
        update(inbox)
        .where(_i.conversation_id == id_, _i.sequence == sequence, _REPLAYABLE)
        .values(
            sequence=last,
            replay_of=func.coalesce(_i.replay_of, _i.sequence),
            attempts=0,
            parked_at=None,
            done_at=None,
        )
    )
    if not moved.rowcount:
        return False
    tx.execute(update(conversation).where(_c.id == id_).values(received=_c.received + 1))
    return True
