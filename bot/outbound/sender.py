"""Port of the sender of a channel, and the outcomes of sending."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from bot.message import Reply


@dataclass(frozen=True, slots=True)
class Sent:
    """The reply was delivered completely; `messages` are the channel's own ids."""

    messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """The channel asks for a pause of `seconds` before the next message to this address.

    A reply may be several messages of the channel: `parts` of them are delivered.
    """

    seconds: float
    parts: int = 0


@dataclass(frozen=True, slots=True)
class Failed:
    """It failed and may be retried: the connection broke, or the channel has an error.

    It is unknown whether the part after the first `parts` was delivered.
    """

    reason: str
    parts: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """The channel will never accept this reply; it may accept others to the same address."""

    reason: str
    parts: int = 0


@dataclass(frozen=True, slots=True)
class Dead:
    """The address accepts no message until its citizen writes again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Migrated:
    """The address has changed; nothing was sent to the old one."""

    address: str


Admit = Callable[[], AbstractAsyncContextManager[object]]
"""Context around each message of the channel; it waits until the rate limit allows one."""

Outcome = Sent | RetryAfter | Failed | Refused | Dead | Migrated


class Sender(Protocol):
    """Sends to one channel. Its errors and those of the connection are outcomes, not exceptions."""

    async def send(
        self, address: str, reply: Reply, *, event: int, skip: int = 0, admit: Admit = nullcontext
    ) -> Outcome:
        """Send one reply.

        Args:
            address: the channel's reply address, as in `InboundMessage`.
            reply: plain text; it is escaped and split here.
            event: its number in the conversation, by which its buttons are found.
            skip: how many of its parts were delivered in earlier attempts.
            admit: context around every call that sends a message.
        """
        ...
