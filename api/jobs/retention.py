"""Kept answers are dropped when nobody can still be repeating the request."""

from datetime import datetime, timedelta

from api.store.answers import drop_before
from kernel.transaction import Transaction

KEEP = timedelta(days=90)
"""Longer than any outage after which an acknowledged message would still be tried again."""


def drop_answers(tx: Transaction, now: datetime) -> int:
    """Drop answers that are older than `KEEP`; return how many."""
    return drop_before(tx, now - KEEP)
