"""Joint handling (一起来办): helpers, meetings, tiers, and merging and splitting of cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.catalogue.rules.units import Unit
from api.domain.cases.case import Case
from api.domain.cases.routing import CodedReason
from api.domain.cases.standing import files_given
from api.domain.errors import AlreadyIn, CannotMerge, NoSuchMeeting, NotHelping, UntilInvalid
from api.domain.lifecycle import ENDS, Move, MoveNeed
from api.people.rules.actor import SYSTEM, Actor


@dataclass(slots=True, kw_only=True)
class Task:
    """A helping unit's task in a case (协办); `seq` counts the case's tasks from 1.

    `outcome` is the unit's report; `dropped_at` is set when the task was removed.
    """

    number: str
    seq: int
    unit: str
    what: str
    given_at: datetime
    due_at: datetime
    outcome: str | None = None
    done_at: datetime | None = None
    dropped_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether the task is neither done nor removed."""
        return self.done_at is None and self.dropped_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A coordination meeting (协调会): participants, decision, and the decision's deadline.

    `seq` counts the case's meetings from 1; `outcome` is the result of the decision.
    """

    number: str
    seq: int
    at: datetime
    participants: tuple[str, ...]
    decision: str
    due_at: datetime
    outcome: str | None = None
    done_at: datetime | None = None


def add_helper(
    case: Case, unit: Unit, what: str, due_at: datetime, actor: Actor, at: datetime
) -> None:
    """Give a unit a task in the case.

    Raises:
        AlreadyIn: the unit leads the case, or already has a task in it.
        UntilInvalid: the task would be due at once.
    """
    given = (MoveNeed.UNIT, MoveNeed.UNTIL)
    case.check(Move.ADD_HELPER, actor, given=given)
    if unit.code == case.unit or unit.code in case.helpers:
        raise AlreadyIn(unit=unit.code)
    if due_at <= at:
        raise UntilInvalid(until=due_at.isoformat())
    helps = CodedReason("helps", {"unit": unit.names, "until": due_at.isoformat()})
    case.move(
        Move.ADD_HELPER, actor, at, reason=what, because=(helps,), given=given, unit=unit.code
    )
    case.helpers = (*case.helpers, unit.code)


def remove_helper(case: Case, unit: str, reason: str, actor: Actor, at: datetime) -> None:
    """Remove a unit's task.

    Raises:
        NotHelping: the unit has no task.
    """
    given = (MoveNeed.UNIT,)
    case.check(Move.REMOVE_HELPER, actor, reason=reason, given=given)
    if unit not in case.helpers:
        raise NotHelping(unit=unit)
    helped = CodedReason("helps_no_longer", {"unit": unit})
    case.move(
        Move.REMOVE_HELPER, actor, at, reason=reason, because=(helped,), given=given, unit=unit
    )
    case.helpers = tuple(helper for helper in case.helpers if helper != unit)


def finish_task(case: Case, outcome: str, actor: Actor, at: datetime, *, files: int = 0) -> None:
    """Report the task of the actor's unit as done."""
    done = CodedReason("task_done", {"unit": actor.unit or ""})
    case.move(Move.FINISH_TASK, actor, at, reason=outcome, because=(done, *files_given(files)))
    case.helpers = tuple(helper for helper in case.helpers if helper != actor.unit)


def meet(
    case: Case,
    decision: str,
    due_at: datetime,
    actor: Actor,
    at: datetime,
) -> None:
    """Record a coordination meeting.

    Raises:
        UntilInvalid: the decision would be due at once.
    """
    given = (MoveNeed.UNTIL,)
    case.check(Move.MEET, actor, reason=decision, given=given)
    if due_at <= at:
        raise UntilInvalid(until=due_at.isoformat())
    # Without the participants: erasing deletes the meeting's record, but not the reason.
    met = CodedReason("met", {"until": due_at.isoformat()})
    case.move(Move.MEET, actor, at, reason=decision, because=(met,), given=given)


def still_open(meetings: Sequence[Meeting], seq: int | None) -> Meeting:
    """Find a meeting with an open decision: the one with number `seq`, else the first.

    Raises:
        NoSuchMeeting: there is none.
    """
    for meeting in meetings:
        if meeting.done_at is None and seq in {None, meeting.seq}:
            return meeting
    raise NoSuchMeeting(meeting=seq or 0)


def finish_meeting(
    case: Case, meeting: Meeting, entry: int, outcome: str, actor: Actor, at: datetime
) -> None:
    """Report a meeting's decision as done; history entry `entry` recorded the meeting."""
    done = CodedReason("meeting_done", {"meeting": str(meeting.seq), "entry": str(entry)})
    case.move(Move.FINISH_MEETING, actor, at, reason=outcome, because=(done,))


def change_tier(
    case: Case, move: Move, unit: Unit, reason: str, actor: Actor, at: datetime
) -> None:
    """Transfer the case to a unit of the tier above or below; its deadlines stay."""
    because = (CodedReason(move.value, {"unit": unit.names}),)
    case.hand_to(move, unit, actor, at, case.due_at, because, reason, (MoveNeed.UNIT,))


def merge(case: Case, into: Case, reason: str | None, actor: Actor, at: datetime) -> None:
    """Merge `case` into `into` (并案): `case` ends, and its citizen then follows `into`.

    Raises:
        CannotMerge: both are the same case, or `into` has ended.
    """
    given = (MoveNeed.OTHER,)
    case.check(Move.MERGE, actor, given=given)
    if into.number == case.number or into.state in ENDS:
        raise CannotMerge(number=into.number)
    merged = CodedReason("merged_into", {"number": into.number})
    case.move(Move.MERGE, actor, at, reason=reason, because=(merged,), given=given)
    case.merged_into, case.due_at, case.clerk_by, case.remind_at = into.number, None, None, None
    into.followed += case.followed + 1


def take_over(case: Case, taken_back: Case, at: datetime) -> None:
    """Continue with `case`, whose citizen followed the withdrawn case `taken_back`.

    The work done on the matter still counts, and so do earlier rulings and returns of its units.
    """
    goes_on = CodedReason("takes_over", {"number": taken_back.number})
    case.move(Move.TAKE_OVER, SYSTEM, at, because=(goes_on,))
    case.merged_into = case.unit = case.dispatched_at = None
    case.held_by = tuple(dict.fromkeys((*taken_back.held_by, *case.held_by)))
    case.returns, case.rehandled = taken_back.returns, taken_back.rehandled
    case.ruled, case.hard = taken_back.ruled, taken_back.hard
    case.supervised, case.reported = taken_back.supervised, taken_back.reported
    case.instructed = taken_back.instructed


def split(case: Case, new: str, reason: str, actor: Actor, at: datetime) -> None:
    """Record that a part of the matter continues as the case `new`."""
    parted = CodedReason("split_off", {"number": new})
    case.move(Move.SPLIT, actor, at, reason=reason, because=(parted,), given=(MoveNeed.OTHER,))
