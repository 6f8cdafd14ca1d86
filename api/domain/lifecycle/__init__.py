"""Life cycle of a case: one table of moves between its states.

Only this table defines a move's target, roles, required parts, event, and the citizen's notice.
Import everything from here. Begin with `table`; `states` has the vocabulary of a row, `rules` the
queries of the table. `solvefirst lifecycle` prints it.
"""

from api.domain.lifecycle.rules import after, moves, require
from api.domain.lifecycle.states import (
    ENDS,
    HELD,
    OPEN,
    SIDE,
    UNANSWERED,
    CaseState,
    CitizenNotice,
    MoveNeed,
    Transition,
    UnitRole,
)
from api.domain.lifecycle.table import TABLE, Move

__all__ = [
    "ENDS",
    "HELD",
    "OPEN",
    "SIDE",
    "TABLE",
    "UNANSWERED",
    "CaseState",
    "CitizenNotice",
    "Move",
    "MoveNeed",
    "Transition",
    "UnitRole",
    "after",
    "moves",
    "require",
]
