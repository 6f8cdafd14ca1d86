"""Sweep surveys: ask, remind and end each due one once, also after an outage."""

from api.jobs.sweep import Sweep
from api.services.desk import ServiceDesk
from api.services.surveys.survey import advance
from api.statements import DueMark
from api.store.events.surveys import SURVEYS
from kernel.database.database import Database
from kernel.database.transaction import Transaction


class SurveySweep(Sweep):
    """Takes the due steps of surveys."""

    def __init__(self, database: Database, desk: ServiceDesk) -> None:
        super().__init__(database, desk, name=SURVEYS, due=_due, step=advance)


def _due(tx: Transaction, desk: ServiceDesk, after: DueMark | None, limit: int) -> list[DueMark]:
    return desk.work(tx).surveys.due(desk.clock.now(), after, limit)
