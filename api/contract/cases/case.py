"""Wire models of cases: the request to open one, the case, and its moves."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from api.contract.catalogue import Limit, Urgency
from api.contract.wire import (
    Code,
    Instant,
    Line,
    Names,
    Reason,
    RequestModel,
    ResponseModel,
    Words,
    clean,
    either,
)
from api.domain import lifecycle

Kind = Literal["consult", "help", "complaint", "report", "suggestion", "praise"]
Language = Literal["zh", "en"]
ContactMode = Literal["named", "confidential", "anonymous"]
State = Literal[
    "submitted",
    "accepted",
    "dispatched",
    "processing",
    "replied",
    "callback",
    "closed",
    "supplement",
    "return_pending",
    "extension_pending",
    "assessment",
    "rehandling",
    "answered_online",
    "rejected",
    "withdrawn",
    "merged",
    "long_term",
]
Move = Annotated[
    str, Field(json_schema_extra={"enum": [*lifecycle.Move]}), AfterValidator(lifecycle.Move)
]
"""A move by its name in the table of the life cycle."""
Flag = Literal["urged", "supervised", "reported", "hard", "confidential", "instructed"]
"""Marks of a case that do not change its state: 催办, 督办, reported up, 疑难, 保密, 领导批示."""
ClockName = Literal[
    "accept",
    "sign_in",
    "contact",
    "return_decision",
    "answer",
    "extension",
    "assessment",
    "rehandle",
    "task",
    "meeting",
    "callback",
]
Phone = Annotated[
    str, Field(pattern=r"^\+?[0-9][0-9 -]{4,19}$", examples=["13800001234"]), BeforeValidator(clean)
]
Measure = Literal["yes", "partly", "no"]
Details = Annotated[
    dict[Code, Line],
    # pydantic publishes only the keys' pattern, which does not forbid other keys.
    Field(
        max_length=40,
        json_schema_extra={"additionalProperties": False, "propertyNames": {"maxLength": 64}},
    ),
]
Files = Annotated[tuple[Code, ...], Field(max_length=20)]


class Place(RequestModel):
    """The place: the citizen's words, and the known codes of the territory."""

    text: Line
    district: Code | None = None
    street: Code | None = None
    community: Code | None = None
    road: Line | None = None
    number: Line | None = None
    estate: Line | None = None
    building: Line | None = None
    landmark: Line | None = None


class Moment(RequestModel):
    """The time: the citizen's words, and the parsed time; `recurrence` is in words."""

    text: Line
    start: Instant | None = None
    end: Instant | None = None
    recurrence: Line | None = None


class Contact(RequestModel):
    """How the citizen wants to be known.

    named: the handling unit sees name and phone. confidential: only the hotline sees them.
    anonymous: nobody sees them, so neither may be given.
    """

    model_config = ConfigDict(
        json_schema_extra=either(
            {"properties": {"mode": {"enum": ["named", "confidential"]}}},
            {"properties": {"name": {"type": "null"}, "phone": {"type": "null"}}},
        )
    )

    mode: ContactMode = "named"
    name: Line | None = None
    phone: Phone | None = None

    @model_validator(mode="after")
    def _anonymous_has_no_name(self) -> "Contact":
        if self.mode == "anonymous" and (self.name or self.phone):
            msg = "an anonymous contact carries neither name nor phone"
            raise ValueError(msg)
        return self


class OpenCase(RequestModel):
    """A matter as the citizen confirmed it.

    `category_confidence` is the understanding's confidence; leave it out when the citizen chose or
    confirmed the category. `owed` names the requested details that are missing; the case is opened
    anyway. `notice` is the version of the privacy notice that the citizen was shown and accepted
    by confirming.
    """

    contact_point: Code
    channel: Code
    language: Language = "zh"
    kind: Kind
    category: Code
    category_confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    happened: Words
    place: Place | None = None
    time: Moment | None = None
    demand: Words | None = None
    contact: Contact = Contact()
    details: Details = Field(default_factory=dict)
    owed: Annotated[tuple[Code, ...], Field(max_length=40)] = ()
    attachments: Files = ()
    notice: Code | None = None


class UnitOut(ResponseModel):
    """The unit of a case; `example_phone` is true for an invented number."""

    code: str
    names: Names
    phone: str | None = None
    example_phone: bool = False


