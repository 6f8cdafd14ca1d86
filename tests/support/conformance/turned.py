"""What came of one message, in a form in which two engines can be compared."""

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.message import Reply

START = "action_session_start"
METADATA = "session_started_metadata"
OF_THE_SERVER = frozenset({"assistant_id", "model_id"})
"""Which model Rasa runs, noted with everything that it says."""
LISTENED = "act action_listen"
"""What the embedded engine logs where Rasa falls silent for good (ADR 2)."""


@dataclass(frozen=True, slots=True)
class Turned:
    """One turn: events in short form, slots after it, messages as Rasa's REST API gives them.

    `calls` are the custom actions called, each with what it was shown. `broken` says that the
    engine raised instead, or never came to an end; `stopped`, of Rasa alone, that it has run as
    many actions without listening as it may, in this turn or since an earlier one.
    """

    events: tuple[str, ...] = ()
    slots: Mapping[str, Any] = field(default_factory=dict)
    loop: str | None = None
    replies: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    broken: str | None = None
    stopped: bool = False

    @property
    def actions(self) -> list[str]:
        """The names of the actions that ran, in order."""
        return [event.split()[1] for event in self.events if event.startswith("act ")]


def events(found: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """A turn's events in short form.

    The slots that a new session takes over are left out: Rasa logs all that they ever were, the
    embedded engine their last value (ADR 2). What they come to is compared with the slots.
    """
    kept: list[str] = []
    carrying = False
    for event in found:
        kind = event["event"]
        if kind == "slot" and (carrying or event["name"] == METADATA):
            continue
        carrying = kind == "session_started"
        kept.append(_short(event))
    return tuple(kept)


def _short(event: Mapping[str, Any]) -> str:
    match event["event"]:
        case "user":
            parsed = event["parse_data"]
            entities = [
                {k: e[k] for k in ("entity", "role", "group", "value") if k in e}
                for e in parsed.get("entities") or ()
            ]
            intent = parsed.get("intent") or {}
            return f"user {intent.get('name')} {_json(entities)}"
        case "slot":
            return f"slot {event['name']} {_json(event['value'])}"
        case "action":
            if event.get("policy") is None:
                return f"act {event['name']}"
            policy = str(event["policy"]).rpartition("_")[2]
            return f"act {event['name']} {policy} {event.get('confidence')}"
        case "bot":
            data = {k: v for k, v in (event.get("data") or {}).items() if v}
            metadata = event.get("metadata") or {}
            said = {k: v for k, v in metadata.items() if v and k not in OF_THE_SERVER}
            return f"bot {_json(event.get('text'))} {_json(data)} {_json(said)}"
        case "active_loop" | "action_execution_rejected" | "followup":
            return f"{event['event']} {event['name']}"
        case other:
            return str(other)


def rest(replies: Iterable[Reply]) -> tuple[str, ...]:
    """Our replies as the entries that Rasa's REST API would give."""
    entries: list[str] = []
    for reply in replies:
        if reply.text:
            entry: dict[str, Any] = {"text": reply.text}
            if reply.buttons:
                entry["buttons"] = [[button.title, button.payload] for button in reply.buttons]
            entries.append(_json(entry))
        if reply.custom:
            entries.append(_json({"custom": reply.custom}))
        if reply.image:
            entries.append(_json({"image": reply.image}))
    return tuple(entries)


def rest_of_rasa(messages: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Rasa's entries with what is compared of them."""
    entries: list[str] = []
    for message in messages:
        entry = {k: message[k] for k in ("text", "custom", "image") if message.get(k)}
        if message.get("buttons"):
            buttons = message["buttons"]
            entry["buttons"] = [[b.get("title", ""), b.get("payload", "")] for b in buttons]
        entries.append(_json(entry))
    return tuple(entries)


def called(call: Mapping[str, Any]) -> str:
    """A call of an action with what it is shown of the conversation."""
    tracker = call["tracker"]
    # What was heard in a session that is over is shown by Rasa alone (ADR 2).
    latest = {} if call["next_action"] == START else tracker["latest_message"]
    shown = {
        "slots": {k: v for k, v in tracker["slots"].items() if k != METADATA and v is not None},
        "loop": tracker["active_loop"].get("name"),
        "rejected": bool(tracker["active_loop"].get("rejected")),
        "after": tracker["latest_action_name"],
        "heard": (latest.get("intent") or {}).get("name"),
        "text": latest.get("text"),
    }
    return f"{call['next_action']} {_json(shown)}"


def difference(ours: Turned, theirs: Turned) -> list[str]:
    """What differs, in lines to read: `-` is Rasa's, `+` the embedded engine's."""
    lines: list[str] = []
    if ours.broken != theirs.broken:
        lines += [f"- {theirs.broken}", f"+ {ours.broken}"]
    lines += _lines("events", theirs.events, ours.events)
    lines += _lines("replies", theirs.replies, ours.replies)
    lines += _lines("calls", theirs.calls, ours.calls)
    lines += _lines("slots", _slots(theirs), _slots(ours))
    if ours.loop != theirs.loop:
        lines += ["active loop:", f"- {theirs.loop}", f"+ {ours.loop}"]
    return lines


def parted_on_purpose(ours: Turned, theirs: Turned) -> str | None:
    """The ADR's reason why two turns part here and can no longer be compared, if there is one."""
    if theirs.broken == "endless":
        return "Rasa never comes to an end"
    if theirs.stopped and ours.events[-1:] == (LISTENED,):
        before = replace(ours, events=ours.events[:-1])
        if not difference(before, theirs):
            return "ten actions without listening"
    return None


def _slots(turned: Turned) -> tuple[str, ...]:
    return tuple(
        f"{name} = {_json(value)}"
        for name, value in sorted(turned.slots.items())
        if name != METADATA
    )


def _lines(title: str, before: tuple[str, ...], after: tuple[str, ...]) -> list[str]:
    if before == after:
        return []
    return [f"{title}:", *difflib.ndiff(list(before), list(after))]


def _json(value: Any) -> str:
    return json.dumps(_rounded(value), ensure_ascii=False, sort_keys=True, default=str)


def _rounded(value: Any) -> Any:
    """Numbers of a model to four places: the two Pythons have numpys of their own."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list | tuple) else value
