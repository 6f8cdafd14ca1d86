"""Types of inbound and outbound messages, shared by the folders of `bot`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Button:
    """A button that the citizen can tap instead of typing.

    `title` is shown; `payload` is sent back when it is tapped: a Rasa payload such as `/affirm` or
    `/choose_category{"code": "0302"}`.
    """

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to the citizen: plain text without markup; each channel escapes it.

    `image` is a URL. `custom` is data that only some channels can show (such as a receipt card);
    `text` must be clear without it.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    image: str | None = None
    custom: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One message from a citizen, as a channel passes it to `bot.inbound.intake`.

    `message_id` is the channel's own id; the triple (`channel`, `address`, `message_id`) is the
    idempotency key. `address` is the channel's reply address (a chat id, a web chat's session); it
    never leaves the bot. `attachments` are ids of files that the API already has. `sent_at` is
    time-zone-aware. `notices` are replies of the channel itself to this message; they are committed
    with it and sent before its turn.
    """

    channel: str
    address: str
    message_id: str
    text: str
    sent_at: datetime
    language: str | None = None
    attachments: tuple[str, ...] = ()
    metadata: Mapping[str, object] = field(default_factory=dict)
    notices: tuple[Reply, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageBody:
    """Content of a citizen's message: stored encrypted in the inbox and passed to the engine.

    `payload` is true when `text` is the payload of a tapped button and not typed; `title` is then
    the button's title. `emergency` is the kind of danger found in the words. `sent_at` is an ISO
    8601 time.
    """

    text: str
    payload: bool = False
    title: str | None = None
    language: str | None = None
    emergency: str | None = None
    sent_at: str | None = None
    attachments: tuple[str, ...] = ()
    metadata: Mapping[str, object] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The words as the citizen saw them."""
        return self.title or self.text


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """An inbox row, decrypted.

    `event` is its number in the conversation. `body` is `None` when it was wiped or cannot be
    decrypted. `attempts` counts turns that this message itself made fail. `notified` is true when
    the citizen was told that the answer comes later. `again` is true when the engine may have had
    it before. `replay_of` is its sequence before it was parked and replayed.
    """

    event: int
    message_id: str
    body: MessageBody | None
    received_at: datetime
    attempts: int = 0
    notified: bool = False
    again: bool = False
    replay_of: int | None = None


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """An outbox row, decrypted: a reply or push, with its event number."""

    event: int
    reply: Reply