class ClockOut(ResponseModel):
    """One clock of a case, as of the time of reading.

    `unit` is its owner; without one it is the hotline's. `due_at` is its deadline, absent while it
    is `paused`. `left` is in seconds, of working time if `working_time` is true, and negative once
    it has `lapsed`. `used` is the elapsed share of the time: 0 at the start, 1 at the deadline.
    `limit` is its time limit, absent if a date was set. A stopped clock was `met` or `dropped`, and
    shows its values at the stop.
    """

    kind: ClockName
    unit: UnitOut | None = None
    started_at: datetime
    due_at: datetime | None = None
    limit: Limit | None = None
    working_time: bool
    paused: bool
    left: int
    used: float
    lapsed: bool
    stopped_at: datetime | None = None
    end: Literal["met", "dropped"] | None = None


class CaseClocks(ResponseModel):
    """All clocks of one case, in the order in which they started."""

    number: str
    items: tuple[ClockOut, ...]


class CategoryRef(ResponseModel):
    """A category's code and its names at the time of reading."""

    code: str
    names: Names


class CaseSummary(ResponseModel):
    """A case without personal data, for lists.

    `title` is its topic in a few of the citizen's own words, without personal data; it may be
    absent. `due_at` is when the next step is due: acceptance by a clerk while `submitted`, the
    unit's answer afterwards; `limit` is the category's time limit for it. `clerk_by` is set while
    a clerk must handle the case. `urged` counts the citizen's urges, `pressed` the hotline's urges
    of the unit. `version` counts its moves; sent as `If-Match`, it prevents a move on outdated
    data. `helpers` are the units with a task in it.
    """

    number: str
    state: State
    kind: Kind
    category: CategoryRef
    title: str | None = None
    urgency: Urgency
    unit: UnitOut | None = None
    opened_at: datetime
    changed_at: datetime
    due_at: datetime | None = None
    limit: Limit | None = None
    clerk_by: datetime | None = None
    owed: tuple[str, ...] = ()
    urged: int = 0
    pressed: int = 0
    version: int = 0
    flags: tuple[Flag, ...] = ()
    helpers: tuple[UnitOut, ...] = ()


class CaseOut(CaseSummary):
    """A complete case, limited to what the reader may see.

    `because` explains, in order, why its unit has it. `contact` has name and phone only for readers
    who may know them. `access_code` is only in the answer to *open case*. `exclusion` and its door
    are set for a rejected case. `members` are the units of its assessment, `asked_until` the
    extension that its unit requests. `needs_evidence` means that a reply needs a file.
    `merged_into` is the case that this one was merged into, and `follows` that case's state.
    `moves` are the moves that the reader may make now. `clocks` are the running and paused ones; a
    citizen sees only promised ones.
    """

    channel: str
    language: Language
    because: tuple[Reason, ...]
    happened: str
    place: Place | None = None
    time: Moment | None = None
    demand: str | None = None
    details: dict[str, str] = Field(default_factory=dict)
    contact: Contact
    exclusion: str | None = None
    door: Names | None = None
    access_code: str | None = None
    returns: int = 0
    ruled: bool = False
    members: tuple[UnitOut, ...] = ()
    asked_until: datetime | None = None
    needs_evidence: bool = False
    merged_into: str | None = None
    follows: CaseSummary | None = None
    moves: tuple[Move, ...] = ()
    clocks: tuple[ClockOut, ...] = ()


class CasePage(ResponseModel):
    """A page of cases, newest first; `next` is the cursor of the next page, None on the last."""

    items: tuple[CaseSummary, ...]
    next: str | None = None


class HistoryActor(ResponseModel):
    """Who made a move: the role, and the name if the reader may know it."""

    role: str
    name: str | None = None


class HistoryEntry(ResponseModel):
    """One move of a case.

    `seq` counts from 1 without gaps; `unit` is the unit that it concerns; `because` explains it.
    """

    seq: int
    at: datetime
    move: Move
    from_state: State | None = None
    to_state: State
    actor: HistoryActor
    unit: str | None = None
    reason: str | None = None
    note: str | None = None
    because: tuple[Reason, ...] = ()


class History(ResponseModel):
    """All moves of one case, oldest first."""

    number: str
    entries: tuple[HistoryEntry, ...]
