"""Define the events of moves: the type, and who must act next.

`api.services.events`, which has the catalogue, makes the parameters of the words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.domain.lifecycle import TABLE, CaseState, Move

TYPES: Mapping[Move, str] = {move: row.event for move, row in TABLE.items() if row.event}
"""The event of each move that has one. Asking the survey has none, but `survey.asked`."""

ASKED_OF_ONE = frozenset({Move.ASK_SUPPLEMENT, Move.REMIND, Move.SPLIT, Move.WITHDRAW})
"""Moves about one citizen's words or owed details. Followers of the case can neither answer nor
read them, and are not affected by the citizen's withdrawal."""

TOLD_BY_THE_NEXT = frozenset({(Move.RETURN, Move.OPEN_ASSESSMENT)})
"""Pairs of moves in one transaction of which only the second one is told to the citizen."""

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
"""The next step for each state."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One event to send: `order` is the key of its ordering, `data` is plain JSON.

    `known` is true when the citizen was already told in an answer. `copied` marks the copy for a
    citizen who follows the case.
    """

    type: str
    at: datetime
    contact_point: str
    order: str
    data: Mapping[str, Any]
    known: bool = False
    copied: bool = False
