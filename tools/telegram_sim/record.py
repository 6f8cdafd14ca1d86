"""Record the bot's calls with their times, and measure their rates."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

SENDING = frozenset({"sendMessage", "sendPhoto", "sendDocument", "sendLocation"})
"""Methods that count against the rates."""


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """One call of the Bot API and its result: `status` is the HTTP status, 0 without an answer."""

    at: datetime
    method: str
    chat: int | None
    arguments: dict[str, Any]
    status: int
    message_id: int | None = None

    @property
    def sent(self) -> bool:
        """Whether the call delivered a message to a chat."""
        return self.method in SENDING and self.message_id is not None


@dataclass(frozen=True, slots=True)
class MessageRates:
    """Number of messages, and the most in any second: in all chats, and in one chat."""

    messages: int
    seconds: float
    most: int
    most_in_a_chat: int


@dataclass(slots=True)
class Record:
    """All calls so far."""

    calls: list[RecordedCall] = field(default_factory=list)

    def of(self, method: str, chat: int | None = None) -> list[RecordedCall]:
        """Return the calls of a method, of one chat or all."""
        return [call for call in self.calls if call.method == method and chat in (None, call.chat)]

    def rates(self) -> MessageRates:
        """Measure the delivered messages."""
        sent = [call for call in self.calls if call.sent]
        chats: defaultdict[int | None, list[datetime]] = defaultdict(list)
        for call in sent:
            chats[call.chat].append(call.at)
        moments = sorted(call.at for call in sent)
        return MessageRates(
            messages=len(sent),
            seconds=(moments[-1] - moments[0]).total_seconds() if moments else 0.0,
            most=most_in_a_second(moments),
            most_in_a_chat=max(
                (most_in_a_second(sorted(chat)) for chat in chats.values()), default=0
            ),
        )


def most_in_a_second(moments: Sequence[datetime]) -> int:
    """Return the largest number of sorted times within less than one second."""
    second = timedelta(seconds=1)
    return max(_counts(moments, second), default=0)


def _counts(moments: Sequence[datetime], span: timedelta) -> Iterable[int]:
    for number, moment in enumerate(moments):
        yield bisect_left(moments, moment + span, lo=number) - number
