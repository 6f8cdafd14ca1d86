"""Open a joint assessment (会商研判): by a clerk, a second return, or a dissatisfied citizen."""

from datetime import datetime

from api.domain.cases.case import Case
from api.domain.cases.routing import CodedReason
from api.domain.joint import assessment
from api.people.rules.actor import Actor
from api.services.desk import ServiceDesk
from api.store.work import UnitOfWork


def convene(
    desk: ServiceDesk,
    work: UnitOfWork,
    case: Case,
    reason: str | None,
    actor: Actor,
    now: datetime,
    *,
    members: tuple[str, ...] = (),
    because: CodedReason | None = None,
) -> None:
    """Open an assessment of the named units, by default of those that have had the case.

    `reason` is in a person's words; without it `because` is the cause.
    """
    why = (because or CodedReason("assessed", {}),) if not members else ()
    rule_by = desk.within("assessment_ruling", now, case.urgency)
    assessment.open_assessment(
        case, reason, members or case.held_by, actor, now, rule_by=rule_by, because=why
    )
    work.together.add_assessment(case.number, reason, case.members, now, rule_by)
