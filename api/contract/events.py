"""Wire models of events: one JSON object per event, posted signed (`api.contract.signing`).

Events of one `order` key are posted one by one with increasing `seq`; a repetition has the id of
the first delivery. A subscriber must answer 2xx to an unknown type, because types may be added.
Names in parameters are in both languages, so that words can be made in the reader's language.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.contract.cases.case import CategoryRef, ClockName, Kind, State, UnitOut
from api.contract.wire import Code, Line, Names, RequestModel, ResponseModel
from api.domain.lifecycle import TABLE, CitizenNotice

_HEARD = {row.event: row.heard for row in TABLE.values() if row.event is not None}

CASE_TYPES = tuple(_HEARD)
"""One type per move, in the order of the life cycle; `data` is a `CaseNews`."""

OWN_TYPES = tuple(type_ for type_, heard in _HEARD.items() if heard is CitizenNotice.OWN)
"""Types without a message if the citizen made the move (`by`): its answer informed them."""

QUIET_TYPES = tuple(type_ for type_, heard in _HEARD.items() if heard is CitizenNotice.NOTHING)
"""Types without news for the citizen."""

SURVEY_TYPES = ("survey.asked", "survey.reminded", "survey.ended")
"""`data` is a `SurveyNews`."""

LIVE_TYPES = ("live.waiting", "live.joined", "live.said", "live.ended", "live.case")
"""Types only for our own citizen's side, because they contain messages; see `api.contract.live`."""

EVENT_TYPES = (*CASE_TYPES, *SURVEY_TYPES, *LIVE_TYPES)

NextStep = Literal[
    "accept",
    "dispatch",
    "sign_in",
    "reply",
    "supplement",
    "decide_extension",
    "decide_return",
    "rule",
    "survey",
]
"""The next step: a clerk accepts or dispatches, the unit signs for it or replies, the citizen gives
the requested details, a clerk decides on an extension or a return, an assessment rules, the
callback
survey asks."""

SurveyQuestion = Literal[
    "contacted", "solved", "satisfaction", "treated", "reason", "may_contact", "rehandle"
]
"""`treated` replaces `satisfaction` in matters of law enforcement and mediation."""
SurveyEnd = Literal["answered", "unreached", "dropped"]


class Event(ResponseModel):
    """One event for one conversation (`contact_point`).

    `order` is the case's number, or the live conversation; `data` is shaped by the type's prefix.
    """

    id: str
    type: str
    at: datetime
    contact_point: str
    order: str
    seq: int
    data: dict[str, Any]


class CaseNews(ResponseModel):
    """The data of `case.*`: the case's state after the move.

    `in_receipt` is true if the answer to *open case* or to the survey's last question has already
    told the citizen. `by` is the role that made the move. `note` are the words for the citizen
    (progress, reply, requested details, reason of an extension), `solved` the unit's own view.
    `helper` is a new helping unit. `other` is the case that this one was merged into, separated
    from or split from. `followed_as` is the citizen's own number if they follow another case.
    `next` is who acts next, `next_by` until when, `due_at` the promised time of the unit's answer.
    `reason` and `door` are those of a rejected case's exclusion, `end` is how a case was closed. If
    a clock made the move, `clock` is its kind and `lapses_at` its deadline.
    """

    number: str
    kind: Kind
    state: State
    category: CategoryRef
    opened_at: datetime
    unit: UnitOut | None = None
    in_receipt: bool = False
    by: str | None = None
    helper: UnitOut | None = None
    other: str | None = None
    followed_as: str | None = None
    note: str | None = None
    solved: Literal["yes", "partly", "no"] | None = None
    due_at: datetime | None = None
    next: NextStep | None = None
    next_by: datetime | None = None
    owed: tuple[str, ...] = ()
    owed_names: tuple[Names, ...] = ()
    reason: Names | None = None
    door: Names | None = None
    end: SurveyEnd | None = None
    clock: ClockName | None = None
    lapses_at: datetime | None = None


class SurveyNews(ResponseModel):
    """The data of `survey.*`: the case, and the open question.

    `answer` is the unit's reply. `round` counts the surveys of the case from 1; answers are posted
    with it to `POST /v1/cases/{number}/survey`. `end` is set in `survey.ended`.
    """

    number: str
    category: CategoryRef
    opened_at: datetime
    round: int
    unit: UnitOut | None = None
    answer: str | None = None
    question: SurveyQuestion | None = None
    valid_until: datetime | None = None
    end: SurveyEnd | None = None


class DeliveryReport(RequestModel):
    """Delivery result of an event's message.

    sent: the channel has accepted it. failed: it will be retried. dead: it is never delivered; the
    contact point cannot be reached until the citizen writes again.
    """

    event: Code
    outcome: Literal["sent", "failed", "dead"]
    reason: Line | None = None


class DeliveryReports(RequestModel):
    """Several reports; the last one of an event counts."""

    items: Annotated[tuple[DeliveryReport, ...], Field(min_length=1, max_length=200)]


class DeliveriesTaken(ResponseModel):
    """Number of reports about existing events."""

    taken: int


class DeliveryOut(ResponseModel):
    """An undelivered message: its event, the error, the number of attempts."""

    event: str
    type: str
    order: str
    contact_point: str
    outcome: Literal["sent", "failed", "dead"]
    reason: str | None = None
    reports: int
    at: datetime


class DeliveryPage(ResponseModel):
    """Reports, newest first."""

    items: tuple[DeliveryOut, ...]
