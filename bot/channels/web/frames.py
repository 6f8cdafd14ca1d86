"""The frames of the web chat: JSON on one WebSocket.

The page sends::

    {"type": "hello", "secret": null | "…", "last_event": 0, "language": "zh"}    first, once
    {"type": "say", "id": "…", "n": 1, "text": "…", "files"?: ["att_…"]} | {…, "button": "12.0"}
    {"type": "language", "id": "…", "n": 2, "language": "en"}
    {"type": "attach"}                   files will be sent: see bot/channels/web/files.py

and receives::

    {"type": "welcome", "secret", "resumed", "expired"}    `secret` resumes this conversation
    {"type": "event", "event": 12, "from": "agent", "text", "buttons"?, "custom"?, "image"?}
    {"type": "event", "event": 11, "from": "you", "id", "text", "files"?}
    {"type": "state", "waiting": true}                     an answer is still to come
    {"type": "attach"}                                     the secret now allows file uploads
    {"type": "ack", "id", "event"}                         the message is stored
    {"type": "refused", "id", "code", "words", "again"?}   it is not; retry in `again` seconds
    {…, "code": "emergency", "call", "again"}              words to show before it is stored
    {"type": "gap", "expected": 2}                         a message is missing; send from there

**Resuming**: every message has an event number. The page sends the last number it has seen and
receives the rest. That includes its own messages, also those of other sockets or processes.

**Once**: `id` is the idempotency key of the page. A message that is sent again because its
acknowledgement was lost is therefore the same message. **In order**: on one socket `n` counts
up by one from any first number. A number that skips one is refused, because an earlier message
is on its way or must be sent again. A lower number is a repetition and is handled as one.

A button is named by its event number and its place there, and is looked up in this
conversation. Its payload is never read from the page.
"""

import re

from bot.inbound.attachments import MOST
from bot.message import InboxMessage, OutboxMessage

ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
BUTTON = re.compile(r"([1-9][0-9]{0,8})\.([0-9]{1,2})")


class BadFrame(ValueError):  # noqa: N818 - named for what is wrong
    """A frame that violates the protocol."""


def count_of(value: object) -> int:
    """Read a whole number from 0 on.

    Raises:
        BadFrame: it is not such a number.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise BadFrame


def files_of(value: object) -> tuple[str, ...]:
    """Read the ids of attached files.

    Raises:
        BadFrame: they are malformed, or too many.
    """
    if not isinstance(value, list) or len(value) > MOST:
        raise BadFrame
    if not all(isinstance(id_, str) and ID.fullmatch(id_) for id_ in value):
        raise BadFrame
    return tuple(value)


def event_of(message: InboxMessage | OutboxMessage) -> dict[str, object] | None:
    """Make the frame of a message; `None` without a body, or for a payload without a title."""
    if isinstance(message, InboxMessage):
        body = message.body
        if body is None or (body.payload and body.title is None):
            return None
        frame: dict[str, object] = {
            "event": message.event, "from": "you", "id": message.message_id, "text": body.shown,
        }  # fmt: skip
        if body.attachments:
            frame["files"] = list(body.attachments)
        return frame
    reply = message.reply
    shown: dict[str, object] = {"event": message.event, "from": "agent", "text": reply.text}
    if reply.buttons:
        shown["buttons"] = [
            {"id": f"{message.event}.{index}", "title": button.title}
            for index, button in enumerate(reply.buttons)
        ]
    if reply.custom:
        shown["custom"] = reply.custom
    if reply.image:
        shown["image"] = reply.image
    return shown
