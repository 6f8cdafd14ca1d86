"""List open joint work over all cases: all for the hotline, its own for a unit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from api.catalogue.rules.clocks import ClockKind
from api.contract import CaseSummary, ClockOut
from api.contract.cases.together import AssessmentOut, MeetingOut, TaskOut
from api.domain.cases.clock import SlaClock
from api.people.rules.actor import Actor, Role
from api.people.rules.permissions import Action, authorize
from api.services.cases import views
from api.services.clocks import clocks
from api.services.desk import ServiceDesk
from api.services.joint import review
from api.store.joint.open_together import OpenTogether
from kernel.database.transaction import Transaction

MOST = 50
"""Most entries of each kind on the page."""

_DONE_SHOWN = timedelta(days=14)
"""How long a finished decision stays in the list."""

One = TypeVar("One", AssessmentOut, TaskOut, MeetingOut)


@dataclass(frozen=True, slots=True)
class OpenItem(Generic[One]):
    """One entry with its case, and its clock if that runs."""

    case: CaseSummary
    what: One
    clock: ClockOut | None


@dataclass(frozen=True, slots=True)
class OpenWork:
    """Open joint work by kind, the soonest due first."""

    assessments: tuple[OpenItem[AssessmentOut], ...]
    tasks: tuple[OpenItem[TaskOut], ...]
    meetings: tuple[OpenItem[MeetingOut], ...]


def read_open(tx: Transaction, desk: ServiceDesk, actor: Actor) -> OpenWork:
    """List open assessments, helpers' tasks and meetings' decisions, and recently finished ones.

    A unit reads the assessments of which it is a member, its tasks and those of the cases that it
    leads, and meetings of cases in which it has a role.

    Raises:
        Forbidden: the role reads no cases.
    """
    authorize(actor, Action.READ_JOINT_WORK)
    unit, now = (actor.unit or "") if actor.role is Role.UNIT else None, desk.clock.now()
    kept = OpenTogether(tx, desk.keyring)
    assessments, tasks = kept.unruled(unit, MOST), kept.undone(unit, MOST)
    meetings = kept.held(unit, now - _DONE_SHOWN, MOST)
    listed = (assessments, tasks, meetings)
    numbers = {part.number for sort in listed for part in sort}
    standings = kept.standings(numbers)
    shown: Mapping[str, CaseSummary] = {
        number: views.summary(desk.catalogue, standing) for number, standing in standings.items()
    }
    ticking = {_key(running): running for running in kept.running(numbers)}

    def clock(number: str, kind: ClockKind, which: object = None) -> ClockOut | None:
        found = ticking.get((number, kind, which))
        return clocks.shown(desk, actor, [found])[0] if found is not None else None

    return OpenWork(
        tuple(
            OpenItem(
                shown[assessment.number],
                review.assessment_out(desk, assessment),
                clock(assessment.number, ClockKind.ASSESSMENT),
            )
            for assessment in assessments
        ),
        tuple(
            OpenItem(
                shown[task.number],
                review.task_out(desk, task),
                clock(task.number, ClockKind.TASK, task.unit),
            )
            for task in tasks
        ),
        tuple(
            OpenItem(
                shown[meeting.number],
                review.meeting_out(meeting, now),
                clock(meeting.number, ClockKind.MEETING, meeting.at),
            )
            for meeting in meetings
        ),
    )


def _key(clock: SlaClock) -> tuple[str, ClockKind, object]:
    """Return a clock's key among those of its kind: a task's unit, or a meeting's time."""
    which = {ClockKind.TASK: clock.unit, ClockKind.MEETING: clock.started_at}.get(clock.kind)
    return clock.number, clock.kind, which
