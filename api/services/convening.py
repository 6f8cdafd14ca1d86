"""Convening a joint assessment (会商研判): by a clerk, by a second return, by a citizen who is let
down again."""

from datetime import datetime

from api.domain.cases.case import Case
from api.domain.cases.routing import Because
from api.domain.joint import assessment
from api.people.rules.actor import Actor
from api.services.desk import ServiceDesk
from api.store.work import Work


def convene(
    desk: ServiceDesk,
    work: Work,
    case: Case,
    reason: str | None,
    actor: Actor,
    now: datetime,
    *,
    members: tuple[str, ...] = (),
    because: Because | None = None,
) -> None:
    """Open an assessment: of the units named, else of those that have held the case.

    `reason` is in somebody's words; without any, `because` says what led to it.
    """
    why = (because or Because("assessed", {}),) if not members else ()
    rule_by = desk.within("assessment_ruling", now, case.urgency)
    assessment.open_assessment(
        case, reason, members or case.held_by, actor, now, rule_by=rule_by, because=why
    )
    work.together.add_assessment(case.number, reason, case.members, now, rule_by)
