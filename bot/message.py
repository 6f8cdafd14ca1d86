"""Messages of both directions, as the folders of `bot` hand them on: received and to be sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Button:
    """A tap that the citizen can make instead of typing.

    `title` is what is shown, `payload` what is sent back when it is tapped: a Rasa payload such
    as `/affirm` or `/choose_category{"code": "0302"}`.
    """

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to the citizen: plain text, never markup; each channel escapes for itself.

    `image` is a URL. `custom` carries what only some channels can show (a receipt card, say) and
    must never be needed to understand `text`.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    image: str | None = None
    custom: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One message from a citizen, as a channel hands it to `bot.inbound.intake`.

    `message_id` is the channel's own id and makes a repeated delivery recognisable: the pair
    (`channel`, `address`, `message_id`) is handled once. `address` is where the channel would
    send an answer (a chat id, a web chat's session); it never leaves the bot. `attachments` are
    ids of files that the API already holds. `sent_at` is aware. `notices` are words of the channel
    itself about this message, said with its commit and before its turn.
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
    """The content of a citizen's message: what the inbox stores encrypted and the engine gets.

    `payload` says that `text` is the payload of a tapped button and not typed words; `title` is
    then what stood on the button. `emergency` is the kind of danger found in the words. `sent_at`
    is an ISO 8601 moment.
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
        """The words as their writer knows them."""
        return self.title or self.text


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """An inbox row, decrypted.

    `event` is its number in the conversation. `body` is `None` when it was wiped or cannot be
    decrypted. `attempts` counts turns that failed by its own fault; `told` says that the citizen
    knows that the answer comes later. `again` says that the engine may have had it before,
    `replay_of` is the sequence that it had before it was parked and replayed.
    """

    event: int
    message_id: str
    body: MessageBody | None
    received_at: datetime
    attempts: int = 0
    told: bool = False
    again: bool = False
    replay_of: int | None = None


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """An outbox row, decrypted: a reply or push, and its number in the conversation."""

    event: int
    reply: Reply
