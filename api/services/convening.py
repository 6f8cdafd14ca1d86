"""Convening a joint assessment (会商研判): by a clerk, by a second return, by a citizen who is let
down again."""

from datetime import datetime

from api.domain import assessment
from api.domain.actor import Actor
from api.domain.case import Case
from api.domain.routing import Because
from api.services.desk import Desk
from api.store.work import Work


def convene(
    desk: Desk,
    work: Work,
    case: Case,
    why: str,
    actor: Actor,
    now: datetime,
    members: tuple[str, ...] = (),
) -> None:
    """Open an assessment: of the units named, else of those that have held the case."""
    because: tuple[Because, ...] = ()
    if not members:
        members, because = case.held_by, (Because("assessed", {"why": why}),)
    rule_by = desk.within("assessment_ruling", now, case.urgency)
    assessment.open_assessment(case, why, members, actor, now, rule_by=rule_by, because=because)
    work.together.add_assessment(case.number, why, case.members, now, rule_by)
