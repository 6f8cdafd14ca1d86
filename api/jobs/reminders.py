"""Sweep reminders of owed details: send each due one once, also after an outage."""

from api.jobs.sweep import Sweep
from api.services.desk import ServiceDesk
from api.services.moves.reminding import remind
from api.statements import DueMark
from kernel.database.database import Database
from kernel.database.transaction import Transaction


class ReminderSweep(Sweep):
    """Sends due reminders to citizens."""

    def __init__(self, database: Database, desk: ServiceDesk) -> None:
        super().__init__(database, desk, name="reminders", due=_due, step=remind)


def _due(tx: Transaction, desk: ServiceDesk, after: DueMark | None, limit: int) -> list[DueMark]:
    return desk.work(tx).cases.to_remind(desk.clock.now(), after, limit)
