"""The life cycle of a case: one table of moves between its states.

Nothing else in the service decides where a move leads, whose it is, what it needs, which event it
emits and what the citizen hears. Import all of it from here. Begin with `table`; `states` has the
words of a row, `rules` what follows from the rows. `solvefirst lifecycle` prints the table.
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
    Need,
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
    "Need",
    "Transition",
    "UnitRole",
    "after",
    "moves",
    "require",
]
