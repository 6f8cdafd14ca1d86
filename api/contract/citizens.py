"""Citizens: the addresses at which they are answered, their consent, and what is theirs to ask."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StrictBool

from api.contract.cases.attachments import AttachmentOut
from api.contract.cases.case import CaseOut, HistoryEntry, Language
from api.contract.live import Transcript
from api.contract.wire import SAYS_SOMETHING, Code, RequestModel, ResponseModel, clean

Typed = Annotated[
    str,
    Field(min_length=1, max_length=64, json_schema_extra=SAYS_SOMETHING),
    BeforeValidator(clean),
]
"""A code as a person typed it: blanks, hyphens and small letters do not matter."""


class RegisterContactPoint(RequestModel):
    """An opaque reply address, made by the caller; a channel's own address stays with it."""

    contact_point: Code
    channel: Code
    language: Language = "zh"


class ContactPointOut(ResponseModel):
    """A reply address and the citizen whom it reaches."""

    contact_point: str
    citizen: str
    channel: str
    language: Language
    registered_at: datetime


class GiveConsent(RequestModel):
    """The citizen was shown the notice of this version, and goes on."""

    notice: Code
    channel: Code
    language: Language = "zh"


class ConsentOut(ResponseModel):
    """Which version of the notice was accepted, where and when; the first time counts."""

    notice: str
    channel: str
    at: datetime


class CitizenSummary(ResponseModel):
    """What is kept of a citizen, counted; all zero for one who is not known yet."""

    channels: tuple[str, ...] = ()
    cases: int = 0
    open_cases: int = 0
    files: int = 0
    consents: tuple[ConsentOut, ...] = ()


class TicketOut(ResponseModel):
    """The right to fetch one export, once, until `expires_at`."""

    ticket: str
    expires_at: datetime


class RedeemTicket(RequestModel):
    """A ticket handed in; it stays good until it is spent."""

    ticket: Typed


class SpendTicket(RequestModel):
    """A ticket used up by one download; the same download may spend it again."""

    ticket: Typed
    download: str = Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")


class TicketSpent(ResponseModel):
    """The ticket is used up: the copy may be handed out, once."""

    spent: bool = True


class ExportedCase(ResponseModel):
    """One case with all that is kept of it, the citizen's own name and phone included."""

    case: CaseOut
    history: tuple[HistoryEntry, ...]
    files: tuple[AttachmentOut, ...] = ()


class KeptRecord(ResponseModel):
    """One row of a table as it is kept, opened; `docs/personal-data.md` says what tables hold."""

    table: str
    row: dict[str, Any]


class CitizenExport(ResponseModel):
    """Everything that the case service keeps of one citizen.

    `records` are what the other parts do not show.
    """

    at: datetime
    citizen: str
    contact_points: tuple[ContactPointOut, ...]
    consents: tuple[ConsentOut, ...] = ()
    cases: tuple[ExportedCase, ...] = ()
    files: tuple[AttachmentOut, ...] = ()
    talks: tuple[Transcript, ...] = ()
    records: tuple[KeptRecord, ...] = ()


class Erase(RequestModel):
    """The citizen wants to be forgotten; `withdraw` takes the open matters back first."""

    withdraw: StrictBool = False


class Erased(ResponseModel):
    """What was done: `erased` cases have no personal words left, `kept` ones are open still.

    Kept ones lose theirs when they end. `contact_points` are the conversations whose words the
    caller has to erase too.
    """

    contact_points: tuple[str, ...]
    erased: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    files: int = 0


class AskJoinCode(RequestModel):
    """The channel on which a code is to be shown."""

    channel: Code
    language: Language = "zh"


class JoinCodeOut(ResponseModel):
    """A code to be typed on the other channel, once, until `expires_at`."""

    code: str
    expires_at: datetime


class Join(RequestModel):
    """A code that was shown on one channel, typed on another."""

    code: Typed
    channel: Code
    language: Language = "zh"


class Joined(ResponseModel):
    """The channels that are one citizen now."""

    channels: tuple[str, ...]


class Follow(RequestModel):
    """A receipt's number and access code: whoever knows both may follow that case."""

    number: Typed
    access_code: Typed
    channel: Code
    language: Language = "zh"
