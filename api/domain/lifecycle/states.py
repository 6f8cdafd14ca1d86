"""Define the states of a case, and the columns of the table of moves.

The states are the field's own (待受理, 已受理, 待签收, …).
"""

from dataclasses import dataclass
from enum import StrEnum

from api.people.rules.actor import Role


class CaseState(StrEnum):
    """State of a case."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    DISPATCHED = "dispatched"
    PROCESSING = "processing"
    REPLIED = "replied"
    CALLBACK = "callback"
    CLOSED = "closed"
    SUPPLEMENT = "supplement"
    RETURN_PENDING = "return_pending"
    EXTENSION_PENDING = "extension_pending"
    ASSESSMENT = "assessment"
    REHANDLING = "rehandling"
    ANSWERED_ONLINE = "answered_online"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    LONG_TERM = "long_term"


ENDS = frozenset(
    {
        CaseState.CLOSED,
        CaseState.ANSWERED_ONLINE,
        CaseState.REJECTED,
        CaseState.WITHDRAWN,
        CaseState.MERGED,
        CaseState.LONG_TERM,
    }
)
OPEN = frozenset(CaseState) - ENDS
UNANSWERED = OPEN - {CaseState.REPLIED, CaseState.CALLBACK}
"""Open states in which the citizen still waits for the answer."""

HELD = frozenset(
    {
        CaseState.DISPATCHED,
        CaseState.PROCESSING,
        CaseState.REHANDLING,
        CaseState.SUPPLEMENT,
        CaseState.EXTENSION_PENDING,
    }
)
"""States in which a unit has the case without doubt."""

SIDE = frozenset({CaseState.SUPPLEMENT, CaseState.EXTENSION_PENDING})
"""Side states, which return to the previous state."""


class MoveNeed(StrEnum):
    """Required part of a move."""

    REASON = "reason"
    NOTE = "note"  # words for the citizen
    EVIDENCE = "evidence"
    UNIT = "unit"
    UNTIL = "until"
    RULING = "ruling"  # the principle of the ruling
    OTHER = "other"  # another case


class UnitRole(StrEnum):
    """Role of a unit in a case."""

    HOLDER = "holder"
    HELPER = "helper"
    MEMBER = "member"  # of its assessment


class CitizenNotice(StrEnum):
    """How the citizen is told of a move."""

    TOLD = "told"  # a push
    OWN = "own"  # the citizen's own move: the answer tells them; a push if another person made it
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One row of the table.

    Attributes:
        sources: the states that it starts from; none: the case does not exist yet.
        target: the new state; None: the state stays, or with `back` it returns to the state
            before the side state.
        roles: who may make it.
        part: the required role of a unit.
        needs: the required parts.
        event: the event for subscribers.
        heard: how the citizen is told.
    """

    sources: frozenset[CaseState]
    target: CaseState | None = None
    back: bool = False
    roles: frozenset[Role]
    part: UnitRole = UnitRole.HOLDER
    needs: frozenset[MoveNeed] = frozenset()
    event: str | None
    heard: CitizenNotice = CitizenNotice.TOLD

    @property
    def needs_reason(self) -> bool:
        """Whether it needs a reason."""
        return MoveNeed.REASON in self.needs

    @property
    def note_is_public(self) -> bool:
        """Whether its note is for the citizen."""
        return MoveNeed.NOTE in self.needs

    @property
    def text(self) -> str | None:
        """Key of the citizen's words in `bot/texts`."""
        if self.event is None or self.heard is CitizenNotice.NOTHING:
            return None
        return f"push_{self.event.replace('.', '_')}"
