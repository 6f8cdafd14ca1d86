"""What the road out asks of a channel that has to be pushed to, and how a sending may end."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from bot.message import Reply


@dataclass(frozen=True, slots=True)
class Sent:
    """All of it has arrived; `messages` are the channel's own ids."""

    messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """The channel wants a pause of `seconds` before anything else goes to this address.

    A reply may be several messages of the channel: `parts` of them are there already.
    """

    seconds: float
    parts: int = 0


@dataclass(frozen=True, slots=True)
class Failed:
    """It may be tried again: the line broke, or the channel is broken itself.

    Nobody knows whether the part after the first `parts` has arrived.
    """

    reason: str
    parts: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """This one will never be taken; others to the same address may be."""

    reason: str
    parts: int = 0


@dataclass(frozen=True, slots=True)
class Dead:
    """Nothing reaches this address until its citizen comes back."""

    reason: str


@dataclass(frozen=True, slots=True)
class Migrated:
    """The address has changed; nothing was sent to the old one."""

    address: str


Admit = Callable[[], AbstractAsyncContextManager[object]]
"""Entered around each message of the channel, and waits until the channel's rates allow one."""

Outcome = Sent | RetryAfter | Failed | Refused | Dead | Migrated


class Sender(Protocol):
    """Sends to one channel. Never raises for what the channel or the line does."""

    async def send(
        self, address: str, reply: Reply, *, event: int, skip: int = 0, admit: Admit = nullcontext
    ) -> Outcome:
        """Send one reply.

        Args:
            address: where the channel answers to, as it came with `InboundMessage`.
            reply: plain words; they are escaped and split here.
            event: its number in the conversation, by which its buttons are found again.
            skip: how many of its parts have arrived in an earlier attempt.
            admit: entered around every single call that makes a message.
        """
        ...
