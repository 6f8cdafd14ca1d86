"""Citizens and the opaque addresses at which they are answered."""

from datetime import datetime

from api.contract.cases import Language
from api.contract.wire import Answer, Code, Question


class RegisterContactPoint(Question):
    """An opaque reply address, made by the caller; a channel's own address stays with it."""

    contact_point: Code
    channel: Code
    language: Language = "zh"


class ContactPointOut(Answer):
    """A reply address and the citizen whom it reaches."""

    contact_point: str
    citizen: str
    channel: str
    language: Language
    registered_at: datetime
