"""Dead letters of the job queue: those of procrastinate on PostgreSQL, else the embedded ones."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kernel.database.transaction import Transaction
from kernel.jobs import fleet_rows, queue
from kernel.leases import DeadLetter


def dead_letters(tx: Transaction, limit: int) -> list[DeadLetter]:
    """List the failed jobs of the database's queue, the newest first."""
    if tx.dialect == "postgresql":
        return fleet_rows.dead_letters(tx, limit)
    return queue.dead_letters(tx, limit)


def replay(tx: Transaction, key: Sequence[Any], now: datetime) -> bool:
    """Replay a failed job with all its attempts; false when there is none."""
    if tx.dialect == "postgresql":
        return fleet_rows.replay(tx, key, now)
    return queue.replay(tx, key, now)
