"""Why the service says no: a stable code with its parameters, sorted by what the caller can do.

Words are made from code and parameters at the edge, in the reader's language; the HTTP status is
chosen there too, by the sort. Refusals of one subject stand with that subject. A code, once
published, keeps its meaning.
"""

from collections.abc import Mapping
from typing import ClassVar


class Refusal(Exception):  # noqa: N818 - an answer of the domain, not a mistake in it
    """The ground of all refusals; `params` holds plain values only."""

    code: ClassVar[str]

    def __init__(self, **params: str | int) -> None:
        self.params: Mapping[str, str | int] = params
        super().__init__(f"{self.code} {params}" if params else self.code)


class Unauthenticated(Refusal):
    """No token, or one that is not valid here: send `Authorization: Bearer …`."""

    code = "unauthenticated"


class Forbidden(Refusal):
    """The token's role may not do this; asking again does not help."""

    code = "forbidden"


class NotFound(Refusal):
    """There is no such thing, or the caller must not learn that there is."""

    code = "not_found"


class Conflict(Refusal):
    """The thing is not in a state for it."""

    code = "conflict"


class Invalid(Refusal):
    """What was sent cannot be meant."""

    code = "invalid"


class Limited(Refusal):
    """Allowed, but not as often as this."""

    code = "limited"


class CursorInvalid(Invalid):
    """The cursor is not one that this service gave for this list: start at the first page."""

    code = "cursor_invalid"


class TooLarge(Refusal):
    """More than is taken at once."""

    code = "too_large"


class Unsupported(Refusal):
    """A kind of thing that is not taken at all."""

    code = "unsupported"


class JobNotRunnable(Conflict):
    """The background job (`job`) is already over, waits already, or cannot be begun from here."""

    code = "job_not_runnable"


class MonthInvalid(Invalid):
    """There is no such month."""

    code = "month_invalid"
