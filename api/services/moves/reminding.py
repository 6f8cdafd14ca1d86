"""Remind citizens of owed details, up to the city's number of times, then continue without."""

from api.domain.lifecycle import UNANSWERED
from api.domain.moves import waiting
from api.services.desk import ServiceDesk
from api.services.keeping import keep
from kernel.database.transaction import Transaction


def remind(tx: Transaction, desk: ServiceDesk, number: str) -> bool:
    """Send a due reminder, or stop reminding; return whether anything was due.

    It is idempotent: the due time is checked under the case's lock.
    """
    work, now = desk.work(tx), desk.clock.now()
    case = work.cases.get_to_change(number)
    if case is None or case.remind_at is None or case.remind_at > now:
        return False
    if case.state in UNANSWERED:
        most = desk.catalogue.city.reminders
        waiting.remind(case, now, again_at=desk.within("remind_owed", now), most=most)
    else:
        case.remind_at = None
    keep(desk, work, case)
    return True
