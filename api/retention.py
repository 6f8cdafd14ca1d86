"""Delete expired data of the case service, as its tables declare it."""

from datetime import datetime

from api.tables import CHILDREN_FIRST
from kernel.database.transaction import Transaction
from kernel.privacy import keeping


def expire(tx: Transaction, now: datetime, periods: keeping.Periods) -> int:
    """Wipe and delete one batch of expired rows; return their number, 0 when none is left."""
    return keeping.expire(tx, CHILDREN_FIRST, now, periods)
