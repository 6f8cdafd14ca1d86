"""The words of the life cycle: states, and what a row of its table says.

States are the field's own (待受理, 已受理, 待签收, …).
"""

from dataclasses import dataclass
from enum import StrEnum

from api.people.rules.actor import Role


class CaseState(StrEnum):
    """Where a case stands."""

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
"""Open, and the citizen still waits for the answer."""

HELD = frozenset(
    {
        CaseState.DISPATCHED,
        CaseState.PROCESSING,
        CaseState.REHANDLING,
        CaseState.SUPPLEMENT,
        CaseState.EXTENSION_PENDING,
    }
)
"""With a unit, whose it is beyond doubt."""

SIDE = frozenset({CaseState.SUPPLEMENT, CaseState.EXTENSION_PENDING})
"""Left again to where the case came from."""


class Need(StrEnum):
    """What a move must come with, or it is refused."""

    REASON = "reason"
    NOTE = "note"  # words that the citizen is told
    EVIDENCE = "evidence"
    UNIT = "unit"
    UNTIL = "until"
    RULING = "ruling"  # the principle by which a lead was named
    OTHER = "other"  # another case


class UnitRole(StrEnum):
    """Which of the units in a case may make a unit's move."""

    HOLDER = "holder"
    HELPER = "helper"
    MEMBER = "member"  # of its assessment


class CitizenNotice(StrEnum):
    """What the citizen hears of a move."""

    TOLD = "told"  # a push
    OWN = "own"  # theirs: told in the answer to it; a push when somebody else made it
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One row of the table.

    Attributes:
        sources: the states that it leads from; none: the case does not exist yet.
        target: where it leads; None: the case stays, or, with `back`, returns to where it was
            before the side state.
        roles: who may make it.
        part: of units, which.
        needs: what it must come with.
        event: what the world outside is told.
        heard: what the citizen hears.
    """

    sources: frozenset[CaseState]
    target: CaseState | None = None
    back: bool = False
    roles: frozenset[Role]
    part: UnitRole = UnitRole.HOLDER
    needs: frozenset[Need] = frozenset()
    event: str | None
    heard: CitizenNotice = CitizenNotice.TOLD

    @property
    def needs_reason(self) -> bool:
        """Whether it must say why."""
        return Need.REASON in self.needs

    @property
    def note_is_public(self) -> bool:
        """Whether its note is written for the citizen."""
        return Need.NOTE in self.needs

    @property
    def text(self) -> str | None:
        """The key of the words that the citizen hears, in `bot/texts`."""
        if self.event is None or self.heard is CitizenNotice.NOTHING:
            return None
        return f"push_{self.event.replace('.', '_')}"
