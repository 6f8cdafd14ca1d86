"""Query the table of moves: who may make which move, and its target."""

from collections.abc import Collection

from api.domain.errors import MoveLacks, MoveNotAllowed, ReasonRequired
from api.domain.lifecycle.states import CaseState, MoveNeed, UnitRole
from api.domain.lifecycle.table import TABLE, Move
from api.errors import Forbidden
from api.people.rules.actor import Role


def require(move: Move, role: Role) -> None:
    """Raise `Forbidden` unless this role may make the move in some case."""
    if role not in TABLE[move].roles:
        raise Forbidden(move=move, role=role)


def after(
    move: Move,
    state: CaseState | None,
    role: Role,
    given: Collection[MoveNeed] = (),
    *,
    back_to: CaseState | None = None,
) -> CaseState:
    """Return the target of `move` from `state` (None: the case does not exist yet).

    Args:
        move: the move.
        state: the case's state.
        role: the actor's role.
        given: the parts of the move.
        back_to: the case's state before the present side state.

    Raises:
        Forbidden: the role may not make the move.
        MoveNotAllowed: the table has no such move from this state.
        ReasonRequired: the move needs a reason.
        MoveLacks: another required part is missing.
    """
    require(move, role)
    row = TABLE[move]
    if state is None:
        if row.sources or row.target is None:
            raise MoveNotAllowed(move=move, state="")
        return row.target
    if state not in row.sources:
        raise MoveNotAllowed(move=move, state=state)
    if row.needs_reason and MoveNeed.REASON not in given:
        raise ReasonRequired(move=move)
    for need in MoveNeed:
        if need in row.needs and need not in given:
            raise MoveLacks(move=move, need=need)
    if row.back:
        return back_to or CaseState.PROCESSING
    return row.target or state


def moves(
    state: CaseState, role: Role, parts: Collection[UnitRole] = (UnitRole.HOLDER,)
) -> tuple[Move, ...]:
    """List the moves that `role` may make in `state`, in the order of the table.

    `parts` are a unit's roles in the case.
    """
    return tuple(
        move
        for move, row in TABLE.items()
        if state in row.sources
        and role in row.roles
        and (role is not Role.UNIT or row.part in parts)
    )
