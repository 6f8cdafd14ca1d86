"""Encrypt and decrypt messages: the tables hold no readable words."""

from typing import Any

from structlog import get_logger

from bot.message import Button, InboxMessage, MessageBody, Reply
from bot.push import Push
from bot.store.records import InboxRow
from kernel import json
from kernel.privacy.crypto import DecryptionError, Keyring

_MESSAGE = "inbox.body"
_REPLY = "outbox.body"
_STATE = "conversation.state"
_ADDRESS = "conversation.address"


logger = get_logger(__name__)


class Envelopes:
    """Encrypts and decrypts the stored bodies, states and addresses."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal_message(self, body: MessageBody) -> bytes:
        """Encrypt a message."""
        kept: dict[str, Any] = {"text": body.text}
        if body.payload:
            kept["payload"] = True
        for name in ("title", "language", "emergency", "sent_at", "attachments", "metadata"):
            if value := getattr(body, name):
                kept[name] = value
        return self._keyring.encrypt(json.dumps(kept).encode(), context=_MESSAGE)

    def open_message(self, body: bytes) -> MessageBody:
        """Decrypt a message.

        Raises:
            kernel.privacy.crypto.DecryptionError: it cannot be decrypted.
        """
        kept = json.loads(self._keyring.decrypt(body, context=_MESSAGE).decode())
        kept["attachments"] = tuple(kept.get("attachments", ()))
        return MessageBody(**kept)

    def open_inbox(self, row: InboxRow, *, again: bool = False) -> InboxMessage:
        """Decrypt an inbox row; a wiped or unreadable row has no body."""
        body = None
        if row.body is not None:
            try:
                body = self.open_message(row.body)
            except DecryptionError:
                logger.exception("message_unreadable", event_number=row.event)
        return InboxMessage(
            row.event,
            row.message_id,
            body,
            row.received_at,
            row.attempts,
            row.notified,
            again,
            row.replay_of,
        )

    def seal_reply(self, reply: Reply) -> bytes:
        """Encrypt a reply."""
        return self._keyring.encrypt(json.dumps(wire(reply)).encode(), context=_REPLY)

    def seal_push(self, push: Push) -> bytes:
        """Encrypt the data of a push; its words are made later."""
        kept = {"push": push.type, "data": push.data}
        return self._keyring.encrypt(json.dumps(kept).encode(), context=_REPLY)

    def open_said(self, body: bytes) -> Reply | Push:
        """Decrypt the body of an outbox row.

        Raises:
            kernel.privacy.crypto.DecryptionError: it cannot be decrypted.
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
        """Encrypt the engine's state of a conversation."""
        return None if state is None else self._keyring.encrypt(state, context=_STATE)

    def open_state(self, state: bytes | None) -> bytes | None:
        """Decrypt the engine's state of a conversation.

        Raises:
            kernel.privacy.crypto.DecryptionError: it cannot be decrypted.
        """
        return None if state is None else self._keyring.decrypt(state, context=_STATE)

    def seal_address(self, address: str) -> bytes:
        """Encrypt a channel's reply address."""
        return self._keyring.encrypt(address.encode(), context=_ADDRESS)

    def open_address(self, address: bytes) -> str:
        """Decrypt a channel's reply address.

        Raises:
            kernel.privacy.crypto.DecryptionError: it cannot be decrypted.
        """
        return self._keyring.decrypt(address, context=_ADDRESS).decode()

    def index_address(self, channel: str, address: str) -> bytes:
        """Return the blind index of an address: equal for equal addresses of one channel."""
        return self._keyring.blind_index(address, context=f"{_ADDRESS}:{channel}")


def wire(reply: Reply) -> dict[str, Any]:
    """Return the existing parts of a reply under Rasa's names."""
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
