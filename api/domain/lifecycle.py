"""The life cycle of a case: its states, and the one table of moves between them.

States are the field's own (待受理, 已受理, 待签收, …). The table says for each move from where to
where, whose it is, and whether it must give a reason; nothing else in the service decides that. A
move that is not in the table does not exist.
"""

from dataclasses import dataclass
from enum import StrEnum

from api.domain.actor import Role
from api.domain.errors import Forbidden, MoveNotAllowed, ReasonRequired


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
    ANSWER_ONLINE = "answer_online"
    SIGN_IN = "sign_in"
    PROGRESS = "progress"
    REPLY = "reply"
    RETURN = "return"
    ACCEPT_RETURN = "accept_return"
    REFUSE_RETURN = "refuse_return"
    ASK_SURVEY = "ask_survey"
    RATE = "rate"
    REHANDLE = "rehandle"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: `sources` empty means before the first state, `target` None means it stays."""

    sources: frozenset[State]
    target: State | None
    roles: frozenset[Role]
    needs_reason: bool = False


_DESK = frozenset({Role.CLERK, Role.SUPERVISOR})
_SAID = frozenset({Role.CITIZEN, Role.CLERK})
_UNIT = frozenset({Role.UNIT})
_ITSELF = frozenset({Role.SYSTEM})
_IN_HAND = frozenset({State.PROCESSING, State.REHANDLING})

TABLE: dict[Move, Transition] = {
    Move.SUBMIT: Transition(frozenset(), State.SUBMITTED, _SAID),
    Move.ACCEPT: Transition(
        frozenset({State.SUBMITTED}), State.ACCEPTED, _DESK | frozenset({Role.SYSTEM})
    ),
    Move.DISPATCH: Transition(
        frozenset({State.ACCEPTED}), State.DISPATCHED, _DESK | frozenset({Role.SYSTEM})
    ),
    Move.REJECT: Transition(frozenset({State.SUBMITTED}), State.REJECTED, _DESK, needs_reason=True),
    Move.WITHDRAW: Transition(UNANSWERED, State.WITHDRAWN, frozenset({Role.CITIZEN})),
    Move.URGE: Transition(UNANSWERED, None, frozenset({Role.CITIZEN})),
    # A closed case still takes words: a late answer is kept, not lost.
    Move.REMARK: Transition(OPEN | {State.CLOSED, State.LONG_TERM}, None, _SAID),
    Move.ADD_DETAILS: Transition(OPEN, None, _SAID),
    # Solved in a leader's live session and confirmed by the citizen: filed for the record.
    Move.ANSWER_ONLINE: Transition(frozenset({State.SUBMITTED}), State.ANSWERED_ONLINE, _ITSELF),
    # The unit that holds the case. A case that is rehandled is in hand already: no new sign-in.
    Move.SIGN_IN: Transition(frozenset({State.DISPATCHED}), State.PROCESSING, _UNIT),
    Move.PROGRESS: Transition(_IN_HAND, None, _UNIT),
    Move.REPLY: Transition(_IN_HAND, State.REPLIED, _UNIT),
    Move.RETURN: Transition(
        frozenset({State.DISPATCHED, State.PROCESSING}),
        State.RETURN_PENDING,
        _UNIT,
        needs_reason=True,
    ),
    # Accepted, the case waits for another unit; refused, the same unit signs in, on a new clock.
    Move.ACCEPT_RETURN: Transition(frozenset({State.RETURN_PENDING}), State.ACCEPTED, _DESK),
    Move.REFUSE_RETURN: Transition(
        frozenset({State.RETURN_PENDING}), State.DISPATCHED, _DESK, needs_reason=True
    ),
    # The callback. The rating is the citizen's, or a clerk's who telephoned; what follows from it
    # the service decides.
    Move.ASK_SURVEY: Transition(frozenset({State.REPLIED}), State.CALLBACK, _ITSELF),
    Move.RATE: Transition(frozenset({State.CALLBACK}), None, _SAID | _ITSELF),
    Move.REHANDLE: Transition(
        frozenset({State.REPLIED, State.CALLBACK}),
        State.REHANDLING,
        _DESK | _ITSELF,
        needs_reason=True,
    ),
    Move.CLOSE: Transition(frozenset({State.CALLBACK}), State.CLOSED, _ITSELF),
}


def require(move: Move, role: Role) -> None:
    """Raise `Forbidden` unless the move is this role's, whatever the case."""
    if role not in TABLE[move].roles:
        raise Forbidden(move=move, role=role)


def after(move: Move, state: State | None, role: Role, reason: str | None = None) -> State:
    """Give the state that `move` leads to from `state` (None: the case does not exist yet).

    Raises:
        Forbidden: the move is not this role's.
        MoveNotAllowed: the table has no such move from this state.
        ReasonRequired: the move must say why and does not.
    """
    require(move, role)
    row = TABLE[move]
    if state is None:
        if row.sources or row.target is None:
            raise MoveNotAllowed(move=move, state="")
        return row.target
    if state not in row.sources:
        raise MoveNotAllowed(move=move, state=state)
    if row.needs_reason and not reason:
        raise ReasonRequired(move=move)
    return row.target or state


def moves(state: State, role: Role) -> tuple[Move, ...]:
    """List what `role` may do to a case that stands in `state`, in the order of the table."""
    return tuple(move for move, row in TABLE.items() if state in row.sources and role in row.roles)
