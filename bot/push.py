"""Define a push as stored in the outbox: the type and data of a case event, and its urgency.

`bot.outbound.pushes` makes the words when the push is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from api.contract.events import CASE_TYPES, LIVE_TYPES, QUIET_TYPES, SURVEY_TYPES

TOLD = frozenset(CASE_TYPES) - frozenset(QUIET_TYPES) | frozenset(SURVEY_TYPES)
"""Types that become a message, unless the citizen caused the event."""


class PushPriority(IntEnum):
    """Priority of sending: lower numbers are sent first."""

    REPLY = 0
    PROGRESS = 1
    BROADCAST = 2


@dataclass(frozen=True, slots=True)
class Push:
    """Stored part of an event: its type and data, for words in both languages."""

    type: str
    data: Mapping[str, Any]

    @property
    def urgency(self) -> PushPriority:
        """Urgency of the push: news of one case before messages to many."""
        if self.type in LIVE_TYPES:  # a live talk is going on
            return PushPriority.REPLY
        return PushPriority.PROGRESS if self.type in TOLD else PushPriority.BROADCAST
