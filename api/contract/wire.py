"""The ground of every wire model: frozen, strict about unknown fields, and clean text.

Rule for a citizen's words, applied on both sides of the wire: control characters other than tab and
line feed are removed (PostgreSQL cannot store NUL, and the rest cannot be shown), a lone surrogate
becomes U+FFFD, line ends become `\\n`, and white space at both ends goes. Text beyond a field's
limit is refused (`string_too_long`), never cut: half a complaint may say the opposite.
"""

import re
from datetime import date, datetime
from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)
from pydantic.config import JsonDict, JsonValue

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")

MAX_WORDS = 10_000
"""Most characters in one piece of a citizen's text: several printed pages."""


def clean(value: object) -> object:
    """Apply the module's rule to a string; anything else goes to the validator as it is."""
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATE.sub("\ufffd", _CONTROL.sub("", text)).strip()


SAYS_SOMETHING: JsonDict = {"pattern": r"[^\s\x00-\x1f\x7f-\x9f]"}
"""Published with cleaned text of at least one character: what is cleaned away does not count."""

# Cleaning stands last, so that it runs first and the limits are those of a string.
Words = Annotated[
    str,
    Field(min_length=1, max_length=MAX_WORDS, json_schema_extra=SAYS_SOMETHING),
    BeforeValidator(clean),
]
"""A citizen's own words, of any length a person would type."""

Line = Annotated[
    str,
    Field(min_length=1, max_length=500, json_schema_extra=SAYS_SOMETHING),
    BeforeValidator(clean),
]
"""One short answer: an address, a name, a plate."""

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Years of the dates that are taken: at the ends of the calendar a day before or after is none."""

T = TypeVar("T", bound=date)


def in_range(value: T) -> T:
    """Take a date or a moment of the years that are taken.

    Raises:
        ValueError: it is of another year.
    """
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        msg = f"a year from {FIRST_YEAR} to {LAST_YEAR}"
        raise ValueError(msg)
    return value


def _with_offset(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        msg = "a moment with its offset from UTC"
        raise ValueError(msg)
    return moment


_CENTURIES = "|".join(str(century) for century in range(FIRST_YEAR // 100, LAST_YEAR // 100 + 1))
_DAY = f"^(?:{_CENTURIES})[0-9]{{2}}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_HOUR = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_INSTANT = rf"{_DAY}[Tt]{_HOUR}:[0-5][0-9](?:\.[0-9]{{1,9}})?(?:[Zz]|[+-]{_HOUR})$"
MONTH = f"^(?:{_CENTURIES})[0-9]{{2}}-(?:0[1-9]|1[0-2])$"
"""The pattern of a month of a query."""


def _written(pattern: str, example: str) -> BeforeValidator:
    """Refuse whatever is not written as the pattern says: a number counts seconds for pydantic."""
    written = re.compile(pattern)

    def check(value: object) -> object:
        if isinstance(value, date) or (isinstance(value, str) and written.fullmatch(value)):
            return value
        msg = f"a year from {FIRST_YEAR} to {LAST_YEAR}, written as {example}"
        raise ValueError(msg)

    return BeforeValidator(check)


def _true_or_false(value: object) -> object:
    if value not in ("true", "false"):
        msg = "true or false"
        raise ValueError(msg)
    return value


Day = Annotated[
    date,
    AfterValidator(in_range),
    _written(f"{_DAY}$", "2026-01-31"),
    WithJsonSchema({"type": "string", "format": "date", "pattern": f"{_DAY}$"}),
]
"""A day of a query or a body."""

Instant = Annotated[
    datetime,
    AfterValidator(in_range),
    AfterValidator(_with_offset),
    _written(_INSTANT, "2026-01-31T09:30:00+08:00"),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": _INSTANT}),
]
"""A date and time with its offset, as RFC 3339 says; a number is refused."""

MOST = 2**31 - 1
"""The largest whole number that is taken: an integer column of PostgreSQL holds no larger one."""

Fence = Annotated[int, Field(ge=0, le=MOST)]
"""The fencing token of a talk, as it was given."""

Ordinal = Annotated[int, Field(ge=1, le=MOST)]
"""A number that counts from 1."""

Switch = Annotated[bool, BeforeValidator(_true_or_false)]
"""A boolean of a query: `true` or `false`, not `0`, `on` or `yes`."""

Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]
"""A code of the catalogue or an opaque id."""


def given(field: str, **more: JsonValue) -> JsonDict:
    """Write the JSON schema of an object in which a field is not left out and not null."""
    return {"required": [field], "properties": {field: {"not": {"type": "null"}, **more}}}


def either(*schemas: JsonDict) -> JsonDict:
    """Write the JSON schema of what fits one of the schemas at least."""
    return {"anyOf": list(schemas)}


class RequestModel(BaseModel):
    """What a caller sends: unknown fields are a mistake and are told."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ResponseModel(BaseModel):
    """What the service says: a reader skips fields that it does not know, so they can be added."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Names(ResponseModel):
    """One thing's name in both languages of the service."""

    zh: str
    en: str

    def in_language(self, language: str | None) -> str:
        """Give the English name for `en…`, else the Chinese one."""
        return self.en if language and language.lower().startswith("en") else self.zh


class Reason(ResponseModel):
    """One "because": a stable code and what its sentence names.

    A parameter is a plain value, or names where the sentence's language decides.
    """

    code: str
    params: dict[str, str | Names] = Field(default_factory=dict)
