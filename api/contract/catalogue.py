"""Wire models of the catalogue: what a hotline accepts, and what it asks."""

from typing import Literal

from api.contract.wire import Names, ResponseModel

DetailType = Literal[
    "text",
    "place",
    "time",
    "phone",
    "plate",
    "amount",
    "number",
    "choice",
    "yes_no",
    "photo",
    "contact",
]
Urgency = Literal["normal", "urgent", "extreme"]
LimitUnit = Literal["minutes", "hours", "days", "working_hours", "working_days"]


class Texts(ResponseModel):
    """Several texts in each language: wordings of a prompt, or words for a thing."""

    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    def in_language(self, language: str | None) -> tuple[str, ...]:
        """Return the English texts for `en…`, else the Chinese ones."""
        return self.en if language and language.lower().startswith("en") else self.zh


class Choice(ResponseModel):
    """One answer of a detail of type `choice`: the stored value and its names."""

    value: str
    names: Names


class DetailDefinition(ResponseModel):
    """A detail of a category; `prompts` has at least two wordings per language."""

    key: str
    type: DetailType
    names: Names
    prompts: Texts
    choices: tuple[Choice, ...] = ()


class Limit(ResponseModel):
    """A time limit; the two `working_` units follow the city's calendar."""

    amount: int
    unit: LimitUnit


class FirstLevel(ResponseModel):
    """A first-level category: two digits and its names."""

    code: str
    names: Names


class Category(ResponseModel):
    """A second-level category, `code` of four digits; `hint` is one sentence on what to expect.

    `required` details are asked for, but a case can be opened without them.
    """

    code: str
    parent: str
    names: Names
    words: Texts
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    unit_type: str
    limit: Limit
    urgency: Urgency = "normal"
    hint: Names


class Exclusion(ResponseModel):
    """A matter that is not accepted: `words` indicate it, `reason` and `door` are the answer."""

    code: str
    names: Names
    words: Texts
    reason: Names
    door: Names


class Hotline(ResponseModel):
    """The city's hotline: its name and telephone number."""

    names: Names
    number: str


class CityOut(ResponseModel):
    """The city the catalogue belongs to."""

    code: str
    names: Names


class CatalogueOut(ResponseModel):
    """The whole catalogue; `version` is a hash of its files and the entity tag of its route."""

    version: str
    city: CityOut
    hotline: Hotline
    first_level: tuple[FirstLevel, ...]
    categories: tuple[Category, ...]
    details: dict[str, DetailDefinition]
    exclusions: tuple[Exclusion, ...] = ()

    def category(self, code: str) -> Category | None:
        """Find a second-level category, or None when the catalogue has no such code."""
        return next((category for category in self.categories if category.code == code), None)
