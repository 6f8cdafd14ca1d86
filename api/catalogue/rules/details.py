"""Details: the questions that a citizen may be asked, and the types of their answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from api.catalogue.rules.texts import Text, TextVariants


class DetailType(StrEnum):
    """The type of an answer; it determines how the dialogue reads it and which buttons it shows."""

    TEXT = "text"
    PLACE = "place"
    TIME = "time"
    PHONE = "phone"
    PLATE = "plate"
    AMOUNT = "amount"
    NUMBER = "number"
    CHOICE = "choice"
    YES_NO = "yes_no"
    PHOTO = "photo"
    CONTACT = "contact"


FIXED_DETAILS: Mapping[str, DetailType] = {
    "happened": DetailType.TEXT,
    "place": DetailType.PLACE,
    "time": DetailType.TIME,
    "demand": DetailType.TEXT,
    "contact": DetailType.CONTACT,
    "photo": DetailType.PHOTO,
}
"""The details of every city; the dialogue has a slot for each of them."""


@dataclass(frozen=True, slots=True)
class DetailChoice:
    """One possible answer to a detail of type `choice`."""

    key: str
    names: Text


@dataclass(frozen=True, slots=True)
class CategoryDetail:
    """One possible question; `prompts` has two or more wordings for each language."""

    key: str
    type: DetailType
    names: Text
    prompts: TextVariants
    choices: tuple[DetailChoice, ...] = ()
