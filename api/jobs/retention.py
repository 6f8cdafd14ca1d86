"""What is dropped in time: kept answers, once nobody can repeat the request, and told words."""

from datetime import datetime, timedelta

from api.store.answers import drop_before
from api.store.events import wipe_events
from api.store.live import wipe_lines
from kernel.transaction import Transaction

KEEP = timedelta(days=90)
"""Longer than any outage after which an acknowledged message would still be tried again."""


def drop_answers(tx: Transaction, now: datetime) -> int:
    """Drop answers that are older than `KEEP`; return how many."""
    return drop_before(tx, now - KEEP)


def wipe_told(tx: Transaction, before: datetime) -> int:
    """Wipe what events told before then, once it is delivered or given up; return how many."""
    return wipe_events(tx, before)


def wipe_talks(tx: Transaction, before: datetime) -> int:
    """Wipe what was said to leaders before then; return how many lines.

    What stays is that there was a talk, when and how it ended: the session's figures.
    """
    return wipe_lines(tx, before)
