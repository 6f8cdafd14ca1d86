"""What a clerk takes down for a citizen, as it goes over the wire."""

from typing import Literal

from pydantic import Field

from api.contract.cases.case import Contact, Details, Kind, Language, Moment, Place
from api.contract.wire import Code, RequestModel, Words


class TakeDown(RequestModel):
    """A matter told at a window (`counter`) or on the line (`telephone`).

    The category is the clerk's choice. Details that the category wants and that are missing here
    are owed by the citizen.
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
