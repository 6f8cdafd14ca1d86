"""Wire model of a matter that a clerk records for a citizen."""

from typing import Literal

from pydantic import Field

from api.contract.cases.case import Contact, Details, Kind, Language, Moment, Place
from api.contract.wire import Code, RequestModel, Words


class TakeDown(RequestModel):
    """A matter told at a counter (`counter`) or by telephone (`telephone`).

    The clerk chooses the category. The category's missing details are owed by the citizen.
    """

    channel: Literal["counter", "telephone"]
    language: Language = "zh"
    kind: Kind
    category: Code
    happened: Words
    place: Place | None = None
    time: Moment | None = None
    demand: Words | None = None
    contact: Contact = Contact()
    details: Details = Field(default_factory=dict)
