"""What the case service does not keep for ever, as its tables declare it."""

from datetime import datetime

from api.tables import CHILDREN_FIRST
from kernel.database.transaction import Transaction
from kernel.privacy import keeping


def expire(tx: Transaction, now: datetime, periods: keeping.Periods) -> int:
    """Wipe and delete one batch of what is over; return how many rows, 0 when nothing is left."""
    return keeping.expire(tx, CHILDREN_FIRST, now, periods)
