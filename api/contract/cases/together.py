"""What several units do about a case, on the wire; and what the month's review takes up."""

from datetime import datetime
from typing import Literal

from api.contract.cases.case import CategoryRef, UnitOut
from api.contract.cases.moves import Principle, Stand
from api.contract.wire import Names, ResponseModel


class TaskOut(ResponseModel):
    """A helper's task. Open until it is done, or taken away (`dropped_at`)."""

    unit: UnitOut
    what: str
    given_at: datetime
    due_at: datetime
    outcome: str | None = None
    done_at: datetime | None = None
    dropped_at: datetime | None = None


class MeetingOut(ResponseModel):
    """A coordination meeting: who took part, what was decided, by when it is done.

    `meeting` counts those of the case from 1. What became of the decision is `outcome`, once it was
    reported; `overdue` says that it was not, and should have been.
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
    """What a member of an assessment says."""

    unit: UnitOut
    stand: Stand
    words: str
    at: datetime


class AssessmentOut(ResponseModel):
    """A joint assessment. Ruled once it has a `principle`; due until then by `due_at`.

    `reason` is in the words of whoever brought it about: a clerk, a unit that returned the case
    again, a citizen who was let down. It is absent where nobody used any; the history says why.
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
    """All of it, oldest first."""

    number: str
    assessments: tuple[AssessmentOut, ...]
    tasks: tuple[TaskOut, ...]
    meetings: tuple[MeetingOut, ...]


class WaitingTask(ResponseModel):
    """What a unit owes to a case: a helper's task, its view, or, leading, a meeting's decision."""

    number: str
    what: Literal["task", "view", "meeting"]
    unit: UnitOut
    due_at: datetime


class WaitingTasks(ResponseModel):
    """What is due first comes first."""

    items: tuple[WaitingTask, ...]


class CandidateOut(ResponseModel):
    """What the month's joint review may take up, and why.

    concentrated: many cases of one category in one street. repeated: one case that came back, by
    returns and rehandling, or one citizen who asks the same again. hard: marked so. `count` is what
    was counted; `numbers` are some of the cases, newest first.
    """

    why: Literal["concentrated", "repeated", "hard"]
    category: CategoryRef
    place: Names | None = None
    count: int
    numbers: tuple[str, ...]


class CandidatePage(ResponseModel):
    """The month's candidates: what counts most comes first, sort by sort."""

    month: str
    items: tuple[CandidateOut, ...]
