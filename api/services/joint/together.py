"""Moves of joint work: helpers' tasks, coordination meetings, a tier up or down."""

from collections.abc import Mapping

from api.contract.cases import moves as orders
from api.domain.errors import NoTier
from api.domain.joint import together
from api.domain.joint.tiers import is_step, neighbour
from api.domain.lifecycle import Move
from api.services.attachments.attachments import give
from api.services.scene import LockedCase, MoveHandler


def _add_helper(at: LockedCase, order: orders.AddHelper) -> None:
    """Add a helping unit with a task."""
    case, unit = at.case, at.unit(order.unit)
    together.add_helper(case, unit, order.what, order.until, at.actor, at.now)
    at.work.together.add_task(case.number, unit.code, order.what, at.now, order.until)


def _remove_helper(at: LockedCase, order: orders.RemoveHelper) -> None:
    """Remove a helper's task."""
    together.remove_helper(at.case, order.unit, order.reason, at.actor, at.now)
    at.work.together.end_task(at.case.number, order.unit, at.now, None)


def _finish_task(at: LockedCase, order: orders.FinishTask) -> None:
    """Report the own task as done, as a helper."""
    files = give(at, order.attachments)
    together.finish_task(at.case, order.reason, at.actor, at.now, files=files)
    at.work.together.end_task(at.case.number, at.actor.unit or "", at.now, order.reason)


def _meet(at: LockedCase, order: orders.Meet) -> None:
    """Record a coordination meeting."""
    case, who = at.case, order.participants
    together.meet(case, order.reason, order.until, at.actor, at.now)
    at.work.together.add_meeting(case.number, who, order.reason, at.now, order.until)


def _finish_meeting(at: LockedCase, order: orders.FinishMeeting) -> None:
    """Report a meeting's decision as done."""
    case, kept = at.case, at.work.together
    meeting = together.still_open(kept.meetings(case.number), order.meeting)
    # A meeting's clock is identified by the entry that recorded the meeting.
    entries = [past.seq for past in at.work.cases.history(case.number) if past.move is Move.MEET]
    entry = entries[meeting.seq - 1]
    together.finish_meeting(case, meeting, entry, order.reason, at.actor, at.now)
    kept.end_meeting(case.number, meeting.seq, at.now, order.reason)


def _tier_up(at: LockedCase, order: orders.ChangeTier) -> None:
    """Move the case to the tier above; its deadlines stay."""
    _change_tier(at, order, Move.TIER_UP, 1)


def _tier_down(at: LockedCase, order: orders.ChangeTier) -> None:
    """Move the case to the tier below; its deadlines stay."""
    _change_tier(at, order, Move.TIER_DOWN, -1)


def _change_tier(at: LockedCase, order: orders.ChangeTier, what: Move, step: int) -> None:
    case = at.case
    place = case.matter.place.narrowest if case.matter.place else None
    category = at.desk.category(case.category)
    unit = (
        at.unit(order.unit)
        if order.unit is not None
        else neighbour(at.desk.catalogue, case.unit, category, place, step)
    )
    if unit is None or not is_step(at.desk.catalogue, case.unit, unit, step):
        raise NoTier(unit=case.unit or "")
    together.change_tier(case, what, at.leads(unit), order.reason, at.actor, at.now)


ACTS: Mapping[Move, MoveHandler] = {
    Move.ADD_HELPER: MoveHandler(orders.AddHelper, _add_helper),
    Move.REMOVE_HELPER: MoveHandler(orders.RemoveHelper, _remove_helper),
    Move.FINISH_TASK: MoveHandler(orders.FinishTask, _finish_task),
    Move.MEET: MoveHandler(orders.Meet, _meet),
    Move.FINISH_MEETING: MoveHandler(orders.FinishMeeting, _finish_meeting),
    Move.TIER_UP: MoveHandler(orders.ChangeTier, _tier_up),
    Move.TIER_DOWN: MoveHandler(orders.ChangeTier, _tier_down),
}
