"""Moves of a joint assessment: open it, give views, rule; the ruling is binding."""

from collections.abc import Mapping

from api.catalogue.rules.units import Level
from api.contract.cases import moves as orders
from api.domain.cases.routing import ANYWHERE
from api.domain.joint import assessment
from api.domain.joint.assessment import MemberView, Principle, Stand
from api.domain.joint.together import add_helper
from api.domain.lifecycle import Move
from api.services.convening import convene
from api.services.scene import LockedCase, MoveHandler
from api.services.surveys.survey import drop_survey


def _open(at: LockedCase, order: orders.OpenAssessment) -> None:
    """Open an assessment of the possibly responsible units."""
    members = tuple(at.unit(code).code for code in order.members)
    convene(at.desk, at.work, at.case, order.reason, at.actor, at.now, members=members)
    drop_survey(at.desk, at.work, at.case, at.now)


def _give_view(at: LockedCase, order: orders.GiveView) -> None:
    """Record a member's view."""
    stand = Stand(order.stand)
    assessment.give_view(at.case, stand, order.reason, at.actor, at.now)
    held = at.work.together.assessments(at.case.number)[-1]
    view = MemberView(at.actor.unit or "", stand, order.reason, at.now)
    at.work.together.put_view(at.case.number, held.round, view)


def _rule(at: LockedCase, order: orders.Rule) -> None:
    """Set lead and helpers by one of three principles. The ruling is binding."""
    case, lead = at.case, at.leads(at.unit(order.lead))
    due_at = order.until or at.answer_by()
    principle = Principle(order.principle)
    helpers = [at.unit(code) for code in dict.fromkeys(order.helpers)]
    assessment.rule(case, principle, lead, order.reason, at.actor, at.now, due_at=due_at)
    for unit in helpers:
        add_helper(case, unit, order.reason, due_at, at.actor, at.now)
        at.work.together.add_task(case.number, unit.code, order.reason, at.now, due_at)
    ruled = at.work.together.assessments(case.number)[-1]
    ruled.principle, ruled.lead, ruled.words = principle, lead.code, order.reason
    ruled.helpers, ruled.ruled_at = tuple(unit.code for unit in helpers), at.now
    place = case.matter.place.narrowest if case.matter.place else None
    at.work.together.rule(ruled)
    if place is not None or lead.level is Level.CITY:
        # Without a place the ruling would apply to the whole city, which a street's must not.
        at.work.together.set_precedent(ruled, case.category, place or ANYWHERE)


ACTS: Mapping[Move, MoveHandler] = {
    Move.OPEN_ASSESSMENT: MoveHandler(orders.OpenAssessment, _open),
    Move.GIVE_VIEW: MoveHandler(orders.GiveView, _give_view),
    Move.RULE: MoveHandler(orders.Rule, _rule),
}
