"""The one place where a case is written down: with its clocks, and the world outside is told."""

from api.domain.cases.case import Case
from api.services.clocks.clocks import set_down, wind
from api.services.desk import ServiceDesk
from api.services.events import tell
from api.store.work import Work


def keep(
    desk: ServiceDesk,
    work: Work,
    case: Case,
    *,
    in_receipt: bool = False,
    access_code: str | None = None,
) -> None:
    """Write what changed and tell of it, in the transaction at hand.

    `access_code` is given for a new case only. `in_receipt` marks what the citizen is told by the
    answer to their own act.

    Raises:
        CaseChanged: somebody else moved the case since it was read.
    """
    cases, new = work.cases, access_code is not None
    ticking = wind(desk, work, case, new=new)
    entries = cases.save(case) if access_code is None else cases.add(case, access_code)
    set_down(desk, work, case, ticking, entries)
    tell(desk, work, case, entries, in_receipt=in_receipt)
