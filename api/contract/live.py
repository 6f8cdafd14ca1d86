"""Leaders on duty as they go over the wire: sessions, talks, what is said in them, figures."""

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
    """One thing said in both languages of the service."""

    zh: Line
    en: Line


class OpenSession(RequestModel):
    """A leader's announcement: who answers, for which unit, about what, from when until when."""

    name: Line
    title: InBothLanguages
    unit: Code
    scope: InBothLanguages
    opens_at: Instant
    closes_at: Instant


class LeaderOut(ResponseModel):
    """Who is on duty."""

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
    """The session that is open now, and the one that comes next; null where there is none."""

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
    """A talk. `place` counts from 1 while it waits; `about` is the citizen's first line (staff).

    `fence` rises with every change of hands: an answer must carry the present one. `due_since` is
    since when the leader owes a word, `danger` the kind of emergency that was heard.
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
    """What the citizen said; `message_id` makes a repeat harmless."""

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
    """What became of it: `taken` is false when the talk is over and the bot has to answer.

    `tell_place` asks the caller to tell the citizen the place: it is the first line, or moved.
    """

    taken: bool
    talk: TalkOut
    tell_place: bool = False


class Say(RequestModel):
    """The leader's answer, under the fence with which the seat was taken."""

    text: Words
    fence: Fence


class EndTalk(RequestModel):
    """The leader ends it: `solved` asks the citizen to confirm, `closed` does not."""

    fence: Fence
    how: Literal["solved", "closed"]


class FileTalk(RequestModel):
    """A talk becomes a case.

    While it is held, for the named `unit`, which answers in time as for any case; after it was
    solved, for the record, with nothing left to do. Without `happened` the citizen's own lines
    are taken.
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
    """Which talk to give up, and as it stood under which fence: after that it is another's."""

    talk: Code
    fence: Fence


class Confirm(RequestModel):
    """The citizen's word on whether it is solved."""

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
    """A talk and its lines after the one asked for."""

    talk: TalkOut
    lines: tuple[LineOut, ...]


class LiveDesk(ResponseModel):
    """What the leader sees: who is talked to, who waits (danger first), what is over."""

    session: SessionOut
    live: tuple[TalkOut, ...]
    waiting: tuple[TalkOut, ...]
    over: tuple[TalkOut, ...]


class TalkNews(ResponseModel):
    """The data of `live.*`: what the citizen's side is told of a talk.

    `fence` is that of the talk when it happened: what is under an older one holds no longer.
    `live.waiting` carries `place`; `live.joined` who answers now, `again` when it is whom the
    citizen knows; `live.said` the words; `live.ended` how, and whether the leader was `met` at all;
    `live.case` the case, `solved` when it was filed for the record.
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
    """What came of a session, counted from its records; `rate` is solved ÷ questions, or null."""

    session: str
    asked: int
    questions: int
    solved: int
    unconfirmed: int
    cases: int
    rate: float | None = None
