"""What is kept of a message, as one encrypted blob: who reads the tables reads no words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.message import Button, Reply
from bot.push import Push
from kernel import json
from kernel.crypto import Keyring

_MESSAGE = "inbox.body"
_REPLY = "outbox.body"
_STATE = "conversation.state"
_ADDRESS = "conversation.address"


@dataclass(frozen=True, slots=True)
class Letter:
    """A citizen's message as it is kept: what the engine gets, and what the transcript shows.

    `payload` says that `text` is a tapped button's payload and not typed words; `title` is then
    what stood on the button. `emergency` is the kind of danger that was told from the words.
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


class Envelopes:
    """Seals and opens what the store keeps."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal_letter(self, letter: Letter) -> bytes:
        """Seal a message."""
        kept: dict[str, Any] = {"text": letter.text}
        if letter.payload:
            kept["payload"] = True
        for name in ("title", "language", "emergency", "sent_at", "attachments", "metadata"):
            if value := getattr(letter, name):
                kept[name] = value
        return self._keyring.encrypt(json.dumps(kept).encode(), context=_MESSAGE)

    def open_letter(self, body: bytes) -> Letter:
        """Open a message.

        Raises:
            kernel.crypto.DecryptionError: it does not open.
        """
        kept = json.loads(self._keyring.decrypt(body, context=_MESSAGE).decode())
        kept["attachments"] = tuple(kept.get("attachments", ()))
        return Letter(**kept)

    def seal_reply(self, reply: Reply) -> bytes:
        """Seal a reply."""
        return self._keyring.encrypt(json.dumps(wire(reply)).encode(), context=_REPLY)

    def seal_push(self, push: Push) -> bytes:
        """Seal what a push tells of; its words are made later."""
        kept = {"push": push.type, "data": push.data}
        return self._keyring.encrypt(json.dumps(kept).encode(), context=_REPLY)

    def open_said(self, body: bytes) -> Reply | Push:
        """Open what the outbox holds.

        Raises:
            kernel.crypto.DecryptionError: it does not open.
        """
        kept = json.loads(self._keyring.decrypt(body, context=_REPLY).decode())
        if "push" in kept:
            return Push(kept["push"], kept["data"])
        return Reply(
            text=kept["text"],
            buttons=tuple(
                Button(button["title"], button["payload"]) for button in kept.get("buttons", ())
            ),
            image=kept.get("image"),
            custom=kept.get("custom"),
        )

    def seal_state(self, state: bytes | None) -> bytes | None:
        """Seal what the engine keeps of a conversation."""
        return None if state is None else self._keyring.encrypt(state, context=_STATE)

    def open_state(self, state: bytes | None) -> bytes | None:
        """Open what the engine keeps of a conversation.

        Raises:
            kernel.crypto.DecryptionError: it does not open.
        """
        return None if state is None else self._keyring.decrypt(state, context=_STATE)

    def seal_address(self, address: str) -> bytes:
        """Seal the address that a channel answers to."""
        return self._keyring.encrypt(address.encode(), context=_ADDRESS)

    def open_address(self, address: bytes) -> str:
        """Open the address that a channel answers to.

        Raises:
            kernel.crypto.DecryptionError: it does not open.
        """
        return self._keyring.decrypt(address, context=_ADDRESS).decode()

    def index_address(self, channel: str, address: str) -> bytes:
        """Give what an address is found by: equal for equal addresses of one channel."""
        return self._keyring.blind_index(address, context=f"{_ADDRESS}:{channel}")


def wire(reply: Reply) -> dict[str, Any]:
    """Give a reply's parts that are there, by Rasa's names."""
    parts: dict[str, Any] = {"text": reply.text}
    if reply.buttons:
        parts["buttons"] = [
            {"title": button.title, "payload": button.payload} for button in reply.buttons
        ]
    if reply.image:
        parts["image"] = reply.image
    if reply.custom:
        parts["custom"] = reply.custom
    return parts
