"""What the world outside is told of a move: its type, and who has to act next.

The parameters of the words are put together in `api.services.events`, where the catalogue is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.domain.lifecycle import TABLE, CaseState, Move

TYPES: Mapping[Move, str] = {move: row.event for move, row in TABLE.items() if row.event}
"""The event of each move that has one. Asking the survey has none: `survey.asked` tells it."""

ASKED_OF_ONE = frozenset({Move.ASK_SUPPLEMENT, Move.REMIND, Move.SPLIT, Move.WITHDRAW})
"""Moves about what one citizen said or owes: whoever follows the case can neither answer nor read
what they lead to, and goes on without who takes it back."""

TOLD_BY_THE_NEXT = frozenset({(Move.RETURN, Move.OPEN_ASSESSMENT)})
"""Two moves in one breath of which the second tells the citizen what the first would."""

NEXT: Mapping[CaseState, str] = {
    CaseState.SUBMITTED: "accept",
    CaseState.ACCEPTED: "dispatch",
    CaseState.DISPATCHED: "sign_in",
    CaseState.PROCESSING: "reply",
    CaseState.REHANDLING: "reply",
    CaseState.RETURN_PENDING: "decide_return",
    CaseState.SUPPLEMENT: "supplement",
    CaseState.EXTENSION_PENDING: "decide_extension",
    CaseState.ASSESSMENT: "rule",
    CaseState.REPLIED: "survey",
}
"""What comes next from where a case stands."""


@dataclass(frozen=True, slots=True)
class News:
    """One event to be told: `order` is what it must keep its place in, `data` plain JSON.

    `known` is what the citizen has been told already, in the answer to what they did. `copied`
    tells a citizen who follows a case of what others were told of it.
    """

    type: str
    at: datetime
    contact_point: str
    order: str
    data: Mapping[str, Any]
    known: bool = False
    copied: bool = False
