"""Wire models of citizens: contact points, consent, export, erasure, linked channels."""

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
"""A typed code: spaces, hyphens and case do not matter."""


class RegisterContactPoint(RequestModel):
    """An opaque reply address, made by the caller, who keeps the channel's own address."""

    contact_point: Code
    channel: Code
    language: Language = "zh"


class ContactPointOut(ResponseModel):
    """A reply address and its citizen."""

    contact_point: str
    citizen: str
    channel: str
    language: Language
    registered_at: datetime


class GiveConsent(RequestModel):
    """The citizen was shown this version of the notice and continued."""

    notice: Code
    channel: Code
    language: Language = "zh"


class ConsentOut(ResponseModel):
    """The accepted version of the notice, with channel and time of the first acceptance."""

    notice: str
    channel: str
    at: datetime


class CitizenSummary(ResponseModel):
    """Counts of a citizen's stored data; all zero for an unknown citizen."""

    channels: tuple[str, ...] = ()
    cases: int = 0
    open_cases: int = 0
    files: int = 0
    consents: tuple[ConsentOut, ...] = ()


class TicketOut(ResponseModel):
    """A ticket for one download of an export, valid until `expires_at`."""

    ticket: str
    expires_at: datetime


class RedeemTicket(RequestModel):
    """A ticket to read an export; it stays valid until it is spent."""

    ticket: Typed


class SpendTicket(RequestModel):
    """A ticket used up by one download; the same download may spend it again."""

    ticket: Typed
    download: str = Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")


class TicketSpent(ResponseModel):
    """The ticket is used up: the export may be sent once."""

    spent: bool = True


class ExportedCase(ResponseModel):
    """One case with all its stored data, including the citizen's own name and phone."""

    case: CaseOut
    history: tuple[HistoryEntry, ...]
    files: tuple[AttachmentOut, ...] = ()


class KeptRecord(ResponseModel):
    """One decrypted row of a table; `docs/personal-data.md` lists the tables."""

    table: str
    row: dict[str, Any]


class CitizenExport(ResponseModel):
    """All data of one citizen in the case service.

    `records` are the data that the other parts do not include.
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
    """The citizen's request for erasure; `withdraw` first withdraws the open matters."""

    withdraw: StrictBool = False


class Erased(ResponseModel):
    """Result of an erasure: `erased` cases have no personal words left, `kept` ones are still open.

    Kept cases are erased when they end. `contact_points` are the conversations whose words the
    caller must erase too.
    """

    contact_points: tuple[str, ...]
    erased: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    files: int = 0


class AskJoinCode(RequestModel):
    """The channel on which a code will be shown."""

    channel: Code
    language: Language = "zh"


class JoinCodeOut(ResponseModel):
    """A code to type once on the other channel, valid until `expires_at`."""

    code: str
    expires_at: datetime


class Join(RequestModel):
    """A code of one channel, typed on another."""

    code: Typed
    channel: Code
    language: Language = "zh"


class Joined(ResponseModel):
    """The channels that now belong to one citizen."""

    channels: tuple[str, ...]


class Follow(RequestModel):
    """A receipt's number and access code: a person who knows both may follow the case."""

    number: Typed
    access_code: Typed
    channel: Code
    language: Language = "zh"
