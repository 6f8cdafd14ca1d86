"""Validate the web chat's inbound frames, and make its outbound ones."""

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
