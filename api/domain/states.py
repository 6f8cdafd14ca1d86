"""The words of the life cycle: states, moves, and what a row of its table says.

States are the field's own (待受理, 已受理, 待签收, …).
"""

from dataclasses import dataclass
from enum import StrEnum

from api.domain.actor import Role


class State(StrEnum):
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
        State.CLOSED,
        State.ANSWERED_ONLINE,
        State.REJECTED,
        State.WITHDRAWN,
        State.MERGED,
        State.LONG_TERM,
    }
)
OPEN = frozenset(State) - ENDS
UNANSWERED = OPEN - {State.REPLIED, State.CALLBACK}
"""Open, and the citizen still waits for the answer."""

HELD = frozenset(
    {
        State.DISPATCHED,
        State.PROCESSING,
        State.REHANDLING,
        State.SUPPLEMENT,
        State.EXTENSION_PENDING,
    }
)
"""With a unit, whose it is beyond doubt."""

SIDE = frozenset({State.SUPPLEMENT, State.EXTENSION_PENDING})
"""Left again to where the case came from."""


class Move(StrEnum):
    """What can be done to a case; each makes one entry in its history."""

    SUBMIT = "submit"
    ACCEPT = "accept"
    DISPATCH = "dispatch"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    URGE = "urge"
    REMARK = "remark"
    ADD_DETAILS = "add_details"
    REMIND = "remind"
    ANSWER_ONLINE = "answer_online"
    SIGN_IN = "sign_in"
    PROGRESS = "progress"
    REPLY = "reply"
    ASK_SUPPLEMENT = "ask_supplement"
    RESUME = "resume"
    ASK_EXTENSION = "ask_extension"
    GRANT_EXTENSION = "grant_extension"
    REFUSE_EXTENSION = "refuse_extension"
    RETURN = "return"
    ACCEPT_RETURN = "accept_return"
    REFUSE_RETURN = "refuse_return"
    OPEN_ASSESSMENT = "open_assessment"
    GIVE_VIEW = "give_view"
    RULE = "rule"
    ADD_HELPER = "add_helper"
    REMOVE_HELPER = "remove_helper"
    FINISH_TASK = "finish_task"
    MEET = "meet"
    FINISH_MEETING = "finish_meeting"
    TIER_UP = "tier_up"
    TIER_DOWN = "tier_down"
    WARN = "warn"
    SUPERVISE = "supervise"
    REPORT_UP = "report_up"
    INSTRUCT = "instruct"
    MARK_HARD = "mark_hard"
    SHELVE = "shelve"
    RECATEGORISE = "recategorise"
    MERGE = "merge"
    TAKE_OVER = "take_over"
    SPLIT = "split"
    ASK_SURVEY = "ask_survey"
    RATE = "rate"
    REHANDLE = "rehandle"
    CLOSE = "close"


class Need(StrEnum):
    """What a move must come with, or it is refused."""

    REASON = "reason"
    NOTE = "note"  # words that the citizen is told
    EVIDENCE = "evidence"
    UNIT = "unit"
    UNTIL = "until"
    RULING = "ruling"  # the principle by which a lead was named
    OTHER = "other"  # another case


class Part(StrEnum):
    """Which of the units in a case may make a unit's move."""

    HOLDER = "holder"
    HELPER = "helper"
    MEMBER = "member"  # of its assessment


class Heard(StrEnum):
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

    sources: frozenset[State]
    target: State | None = None
    back: bool = False
    roles: frozenset[Role]
    part: Part = Part.HOLDER
    needs: frozenset[Need] = frozenset()
    event: str | None
    heard: Heard = Heard.TOLD

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
        if self.event is None or self.heard is Heard.NOTHING:
            return None
        return f"push_{self.event.replace('.', '_')}"
