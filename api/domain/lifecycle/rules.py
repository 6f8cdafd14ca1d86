"""What the table of moves allows: who may make which move, and where it leads."""

from collections.abc import Collection

from api.domain.errors import MoveLacks, MoveNotAllowed, ReasonRequired
from api.domain.lifecycle.states import CaseState, Need, UnitRole
from api.domain.lifecycle.table import TABLE, Move
from api.errors import Forbidden
from api.people.rules.actor import Role


def require(move: Move, role: Role) -> None:
    """Raise `Forbidden` unless the move is this role's, whatever the case."""
    if role not in TABLE[move].roles:
        raise Forbidden(move=move, role=role)


def after(
    move: Move,
    state: CaseState | None,
    role: Role,
    given: Collection[Need] = (),
    *,
    back_to: CaseState | None = None,
) -> CaseState:
    """Give the state that `move` leads to from `state` (None: the case does not exist yet).

    Args:
        move: what is done.
        state: where the case stands.
        role: who does it.
        given: what the move comes with.
        back_to: where the case stood before the side state that it is in.

    Raises:
        Forbidden: the move is not this role's.
        MoveNotAllowed: the table has no such move from this state.
        ReasonRequired: the move must say why and does not.
        MoveLacks: it must come with something else that is missing.
    """
    require(move, role)
    row = TABLE[move]
    if state is None:
        if row.sources or row.target is None:
            raise MoveNotAllowed(move=move, state="")
        return row.target
    if state not in row.sources:
        raise MoveNotAllowed(move=move, state=state)
    if row.needs_reason and Need.REASON not in given:
        raise ReasonRequired(move=move)
    for need in Need:
        if need in row.needs and need not in given:
            raise MoveLacks(move=move, need=need)
    if row.back:
        return back_to or CaseState.PROCESSING
    return row.target or state


def moves(
    state: CaseState, role: Role, parts: Collection[UnitRole] = (UnitRole.HOLDER,)
) -> tuple[Move, ...]:
    """List what `role` may do to a case that stands in `state`, in the order of the table.

    Of a unit, `parts` says what it is in the case.
    """
    return tuple(
        move
        for move, row in TABLE.items()
        if state in row.sources
        and role in row.roles
        and (role is not Role.UNIT or row.part in parts)
    )
