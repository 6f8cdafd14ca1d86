"""Read joint work of one case, and the candidates of a month's joint review."""

from datetime import UTC, datetime

from api.catalogue.rules.calendar import midnight
from api.catalogue.service import category_ref, unit_out
from api.contract.cases.together import (
    AssessmentOut,
    CandidateOut,
    CandidatePage,
    MeetingOut,
    TaskOut,
    TogetherOut,
    ViewOut,
    WaitingTask,
    WaitingTasks,
)
from api.contract.wire import Names, in_range
from api.domain.joint.assessment import Assessment
from api.domain.joint.together import Meeting, Task
from api.errors import MonthInvalid
from api.people.rules.actor import Actor, Role
from api.people.rules.permissions import Action, authorize
from api.services.cases.reading import find
from api.services.desk import ServiceDesk
from api.store.joint.candidates import Candidates, Concentration
from kernel.database.transaction import Transaction

_SOME = 10
"""Most case numbers of one candidate."""


def read_together(tx: Transaction, desk: ServiceDesk, actor: Actor, number: str) -> TogetherOut:
    """Show assessments, tasks and meetings of a case.

    Raises:
        CaseNotFound: this reader has no such case.
            Forbidden: the actor is a citizen, who gets messages instead.
    """
    authorize(actor, Action.READ_JOINT_WORK)
    work = desk.work(tx)
    kept, number = work.together, find(work, actor, number).number
    now = desk.clock.now()
    return TogetherOut.model_validate(
        {
            "number": number,
            "assessments": tuple(
                assessment_out(desk, assessment) for assessment in kept.assessments(number)
            ),
            "tasks": tuple(task_out(desk, task) for task in kept.tasks(number)),
            "meetings": tuple(meeting_out(meeting, now) for meeting in kept.meetings(number)),
        }
    )


def read_owed(tx: Transaction, desk: ServiceDesk, actor: Actor) -> WaitingTasks:
    """List open tasks, views and meetings' decisions of the actor's unit, or all for the hotline.

    Raises:
        Forbidden: the role reads no cases.
    """
    authorize(actor, Action.READ_JOINT_WORK)
    unit = (actor.unit or "") if actor.acts_as is Role.UNIT else None
    return WaitingTasks(
        items=tuple(
            WaitingTask.model_validate(
                {
                    "number": number,
                    "what": what,
                    "unit": unit_out(desk.catalogue, of),
                    "due_at": due,
                }
            )
            for number, what, of, due in desk.work(tx).together.owed_by(unit)
        )
    )


def candidates(tx: Transaction, desk: ServiceDesk, actor: Actor, month: str) -> CandidatePage:
    """List candidates of the joint review of a month (`2026-03`, in Asia/Shanghai).

    Raises:
        Forbidden: the actor may not see them.
        MonthInvalid: there is no such month.
    """
    authorize(actor, Action.REVIEW_CANDIDATES)
    since, before = _month(month)
    rule = desk.catalogue.city.review
    counted = Candidates(tx, since, before, _SOME)
    found = (
        *(("concentrated", case) for case in counted.concentrated(rule.concentrated)),
        *(("repeated", case) for case in counted.came_back(rule.came_back)),
        *(("repeated", case) for case in counted.asked_again(rule.asked_again)),
        *(("hard", case) for case in counted.hard()),
    )
    return CandidatePage(
        month=month, items=tuple(_candidate(desk, *candidate) for candidate in found)
    )


def _month(month: str) -> tuple[datetime, datetime]:
    try:
        first = in_range(datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC).date())
        year, later = divmod(first.year * 12 + first.month, 12)
        return midnight(first), midnight(first.replace(year=year, month=later + 1))
    except ValueError:
        raise MonthInvalid(month=month[:16]) from None


def _candidate(desk: ServiceDesk, why: str, heap: Concentration) -> CandidateOut:
    place = desk.catalogue.territory.get(heap.street) if heap.street else None
    return CandidateOut.model_validate(
        {
            "why": why,
            "category": category_ref(desk.catalogue, heap.category),
            "place": Names(zh=place.zh, en=place.en) if place is not None else None,
            "count": heap.count,
            "numbers": heap.numbers,
        }
    )


def task_out(desk: ServiceDesk, task: Task) -> TaskOut:
    """Convert a helper's task to its wire model."""
    return TaskOut.model_validate(
        {
            "unit": unit_out(desk.catalogue, task.unit),
            "what": task.what,
            "given_at": task.given_at,
            "due_at": task.due_at,
            "outcome": task.outcome,
            "done_at": task.done_at,
            "dropped_at": task.dropped_at,
        }
    )


def meeting_out(meeting: Meeting, now: datetime) -> MeetingOut:
    """Convert a meeting in its state at `now`."""
    return MeetingOut(
        meeting=meeting.seq,
        at=meeting.at,
        participants=meeting.participants,
        decision=meeting.decision,
        due_at=meeting.due_at,
        outcome=meeting.outcome,
        done_at=meeting.done_at,
        overdue=meeting.done_at is None and meeting.due_at < now,
    )


def assessment_out(desk: ServiceDesk, assessment: Assessment) -> AssessmentOut:
    """Convert an assessment with its views."""

    def named(codes: tuple[str, ...]) -> tuple[object, ...]:
        return tuple(unit_out(desk.catalogue, code) for code in codes)

    return AssessmentOut.model_validate(
        {
            "round": assessment.round,
            "opened_at": assessment.opened_at,
            "due_at": assessment.due_at,
            "reason": assessment.reason,
            "members": named(assessment.members),
            "views": tuple(
                ViewOut.model_validate(
                    {
                        "unit": unit_out(desk.catalogue, said.unit),
                        "stand": said.stand.value,
                        "words": said.words,
                        "at": said.at,
                    }
                )
                for said in assessment.views
            ),
            "principle": assessment.principle and assessment.principle.value,
            "lead": unit_out(desk.catalogue, assessment.lead),
            "helpers": named(assessment.helpers),
            "words": assessment.words,
            "ruled_at": assessment.ruled_at,
        }
    )
