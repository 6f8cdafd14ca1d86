"""Refusals about cases, each with a code and parameters; see `api.errors`."""

from datetime import datetime

from api.errors import Conflict, Forbidden, Invalid, Limited, NotFound, Refusal


class CaseNotFound(NotFound):
    """No such case for this reader. Another citizen's case gives the same refusal."""

    code = "case_not_found"


class ReasonRequired(Invalid):
    """The move needs a reason."""

    code = "reason_required"


class MoveLacks(Invalid):
    """A required part (`need`) of the move is missing."""

    code = "move_lacks"


class NotYourPart(Forbidden):
    """The unit is in the case, but the move needs another role (`part`)."""

    code = "not_your_part"


class IdempotencyKeyReused(Invalid):
    """The key was used for another request: send a new key with a new request."""

    code = "idempotency_key_reused"


class MoveNotAllowed(Conflict):
    """The life cycle does not allow this move in the case's state."""

    code = "move_not_allowed"


class CaseChanged(Conflict):
    """Another move was made in the meantime: read the case again."""

    code = "case_changed"


class VersionStale(Refusal):
    """The case has changed since the version that was read; it is at `version`: read it again."""

    code = "version_stale"


class CaseRuled(Conflict):
    """An assessment has set the unit: the case cannot be returned again."""

    code = "case_ruled"


class ReturnTooLate(Conflict):
    """The time for a return ended at `until`."""

    code = "return_too_late"


class UrgentNotPaused(Conflict):
    """The clock of an urgent matter cannot be paused."""

    code = "urgent_not_paused"


class ExtensionTooLate(Conflict):
    """An extension must be requested before the deadline, which is over."""

    code = "extension_too_late"


class ExtensionTooLong(Invalid):
    """The extension is too long: the latest time is `latest`."""

    code = "extension_too_long"


class UntilInvalid(Invalid):
    """The time is not later than now, or than the deadline that it would replace."""

    code = "until_invalid"


class NotHelping(Conflict):
    """The unit has no task in this case."""

    code = "not_helping"


class NoSuchMeeting(Conflict):
    """No such meeting (`meeting`; 0: none at all) has an open decision."""

    code = "no_such_meeting"


class AlreadyIn(Conflict):
    """The unit is in this case already."""

    code = "already_in"


class NoTier(Conflict):
    """There is no unit one tier higher or lower."""

    code = "no_tier"


class CannotMerge(Conflict):
    """A case cannot be merged into itself or into a finished case."""

    code = "cannot_merge"


class UrgeLimitReached(Limited):
    """Urged too often: the next time is `next_at`, or never (`most` reached)."""

    code = "urge_limit_reached"

    @classmethod
    def until(cls, next_at: datetime) -> "UrgeLimitReached":
        """Make the refusal of an urge before `next_at`."""
        return cls(next_at=next_at.isoformat())


class ContactTimeInvalid(Invalid):
    """The contact time is in the future, or before the case."""

    code = "contact_time_invalid"


class EvidenceRequired(Invalid):
    """Replies in this category (`category`) need a photo or a document as evidence."""

    code = "evidence_required"
