"""A push as the outbox keeps it: the type and data of a case event, and its urgency.

`bot.outbound.pushes` makes the words from it when it is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from api.contract.events import CASE_TYPES, LIVE_TYPES, QUIET_TYPES, SURVEY_TYPES

TOLD = frozenset(CASE_TYPES) - frozenset(QUIET_TYPES) | frozenset(SURVEY_TYPES)
"""Types that become a message, if not the citizen's own act."""


class PushPriority(IntEnum):
    """What goes out first where not all can: the lower number."""

    REPLY = 0
    PROGRESS = 1
    BROADCAST = 2


@dataclass(frozen=True, slots=True)
class Push:
    """What is kept of an event: its type and data, for words in either language."""

    type: str
    data: Mapping[str, Any]

    @property
    def urgency(self) -> PushPriority:
        """How soon it goes out: what concerns one case before what is told to many."""
        if self.type in LIVE_TYPES:  # somebody is talking
            return PushPriority.REPLY
        return PushPriority.PROGRESS if self.type in TOLD else PushPriority.BROADCAST
