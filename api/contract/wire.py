"""Base of all wire models: frozen, strict about unknown fields, with cleaned text.

Citizens' words are cleaned on both sides of the wire: control characters other than tab and line
feed are removed (PostgreSQL cannot store NUL, and the others cannot be shown), a lone surrogate
becomes U+FFFD, line ends become `\\n`, and white space at both ends is removed. Text beyond a
field's limit is refused (`string_too_long`) and never cut: half a complaint may say the opposite.
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
"""Most characters of a citizen's text: several printed pages."""


def clean(value: object) -> object:
    """Clean a string by the module's rule; other values are passed to the validator unchanged."""
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATE.sub("\ufffd", _CONTROL.sub("", text)).strip()


SAYS_SOMETHING: JsonDict = {"pattern": r"[^\s\x00-\x1f\x7f-\x9f]"}
"""Schema of non-empty cleaned text: removed characters do not count."""

# Cleaning is last in the list, so that it runs first and the limits apply to its result.
Words = Annotated[
    str,
    Field(min_length=1, max_length=MAX_WORDS, json_schema_extra=SAYS_SOMETHING),
    BeforeValidator(clean),
]
"""A citizen's own words, of any length that a person would type."""

Line = Annotated[
    str,
    Field(min_length=1, max_length=500, json_schema_extra=SAYS_SOMETHING),
    BeforeValidator(clean),
]
"""One short answer: an address, a name, a plate."""

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Accepted years of dates: at the limits of the calendar the next or previous day would fail."""

T = TypeVar("T", bound=date)


def in_range(value: T) -> T:
    """Accept a date or time of the accepted years.

    Raises:
        ValueError: it is in another year.
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
    """Refuse values that do not match the pattern: pydantic would read a number as seconds."""
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
"""The largest accepted whole number: that of an integer column of PostgreSQL."""

Fence = Annotated[int, Field(ge=0, le=MOST)]
"""The fence of a talk."""

Ordinal = Annotated[int, Field(ge=1, le=MOST)]
"""A number that counts from 1."""

Switch = Annotated[bool, BeforeValidator(_true_or_false)]
"""A boolean of a query: `true` or `false`, not `0`, `on` or `yes`."""

Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]
"""A code of the catalogue or an opaque id."""


def given(field: str, **more: JsonValue) -> JsonDict:
    """Make the JSON schema of an object with a required, non-null field."""
    return {"required": [field], "properties": {field: {"not": {"type": "null"}, **more}}}


def either(*schemas: JsonDict) -> JsonDict:
    """Make the JSON schema of values that match at least one of the schemas."""
    return {"anyOf": list(schemas)}


class RequestModel(BaseModel):
    """Base of requests: unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ResponseModel(BaseModel):
    """Base of answers: readers ignore unknown fields, so that fields can be added."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Names(ResponseModel):
    """A name in both languages of the service."""

    zh: str
    en: str

    def in_language(self, language: str | None) -> str:
        """Return the English name for `en…`, else the Chinese one."""
        return self.en if language and language.lower().startswith("en") else self.zh


class Reason(ResponseModel):
    """One reason: a stable code and the parameters of its sentence.

    A parameter is a plain value, or names in both languages.
    """

    code: str
    params: dict[str, str | Names] = Field(default_factory=dict)
