"""Cases as they go over the wire: what opens one, what is told of it, what is done."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from api.contract.catalogue import Limit, Urgency
from api.contract.wire import Answer, Code, Line, Names, Question, Reason, Words, clean

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
Move = Literal[
    "submit",
    "accept",
    "dispatch",
    "reject",
    "withdraw",
    "urge",
    "remark",
    "add_details",
    "answer_online",
    "sign_in",
    "progress",
    "reply",
    "return",
    "accept_return",
    "refuse_return",
    "ask_survey",
    "rate",
    "rehandle",
    "close",
]
Phone = Annotated[
    str, Field(pattern=r"^\+?[0-9][0-9 -]{4,19}$", examples=["13800001234"]), BeforeValidator(clean)
]
Measure = Literal["yes", "partly", "no"]
Details = Annotated[dict[Code, Line], Field(max_length=40)]
Files = Annotated[tuple[Code, ...], Field(max_length=20)]


class Place(Question):
    """Where it is: the citizen's words, and the codes of the territory as far as they are known."""

    text: Line
    district: Code | None = None
    street: Code | None = None
    community: Code | None = None
    road: Line | None = None
    number: Line | None = None
    estate: Line | None = None
    building: Line | None = None
    landmark: Line | None = None


class Moment(Question):
    """When it was: the citizen's words, and what they come to; `recurrence` is in words."""

    text: Line
    start: datetime | None = None
    end: datetime | None = None
    recurrence: Line | None = None


class Contact(Question):
    """How the citizen wants to be known.

    named: the handling unit sees name and phone. confidential: only the hotline does. anonymous:
    nobody does, so neither may be given.
    """

    mode: ContactMode = "named"
    name: Line | None = None
    phone: Phone | None = None

    @model_validator(mode="after")
    def _anonymous_has_no_name(self) -> "Contact":
        if self.mode == "anonymous" and (self.name or self.phone):
            msg = "an anonymous contact carries neither name nor phone"
            raise ValueError(msg)
        return self


class OpenCase(Question):
    """A matter as the citizen confirmed it.

    `category_confidence` is how sure the understanding was; leave it out when the citizen chose
    or confirmed the category. `owed` names the details that are wanted and not given: the case
    opens all the same. `notice` is the version of the privacy notice that the citizen was shown
    and accepted by confirming.
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


class Remark(Question):
    """More from the citizen on a case: words, details that were owed or have changed, files."""

    text: Words | None = None
    details: Details = Field(default_factory=dict)
    attachments: Files = ()

    @model_validator(mode="after")
    def _says_something(self) -> "Remark":
        if self.text is None and not self.details and not self.attachments:
            msg = "a remark carries text, details or attachments"
            raise ValueError(msg)
        return self


class Urge(Question):
    """A citizen's wish that it go faster, with a reason if there is one."""

    reason: Words | None = None


class Withdraw(Question):
    """The citizen takes the matter back."""

    reason: Words | None = None


class Dispatch(Question):
    """A clerk's choice of the unit that handles the case."""

    unit: Code
    reason: Words | None = None


class Reject(Question):
    """A clerk does not accept the matter: the catalogue's exclusion names the right door."""

    exclusion: Code
    reason: Words


class Progress(Question):
    """What the unit has done so far, in words for the citizen."""

    note: Words


class ReplyCase(Question):
    """The unit's answer to a case.

    Was the claim true, was the citizen contacted and when, is it solved, if not why, and what the
    citizen is told (`answer`).
    """

    claim_true: Measure
    contacted: bool
    contacted_at: datetime | None = None
    solved: Measure
    why_not: Words | None = None
    answer: Words

    @field_validator("contacted_at")
    @classmethod
    def _in_some_zone(cls, moment: datetime | None) -> datetime | None:
        if moment is not None and moment.tzinfo is None:
            msg = "a moment needs a time zone"
            raise ValueError(msg)
        return moment

    @model_validator(mode="after")
    def _is_complete(self) -> "ReplyCase":
        if self.contacted and self.contacted_at is None:
            msg = "contacted_at says when the citizen was contacted"
            raise ValueError(msg)
        if self.solved != "yes" and self.why_not is None:
            msg = "why_not says why it is not solved"
            raise ValueError(msg)
        return self


class ReturnCase(Question):
    """The unit gives a case back, with its reason."""

    reason: Words


class AcceptReturn(Question):
    """A clerk lets a unit off; the case waits for another one."""

    reason: Words | None = None


class RefuseReturn(Question):
    """A clerk holds a unit to a case, with the reason."""

    reason: Words


class Rehandle(Question):
    """A clerk sends an answered case back to its unit, with the reason."""

    reason: Words


class UnitOut(Answer):
    """Who holds the case; `example_phone` is true while the number is an invented one."""

    code: str
    names: Names
    phone: str | None = None
    example_phone: bool = False


class CategoryRef(Answer):
    """A category's code and its names at the time of reading."""

    code: str
    names: Names


class CaseSummary(Answer):
    """A case without personal words: what a list shows.

    `due_at` is until when the next word on it is due: acceptance by a clerk while `submitted`,
    the unit's answer afterwards; `limit` is the category's promise that it comes from.
    `clerk_by` is set while a clerk has to look at the case.
    """

    number: str
    state: State
    kind: Kind
    category: CategoryRef
    urgency: Urgency
    unit: UnitOut | None = None
    opened_at: datetime
    changed_at: datetime
    due_at: datetime | None = None
    limit: Limit | None = None
    clerk_by: datetime | None = None
    owed: tuple[str, ...] = ()
    urged: int = 0


class CaseOut(CaseSummary):
    """A case in full, as far as the reader may see it.

    `because` explains who holds it, in order. `contact` carries name and phone for those only
    who may know them. `access_code` is in the answer to *open case* and nowhere else.
    `exclusion` and its door are set when the case was rejected.
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


class CasePage(Answer):
    """A page of cases, newest first; `next` is the cursor of the page after, None on the last."""

    items: tuple[CaseSummary, ...]
    next: str | None = None


class HistoryActor(Answer):
    """Who made a move: the role, and a name where the reader may know one."""

    role: str
    name: str | None = None


class HistoryEntry(Answer):
    """One move of a case. `seq` counts from 1 without gaps; `because` explains a dispatch."""

    seq: int
    at: datetime
    move: Move
    from_state: State | None = None
    to_state: State
    actor: HistoryActor
    reason: str | None = None
    note: str | None = None
    because: tuple[Reason, ...] = ()


class History(Answer):
    """All moves of one case, oldest first."""

    number: str
    entries: tuple[HistoryEntry, ...]
