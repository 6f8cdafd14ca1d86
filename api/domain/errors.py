"""Refusals about cases: a code with its parameters each, see `api.errors`."""

from datetime import datetime

from api.errors import Conflict, Forbidden, Invalid, Limited, NotFound, Refusal


class CaseNotFound(NotFound):
    """No such case for this reader. Another citizen's case is told in the same words."""

    code = "case_not_found"


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


class ContactTimeInvalid(Invalid):
    """The citizen cannot have been contacted then: not yet, or before there was a case."""

    code = "contact_time_invalid"


class EvidenceRequired(Invalid):
    """Replies in this category (`category`) show what was done, by a photo or a document."""

    code = "evidence_required"
