"""What the intake asks of a dialogue engine, and the errors an engine may answer with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.message import Reply


@dataclass(frozen=True, slots=True)
class Turn:
    """One message for the engine.

    `conversation` is the opaque id of the conversation (Rasa's `sender_id`), `message_id` our own
    id of the inbox row: it travels in the message's metadata, so that an action that runs twice
    for one message can be recognised. `state` is what the engine returned after the
    conversation's last turn, `None` on the first, and always `None` for an engine that keeps its
    own tracker. `again` says that the message may have been handed to the engine before.
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
    """What a turn comes to: replies in order, the state to keep, the language to go on in."""

    replies: tuple[Reply, ...]
    state: bytes | None
    language: str | None = None


class EngineUnavailable(Exception):  # noqa: N818 - a state of the world, not a mistake
    """The engine cannot answer now; the message stays in the inbox and is tried again."""


class Engine(Protocol):
    """Understands a message and answers it. Holds no conversation of its own between turns."""

    async def handle(self, turn: Turn) -> Outcome:
        """Run one turn.

        Raises:
            EngineUnavailable: the engine is down or too slow; nothing of the turn is kept.
        """
        ...

    async def parse(self, text: str) -> Mapping[str, object]:
        """Understand `text` without answering it, in Rasa's parse format."""
        ...

    async def ready(self) -> bool:
        """Tell whether a turn sent now would be answered."""
        ...

    async def forget(self, conversations: Sequence[str]) -> None:
        """Forget what the engine itself keeps of `conversations`."""
        ...

    async def close(self) -> None:
        """Let go of what the engine holds."""
        ...
