"""Save a case with its clocks and events, in one place."""

from api.domain.cases.case import Case
from api.services.clocks.clocks import set_down, wind
from api.services.desk import ServiceDesk
from api.services.events import tell
from api.store.work import UnitOfWork


def keep(
    desk: ServiceDesk,
    work: UnitOfWork,
    case: Case,
    *,
    in_receipt: bool = False,
    access_code: str | None = None,
) -> None:
    """Write the changes and append their events, in the caller's transaction.

    `access_code` is only for a new case. `in_receipt` marks events that the answer to the citizen's
    own request already tells.

    Raises:
        CaseChanged: another move was made since the case was read.
    """
    cases, new = work.cases, access_code is not None
    ticking = wind(desk, work, case, new=new)
    entries = cases.save(case) if access_code is None else cases.add(case, access_code)
    set_down(desk, work, case, ticking, entries)
    tell(desk, work, case, entries, in_receipt=in_receipt)
