"""Port of the dialogue engine, and its errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.message import Reply


@dataclass(frozen=True, slots=True)
class Turn:
    """One message for the engine.

    `conversation` is the opaque id of the conversation (Rasa's `sender_id`). `message_id` is our
    own id of the inbox row. It is sent in the message's metadata, so that an action that runs twice
    for one message can be recognised. `state` is the engine's state after the conversation's last
    turn: `None` on the first, and always `None` for an engine with its own tracker. `again` is true
    when the engine may have received the message before.
    """

    conversation: str
    message_id: str
    text: str
    channel: str
    state: bytes | None = None
    metadata: Mapping[str, object] = field(default_factory=dict)
    again: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of a turn: replies in order, the state to store, the conversation's language."""

    replies: tuple[Reply, ...]
    state: bytes | None
    language: str | None = None


class EngineUnavailable(Exception):  # noqa: N818 - a state of the world, not a mistake
    """The engine cannot answer now; the message stays in the inbox and is retried."""


class Engine(Protocol):
    """Understands messages and answers them."""

    async def handle(self, turn: Turn) -> Outcome:
        """Run one turn.

        Raises:
            EngineUnavailable: the engine is down or too slow; the turn has no effect.
        """
        ...

    async def parse(self, text: str) -> Mapping[str, object]:
        """Understand `text` without answering it, in Rasa's parse format."""
        ...

    async def ready(self) -> bool:
        """Return whether the engine would answer a turn now."""
        ...

    async def forget(self, conversations: Sequence[str]) -> None:
        """Delete the engine's own data of `conversations`."""
        ...

    async def close(self) -> None:
        """Close the engine's resources."""
        ...
