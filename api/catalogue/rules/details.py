"""Details: what may be asked of a citizen, and the shape of an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from api.catalogue.rules.texts import Text, TextVariants


class DetailType(StrEnum):
    """The shape of an answer; decides how the dialogue reads it and what it offers to tap."""

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
"""The details that every city has, because the dialogue has a slot for each of them."""


@dataclass(frozen=True, slots=True)
class DetailChoice:
    """One answer that a detail of type `choice` offers."""

    key: str
    names: Text


@dataclass(frozen=True, slots=True)
class CategoryDetail:
    """One thing that may be asked of a citizen; `prompts` holds two wordings a language or more."""

    key: str
    type: DetailType
    names: Text
    prompts: TextVariants
    choices: tuple[DetailChoice, ...] = ()
