"""Why the service says no: a stable code with its parameters, sorted by what the caller can do.

Words are made from code and parameters at the edge, in the reader's language; the HTTP status is
chosen there too, by the sort. A code, once published, keeps its meaning.
"""

from collections.abc import Mapping
from datetime import datetime
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


class CaseNotFound(NotFound):
    """No such case for this reader. Another citizen's case is told in the same words."""

    code = "case_not_found"


class CategoryUnknown(Invalid):
    """The catalogue has no such second-level category."""

    code = "category_unknown"


class UnitUnknown(Invalid):
    """The catalogue has no such unit."""

    code = "unit_unknown"


class ExclusionUnknown(Invalid):
    """The catalogue has no such exclusion."""

    code = "exclusion_unknown"


class MonthInvalid(Invalid):
    """There is no such month."""

    code = "month_invalid"


class DetailUnknown(Invalid):
    """The catalogue has no such detail."""

    code = "detail_unknown"


class CursorInvalid(Invalid):
    """The cursor is not one that this service gave for this list: start at the first page."""

    code = "cursor_invalid"


class ContactPointRequired(Forbidden):
    """A service has rights only as the citizen whom it speaks for, and it names none."""

    code = "contact_point_required"


class ReasonRequired(Invalid):
    """The move needs a reason."""

    code = "reason_required"


class MoveLacks(Invalid):
    """The move must come with something (`need`) that is missing."""

    code = "move_lacks"


class NotYourPart(Forbidden):
    """The unit is in the case, but the move is another one's (`part`)."""

    code = "not_your_part"


class IdempotencyKeyReused(Invalid):
    """The key already stands for another request: send a new key with a new request."""

    code = "idempotency_key_reused"


class MoveNotAllowed(Conflict):
    """The life cycle knows no such move from where the case stands."""

    code = "move_not_allowed"


class CaseChanged(Conflict):
    """Somebody else moved the case in the meantime: read it again."""

    code = "case_changed"


class VersionStale(Refusal):
    """The case has moved on since the version that was seen; it is at `version`: read it again."""

    code = "version_stale"


class CaseRuled(Conflict):
    """An assessment has named the unit: the case cannot be returned again."""

    code = "case_ruled"


class ReturnTooLate(Conflict):
    """A case may be returned until `until`, which is over."""

    code = "return_too_late"


class UrgentNotPaused(Conflict):
    """The clock of an urgent matter does not stand still."""

    code = "urgent_not_paused"


class ExtensionTooLate(Conflict):
    """More time is asked for before the deadline, which is over."""

    code = "extension_too_late"


class ExtensionTooLong(Invalid):
    """More time than may be given: until `latest` at most."""

    code = "extension_too_long"


class UntilInvalid(Invalid):
    """The moment is not later than now, or than the deadline that it would replace."""

    code = "until_invalid"


class NotHelping(Conflict):
    """The unit has no task in this case."""

    code = "not_helping"


class NoSuchMeeting(Conflict):
    """No such meeting (`meeting`; 0: none at all) has a decision that is still to be done."""

    code = "no_such_meeting"


class AlreadyIn(Conflict):
    """The unit is in this case already."""

    code = "already_in"


class NoTier(Conflict):
    """There is no unit one tier higher or lower."""

    code = "no_tier"


class CannotMerge(Conflict):
    """Not into itself, nor into a case that is over."""

    code = "cannot_merge"


class UrgeLimitReached(Limited):
    """Urged already, and the next time is not yet (`next_at`), or never (`most` reached)."""

    code = "urge_limit_reached"

    @classmethod
    def until(cls, next_at: datetime) -> "UrgeLimitReached":
        """Urged within the gap: may be asked again at `next_at`."""
        return cls(next_at=next_at.isoformat())


class TooLarge(Refusal):
    """More than is taken at once."""

    code = "too_large"


class Unsupported(Refusal):
    """A kind of thing that is not taken at all."""

    code = "unsupported"


class AttachmentNotFound(NotFound):
    """No such attachment for this caller: never there, dropped since, or another citizen's."""

    code = "attachment_not_found"


class AttachmentTooLarge(TooLarge):
    """More bytes than one file may have (`max_bytes`)."""

    code = "attachment_too_large"


class AttachmentTypeRefused(Unsupported):
    """The bytes are none of the kinds that are taken."""

    code = "attachment_type_refused"


class AttachmentUnreadable(Invalid):
    """It begins like a file that is taken and is none (`reason`), or it is empty."""

    code = "attachment_unreadable"


class AttachmentPixels(Invalid):
    """An image with more pixels than are decoded (`max_pixels`)."""

    code = "attachment_too_many_pixels"


class AttachmentLimitReached(Limited):
    """As many files wait for a case as may (`most`)."""

    code = "attachment_limit_reached"


class CodeWrong(NotFound):
    """The code joins or opens nothing: mistyped, used, too old, or never there."""

    code = "code_wrong"


class TriesUsedUp(Limited):
    """Too many wrong codes: may be tried again at `next_at`."""

    code = "tries_used_up"


class TicketUsed(NotFound):
    """The link was used, has run out, or never was one."""

    code = "ticket_used"


class ContactTimeInvalid(Invalid):
    """The citizen cannot have been contacted then: not yet, or before there was a case."""

    code = "contact_time_invalid"


class EvidenceRequired(Invalid):
    """Replies in this category (`category`) show what was done, by a photo or a document."""

    code = "evidence_required"


class JobNotRunnable(Conflict):
    """The background job (`job`) is already over, waits already, or cannot be begun from here."""

    code = "job_not_runnable"


class SubscriberNotFound(NotFound):
    """No such subscriber to events."""

    code = "subscriber_not_found"


class SubscriberNameTaken(Conflict):
    """Another subscriber has that name."""

    code = "subscriber_name_taken"


class UrlRefused(Invalid):
    """Nothing may be sent to that address: not http(s), or not a public one (`reason`)."""

    code = "url_refused"
