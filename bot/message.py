"""The words that every room of the citizen's side speaks: what came in, and what goes out."""

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
class Inbound:
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
