"""Define refusals: stable codes with parameters, in classes by what the caller can do.

Words are made from code and parameters at the edge, in the reader's language; the HTTP status is
chosen there by the class. Refusals of one subject are defined with that subject. A published code
never changes its meaning.
"""

from collections.abc import Mapping
from typing import ClassVar


class Refusal(Exception):  # noqa: N818 - an answer of the domain, not a mistake in it
    """Base of all refusals; `params` holds only plain values."""

    code: ClassVar[str]

    def __init__(self, **params: str | int) -> None:
        self.params: Mapping[str, str | int] = params
        super().__init__(f"{self.code} {params}" if params else self.code)


class Unauthenticated(Refusal):
    """The token is missing or not valid: send `Authorization: Bearer …`."""

    code = "unauthenticated"


class Forbidden(Refusal):
    """The token's role may not do this; a retry does not help."""

    code = "forbidden"


class NotFound(Refusal):
    """It does not exist, or the caller must not know that it exists."""

    code = "not_found"


class Conflict(Refusal):
    """The present state does not allow it."""

    code = "conflict"


class Invalid(Refusal):
    """The request is not valid."""

    code = "invalid"


class Limited(Refusal):
    """It is allowed, but not so often."""

    code = "limited"


class CursorInvalid(Invalid):
    """The cursor is not one of this list: start at the first page."""

    code = "cursor_invalid"


class TooLarge(Refusal):
    """The request is too large."""

    code = "too_large"


class Unsupported(Refusal):
    """The type is not accepted."""

    code = "unsupported"


class JobNotRunnable(Conflict):
    """The background job (`job`) has ended, waits already, or cannot be started here."""

    code = "job_not_runnable"


class MonthInvalid(Invalid):
    """There is no such month."""

    code = "month_invalid"
