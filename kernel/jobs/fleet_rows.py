"""SQL statements on the failed jobs in procrastinate's tables, which keep no error."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text

from kernel.database.transaction import Transaction
from kernel.leases import DeadLetter

_FAILED = text(
    "SELECT id, task_name, attempts,"
    " (SELECT max(at) FROM procrastinate_events WHERE job_id = job.id) AS since"
    " FROM procrastinate_jobs AS job WHERE status = 'failed' ORDER BY id DESC LIMIT :limit"
)
_REPLAY = text(
    "UPDATE procrastinate_jobs SET status = 'todo', attempts = 0, scheduled_at = NULL"
    " WHERE id = :id AND status = 'failed'"
)


def dead_letters(tx: Transaction, limit: int) -> list[DeadLetter]:
    """List failed jobs as dead letters, the newest first; the log has their errors."""
    return [
        DeadLetter("jobs", (row.id,), row.attempts, f"{row.task_name}: see the log", row.since)
        for row in tx.execute(_FAILED, {"limit": limit})
    ]


def replay(tx: Transaction, key: Sequence[Any], _now: datetime) -> bool:
    """Replay a failed job with all its attempts; false when there is none."""
    return tx.execute(_REPLAY, {"id": key[0]}).rowcount > 0
