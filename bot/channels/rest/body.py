"""Read the bodies of the REST channel's requests, and make Rasa's entries of its replies."""

import math
from collections.abc import Mapping, Sequence
from json import JSONDecoder
from typing import Any, NoReturn

from bot import limits
from bot.http import MESSAGE_ID, SENDER, RequestRefused
from bot.inbound.intake import PAYLOAD, TITLE
from bot.message import OutboxMessage

DEEPEST = 8
"""Deepest nesting of metadata."""


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_read_json = JSONDecoder(parse_constant=_no_constant).decode


def object_of(body: bytes) -> dict[str, Any]:
    """Read the body of a request as a JSON object, or refuse it."""
    try:
        value = _read_json(body.decode())
    except (ValueError, RecursionError) as error:
        raise RequestRefused(400, "json_broken", "The body is not JSON in UTF-8.") from error
    if not isinstance(value, dict):
        raise _wrong("body", "an object")
    return value


def _wrong(field: str, wanted: str) -> RequestRefused:
    return RequestRefused(
        422, "field_wrong", f"`{field}` must be {wanted}.", {"field": field, "wanted": wanted}
    )


def sender_of(body: Mapping[str, Any]) -> str:
    """Return the sender of a message, or refuse one that could be confused with another."""
    sender = body.get("sender")
    if isinstance(sender, int) and not isinstance(sender, bool):
        sender = str(sender)  # as Rasa reads it
    wanted = f"a string of 1 to {SENDER} characters"
    if not isinstance(sender, str) or not 0 < len(sender) <= SENDER:
        raise _wrong("sender", wanted)
    if limits.clean(sender) != sender:  # the cleaned id could belong to another sender
        raise _wrong("sender", f"{wanted} without control characters, no blanks at its ends")
    return sender


def text_of(body: Mapping[str, Any], field: str) -> str:
    """Return a field that must be a string, or refuse the request."""
    text = body.get(field)
    if not isinstance(text, str):
        raise _wrong(field, "a string")
    return text


def metadata_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata of a message, cleaned, or refuse what cannot be kept."""
    given = body.get("metadata")
    if given is None or given == []:  # some languages write an empty object as a list
        return {}
    if not isinstance(given, dict):
        raise _wrong("metadata", "an object")
    metadata = {
        key: value for key, value in _plain(given, DEEPEST).items() if key not in (PAYLOAD, TITLE)
    }
    message_id = metadata.get("message_id")
    if isinstance(message_id, int) and not isinstance(message_id, bool):
        message_id = metadata["message_id"] = str(message_id)
    if message_id is not None and not (
        isinstance(message_id, str) and 0 < len(message_id) <= MESSAGE_ID
    ):
        raise _wrong("metadata.message_id", f"a string of 1 to {MESSAGE_ID} characters")
    if metadata.get("language", "zh") not in ("zh", "en"):
        raise _wrong("metadata.language", "zh or en")
    return metadata


def _plain(value: Any, levels: int) -> Any:  # noqa: ANN401 - any JSON
    """Clean each string of a JSON value, and reject values that cannot be stored."""
    if isinstance(value, str):
        return limits.clean(value)
    if isinstance(value, float) and not math.isfinite(value):  # 1e999
        raise _wrong("metadata", "an object of finite numbers")
    if isinstance(value, (dict, list)) and levels == 0:
        raise _wrong("metadata", f"an object of at most {DEEPEST} levels")
    if isinstance(value, dict):
        return {limits.clean(key): _plain(part, levels - 1) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part, levels - 1) for part in value]
    return value


def entries_of(recipient: str, said: Sequence[OutboxMessage]) -> list[dict[str, Any]]:
    """Make Rasa's entries: text with its buttons, then the custom part, then the image."""
    entries: list[dict[str, Any]] = []
    for entry in said:
        reply = entry.reply
        words: dict[str, Any] = {"recipient_id": recipient, "text": reply.text}
        if reply.buttons:
            words["buttons"] = [
                {"title": button.title, "payload": button.payload} for button in reply.buttons
            ]
        entries.append(words)
        if reply.custom:
            entries.append({"recipient_id": recipient, "custom": reply.custom})
        if reply.image:
            entries.append({"recipient_id": recipient, "image": reply.image})
    return entries
