"""Wire models of leaders on duty: sessions, talks, their lines, figures."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StrictBool, model_validator

from api.contract.cases.case import Contact, Kind, Language, Place, UnitOut
from api.contract.wire import (
    Code,
    Fence,
    Instant,
    Line,
    Names,
    RequestModel,
    ResponseModel,
    Words,
    either,
    given,
)

SessionState = Literal["planned", "open", "closed"]
TalkState = Literal["waiting", "live", "ended"]
Ending = Literal["asked", "solved", "unsolved", "case", "silence", "session", "left", "closed"]


class InBothLanguages(RequestModel):
    """A text in both languages of the service."""

    zh: Line
    en: Line


class OpenSession(RequestModel):
    """A leader's announcement of a session: name, unit, subject, and time."""

    name: Line
    title: InBothLanguages
    unit: Code
    scope: InBothLanguages
    opens_at: Instant
    closes_at: Instant


class LeaderOut(ResponseModel):
    """The leader on duty."""

    name: str
    title: Names


class SessionOut(ResponseModel):
    """A session; `waiting` and `live` count the talks in it now."""

    id: str
    leader: LeaderOut
    unit: UnitOut
    scope: Names
    opens_at: datetime
    closes_at: datetime
    state: SessionState
    waiting: int = 0
    live: int = 0


class Announced(ResponseModel):
    """Sessions of leaders on duty: the open one and the next one; each is null if there is none."""

    open: SessionOut | None = None
    next: SessionOut | None = None


class SessionPage(ResponseModel):
    """Sessions, newest first."""

    items: tuple[SessionOut, ...]


class AskLive(RequestModel):
    """A citizen's wish to speak to the leader on duty."""

    channel: Code
    language: Language = "zh"


class TalkOut(ResponseModel):
    """A live talk. `place` counts from 1 while it waits; `about` is the first line (for staff).

    `fence` increases with every change of the owner; an answer must have the present one.
    `due_since` is since when the leader owes an answer, `danger` the detected kind of emergency.
    """

    id: str
    session: str
    leader: LeaderOut
    contact_point: str
    channel: str
    language: Language
    state: TalkState
    ending: Ending | None = None
    place: int | None = None
    fence: int
    owner: str | None = None
    owner_name: str | None = None
    danger: str | None = None
    case: str | None = None
    about: str | None = None
    asked_at: datetime
    joined_at: datetime | None = None
    due_since: datetime | None = None
    ended_at: datetime | None = None


class LiveMessage(RequestModel):
    """A citizen's message; `message_id` is its idempotency key."""

    model_config = ConfigDict(
        json_schema_extra=either(given("text"), given("attachments", minItems=1))
    )

    message_id: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")]
    text: Words | None = None
    attachments: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    danger: Code | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "LiveMessage":
        if self.text is None and not self.attachments:
            msg = "a message carries text or attachments"
            raise ValueError(msg)
        return self


class MessageTaken(ResponseModel):
    """Result of a message: `taken` is false when the talk is over and the bot must answer.

    `tell_place` asks the caller to tell the citizen the place: at the first line, or when it
    changed.
    """

    taken: bool
    talk: TalkOut
    tell_place: bool = False


class Say(RequestModel):
    """The leader's answer, with the fence of the leader's claim."""

    text: Words
    fence: Fence


class EndTalk(RequestModel):
    """The leader ends the talk: `solved` asks the citizen to confirm, `closed` does not."""

    fence: Fence
    how: Literal["solved", "closed"]


class FileTalk(RequestModel):
    """Open a case from a talk.

    A running talk becomes a case of the named `unit` with the usual deadlines. A solved talk
    becomes a finished case for the record. Without `happened` the citizen's own lines are used.
    """

    fence: Fence
    kind: Kind
    category: Code
    unit: Code
    happened: Words | None = None
    place: Place | None = None
    demand: Words | None = None
    contact: Contact = Contact()


class LeaveTalk(RequestModel):
    """The talk to leave, and its known fence: with another fence it is not left."""

    talk: Code
    fence: Fence


class Confirm(RequestModel):
    """The citizen's answer whether it is solved."""

    solved: StrictBool


class LineOut(ResponseModel):
    """One line of a talk, `seq` from 1 without gaps; `name` is the leader's."""

    seq: int
    at: datetime
    by: Literal["citizen", "leader"]
    name: str | None = None
    text: str | None = None
    attachments: tuple[str, ...] = ()
    danger: str | None = None


class Transcript(ResponseModel):
    """A talk and its lines after the requested one."""

    talk: TalkOut
    lines: tuple[LineOut, ...]


class LiveDesk(ResponseModel):
    """The leader's desk: running talks, waiting ones (danger first), finished ones."""

    session: SessionOut
    live: tuple[TalkOut, ...]
    waiting: tuple[TalkOut, ...]
    over: tuple[TalkOut, ...]


class TalkNews(ResponseModel):
    """The data of `live.*`: events of a talk for the citizen's side.

    `fence` is the talk's fence at the time of the event; events with an older one are outdated.
    `live.waiting` has `place`; `live.joined` the leader who answers now, with `again` if the
    citizen has talked to them before; `live.said` the words; `live.ended` the ending, and whether a
    leader was `met`; `live.case` the case, with `solved` if it is only for the record.
    """

    talk: str
    fence: int
    place: int | None = None
    name: str | None = None
    title: Names | None = None
    again: bool = False
    text: str | None = None
    line: int | None = None
    how: Ending | None = None
    met: bool = False
    number: str | None = None
    solved: bool = False
    unit: UnitOut | None = None
    due_at: datetime | None = None
    access_code: str | None = None


class FiguresOut(ResponseModel):
    """Figures of a session, counted from its records; `rate` is solved ÷ questions, or null."""

    session: str
    asked: int
    questions: int
    solved: int
    unconfirmed: int
    cases: int
    rate: float | None = None
