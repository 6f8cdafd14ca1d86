"""Wire models of joint work of several units, and of the monthly review."""

from datetime import datetime
from typing import Literal

from api.contract.cases.case import CategoryRef, UnitOut
from api.contract.cases.moves import Principle, Stand
from api.contract.wire import Names, ResponseModel


class TaskOut(ResponseModel):
    """A helper's task. Open until it is done or removed (`dropped_at`)."""

    unit: UnitOut
    what: str
    given_at: datetime
    due_at: datetime
    outcome: str | None = None
    done_at: datetime | None = None
    dropped_at: datetime | None = None


class MeetingOut(ResponseModel):
    """A coordination meeting: participants, decision, and its due time.

    `meeting` counts those of the case from 1. `outcome` is the reported result of the decision;
    `overdue` is true when the report is late.
    """

    meeting: int
    at: datetime
    participants: tuple[str, ...]
    decision: str
    due_at: datetime
    outcome: str | None = None
    done_at: datetime | None = None
    overdue: bool = False


class ViewOut(ResponseModel):
    """The view of a member of an assessment."""

    unit: UnitOut
    stand: Stand
    words: str
    at: datetime


class AssessmentOut(ResponseModel):
    """A joint assessment. It is ruled once it has a `principle`; until then it is due by `due_at`.

    `reason` are the words of its cause: of a clerk, of a unit that returned the case again, or of a
    dissatisfied citizen. It may be absent; the history then has the reason.
    """

    round: int
    opened_at: datetime
    due_at: datetime
    reason: str | None = None
    members: tuple[UnitOut, ...]
    views: tuple[ViewOut, ...] = ()
    principle: Principle | None = None
    lead: UnitOut | None = None
    helpers: tuple[UnitOut, ...] = ()
    words: str | None = None
    ruled_at: datetime | None = None


class TogetherOut(ResponseModel):
    """All joint work of a case, oldest first."""

    number: str
    assessments: tuple[AssessmentOut, ...]
    tasks: tuple[TaskOut, ...]
    meetings: tuple[MeetingOut, ...]


class WaitingTask(ResponseModel):
    """Open work of a unit in a case: a helper's task, its view, or as lead a meeting's decision."""

    number: str
    what: Literal["task", "view", "meeting"]
    unit: UnitOut
    due_at: datetime


class WaitingTasks(ResponseModel):
    """Open work, the soonest due first."""

    items: tuple[WaitingTask, ...]


class CandidateOut(ResponseModel):
    """A candidate for the month's joint review, and the reason.

    concentrated: many cases of one category in one street. repeated: one case with several returns
    and rehandlings, or one citizen with the same matter again. hard: marked as hard. `count` is the
    counted number; `numbers` are some of the cases, newest first.
    """

    why: Literal["concentrated", "repeated", "hard"]
    category: CategoryRef
    place: Names | None = None
    count: int
    numbers: tuple[str, ...]


class CandidatePage(ResponseModel):
    """The month's candidates by kind, those with the highest count first."""

    month: str
    items: tuple[CandidateOut, ...]
