"""Shorten events for storage."""

from collections.abc import Sequence
from typing import Any

from bot.dialogue.engine.embedded.conversation.events import (
    Event,
    action_event,
    featurization_event,
    loop_event,
    slot_event,
)

_SLOT_KEYS = 4
_LOOP_KEYS = 3
_REPEATED = frozenset({"text", "message_id", "metadata"})
_NO_DATA = dict.fromkeys(("elements", "quick_replies", "buttons", "attachment", "image", "custom"))


def shorten(events: Sequence[Event]) -> list[Any]:
    """Shorten events: a letter for the type, then the fields that vary.

    A number between them is the time of the events that follow. The condition in a response's
    metadata is omitted, because it only repeats the domain.
    """
    found: list[Any] = []
    time: float | None = None
    for event in events:
        kind = event["event"]
        if event["timestamp"] != time:
            time = event["timestamp"]
            found.append(time)
        if kind == "slot" and len(event) == _SLOT_KEYS:
            found.append(["s", event["name"], event["value"]])
        elif kind == "action" and not event.get("action_text") and "metadata" not in event:
            found.append(["a", event["name"], event.get("policy"), event.get("confidence")])
        elif kind == "active_loop" and len(event) == _LOOP_KEYS:
            found.append(["l", event["name"]])
        elif kind == "user_featurization":
            found.append(["f"])
        elif kind == "bot":
            data = {key: value for key, value in (event.get("data") or {}).items() if value}
            metadata = event.get("metadata") or {}
            metadata = {key: value for key, value in metadata.items() if key != "condition"}
            found.append(["b", event.get("text"), data, metadata])
        elif kind == "user" and "message_id" in event:
            found.append(_encode_user(event))
        else:
            found.append(["e", {k: v for k, v in event.items() if k != "timestamp"}])
    return found


def _encode_user(event: Event) -> list[Any]:
    parse = {
        key: value
        for key, value in event["parse_data"].items()
        if key not in _REPEATED or value != event.get(key)
    }
    return [
        "u",
        event["text"],
        parse,
        event["input_channel"],
        event["message_id"],
        event["metadata"],
    ]


def lengthen(stored: Sequence[Any]) -> list[Event]:
    """Restore the events that `shorten` was given."""
    found: list[Event] = []
    time = 0.0
    for item in stored:
        if not isinstance(item, list):
            time = item
            continue
        kind, *rest = item
        if kind == "s":
            found.append(slot_event(rest[0], rest[1], time))
        elif kind == "a":
            found.append(action_event(rest[0], rest[1], rest[2], time))
        elif kind == "l":
            found.append(loop_event(rest[0], time))
        elif kind == "f":
            found.append(featurization_event(time))
        elif kind == "b":
            data = {**_NO_DATA, **rest[1]}
            found.append(
                {
                    "event": "bot",
                    "timestamp": time,
                    "metadata": rest[2],
                    "text": rest[0],
                    "data": data,
                }
            )
        elif kind == "u":
            found.append(_read_user(rest, time))
        else:
            found.append({**rest[0], "timestamp": time})
    return found


def _read_user(stored: Sequence[Any], time: float) -> Event:
    text, parse, channel, message_id, metadata = stored
    repeated = {"text": text, "message_id": message_id, "metadata": metadata}
    return {
        "event": "user",
        "timestamp": time,
        "text": text,
        "parse_data": {"intent": {}, "entities": [], **repeated, **parse},
        "input_channel": channel,
        "message_id": message_id,
        "metadata": metadata,
    }
