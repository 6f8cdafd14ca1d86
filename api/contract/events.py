"""What a subscriber is told: one JSON object an event, posted signed (`api.contract.signing`).

Events of one `order` key come one by one, `seq` rising; a repeat carries the id of the first.
A reader answers 2xx to a type that it does not know: types may be added. Parameters that are names
are in both languages, so that words can be made when they are sent, in the reader's language.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.contract.cases.case import CategoryRef, ClockName, Kind, State, UnitOut
from api.contract.wire import Code, Line, Names, RequestModel, ResponseModel
from api.domain.lifecycle import TABLE, CitizenNotice

_HEARD = {row.event: row.heard for row in TABLE.values() if row.event is not None}

CASE_TYPES = tuple(_HEARD)
"""One a move, in the order of the life cycle; `data` is a `CaseNews`."""

OWN_TYPES = tuple(type_ for type_, heard in _HEARD.items() if heard is CitizenNotice.OWN)
"""Where the citizen made the move (`by`), they were told in the answer to it."""

QUIET_TYPES = tuple(type_ for type_, heard in _HEARD.items() if heard is CitizenNotice.NOTHING)
"""What means nothing new for the citizen."""

SURVEY_TYPES = ("survey.asked", "survey.reminded", "survey.ended")
"""`data` is a `SurveyNews`."""

LIVE_TYPES = ("live.waiting", "live.joined", "live.said", "live.ended", "live.case")
"""Told to our own citizen's side alone, as they carry what was said; see `api.contract.live`."""

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
"""What comes next: a clerk accepts or dispatches, the unit signs in or replies, the citizen gives
what was asked for, a clerk decides on more time or on a return, an assessment rules, the citizen is
asked what came of it."""

SurveyQuestion = Literal[
    "contacted", "solved", "satisfaction", "treated", "reason", "may_contact", "rehandle"
]
"""`treated` is asked in place of `satisfaction` where the law was applied or a quarrel mediated."""
SurveyEnd = Literal["answered", "unreached", "dropped"]


class Event(ResponseModel):
    """One thing that happened, for one conversation (`contact_point`).

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
    """The data of `case.*`: how the case stands after the move.

    `in_receipt` is true for what the citizen was told already, in the answer to *open case* or to
    the last question of a survey. `by` is the role that made the move. `note` is what the citizen
    is told in words (progress, reply, what is asked for, why it takes longer), `solved` the unit's
    own view. `helper` is a unit that helps from now on, `other` a case that this one went into,
    goes on without or was parted from, `followed_as` the citizen's own number where they follow
    another's case. `next` is who moves next, `next_by` until when, `due_at` until when the unit's
    answer is promised.
    `reason` and `door` are those of the exclusion under which a case was rejected, `end` how a
    closed one ended. Where a clock made the move, `clock` says which, and `lapses_at` its deadline.
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
    """The data of `survey.*`: what the case was about, and which question waits for an answer.

    `answer` is what the unit said in its reply. `round` counts the surveys of the case from 1;
    answers go to `POST /v1/cases/{number}/survey` with it. `end` is set in `survey.ended`.
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
    """What became of the message that an event was turned into.

    sent: the channel has it. failed: not now, and it will be tried again. dead: never; the contact
    point is not reached until the citizen writes again.
    """

    event: Code
    outcome: Literal["sent", "failed", "dead"]
    reason: Line | None = None


class DeliveryReports(RequestModel):
    """Some reports at once; of one event the last one counts."""

    items: Annotated[tuple[DeliveryReport, ...], Field(min_length=1, max_length=200)]


class DeliveriesTaken(ResponseModel):
    """How many of the reports were about events that exist."""

    taken: int


class DeliveryOut(ResponseModel):
    """A message that did not arrive: of which event, why, how often it was tried."""

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
