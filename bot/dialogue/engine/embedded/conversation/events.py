"""Events of a conversation, as the plain dicts of rasa-sdk.

Received events are stored unchanged; the functions here make the events that the runtime adds.
"""

from collections.abc import Iterable
from typing import Any, TypeAlias

from bot.dialogue.engine.embedded.values import Json

Event: TypeAlias = dict[str, Any]
"""One event: `event` names its type, `timestamp` is in seconds since the epoch."""

ACCEPTED = frozenset(
    {
        "action",
        "action_execution_rejected",
        "active_loop",
        "bot",
        "followup",
        "loop_interrupted",
        "pause",
        "reset_slots",
        "restart",
        "resume",
        "rewind",
        "session_started",
        "slot",
        "undo",
        "user",
        "user_featurization",
    }
)
"""Event types that an action may return. Any other type makes its whole result invalid."""


def slot_event(name: str, value: Json, timestamp: float = 0.0) -> Event:
    """Make the event that sets slot `name` to `value`."""
    return {"event": "slot", "timestamp": timestamp, "name": name, "value": value}


def action_event(
    name: str, policy: str | None = None, confidence: float | None = None, timestamp: float = 0.0
) -> Event:
    """Make the event of action `name`, which `policy` predicted and which was run."""
    return {
        "event": "action",
        "timestamp": timestamp,
        "name": name,
        "policy": policy,
        "confidence": confidence,
        "action_text": None,
        "hide_rule_turn": False,
    }


def loop_event(name: str | None, timestamp: float = 0.0) -> Event:
    """Make the event that activates form `name`, or deactivates the active form."""
    return {"event": "active_loop", "timestamp": timestamp, "name": name}


def rejection_event(
    name: str, policy: str | None = None, confidence: float | None = None, timestamp: float = 0.0
) -> Event:
    """Make the event that `name` was predicted but rejected its execution."""
    return {
        "event": "action_execution_rejected",
        "timestamp": timestamp,
        "name": name,
        "policy": policy,
        "confidence": confidence,
    }


def interrupted_event(timestamp: float = 0.0) -> Event:
    """Make the event that the active form resumes and must not read the last message."""
    return {"event": "loop_interrupted", "timestamp": timestamp, "is_interrupted": True}


def featurization_event(timestamp: float = 0.0) -> Event:
    """Make Rasa's event of each turn that the prediction used the intent, not the text."""
    return {
        "event": "user_featurization",
        "timestamp": timestamp,
        "use_text_for_featurization": False,
    }


def simple_event(kind: str, timestamp: float = 0.0) -> Event:
    """Make an event without fields: `rewind`, `restart`, `session_started`."""
    return {"event": kind, "timestamp": timestamp}


def loop_names(events: Iterable[Event]) -> set[str]:
    """Return the forms that `events` activate."""
    return {e["name"] for e in events if e["event"] == "active_loop" and e["name"]}


def applied_events(events: Iterable[Event], names: set[str]) -> list[Event]:
    """Return the applied events in order, as Rasa's tracker defines them.

    `names` are all forms that were ever activated. A restart or session start removes all earlier
    events. A rewind removes the last user message and the action before it. A second run of an
    active form without an interruption removes the user message and the actions since its first
    run, and is itself not kept. The function is idempotent.
    """
    kept: list[Event] = []
    for event in events:
        kind = event["event"]
        if kind in ("restart", "session_started"):
            kept = []
        elif kind == "undo":
            _take_back(kept, "action")
        elif kind == "rewind":
            _take_back(kept, "user")
            _take_back(kept, "action")
        elif kind == "action" and event["name"] in names and not _stands_apart(event["name"], kept):
            _fold(event["name"], kept)
        else:
            kept.append(event)
    return kept


def _take_back(kept: list[Event], kind: str) -> None:
    while kept:
        if kept.pop()["event"] == kind:
            return


def _stands_apart(form: str, kept: list[Event]) -> bool:
    """Return whether a run of `form` now is its first, or follows an interruption."""
    next_action: str | None = None
    for event in reversed(kept):
        kind = event["event"]
        if kind == "active_loop":
            if event["name"] is None:
                return True
        elif kind == "action_execution_rejected":
            if event["name"] == form:
                return True
        elif kind == "user":
            if next_action is not None and next_action != form:
                return True
        elif kind == "action":
            if event["name"] == form:
                return False
            next_action = event["name"]
    return True


def _fold(form: str, kept: list[Event]) -> None:
    at = len(kept) - 1
    while at >= 0:
        event = kept[at]
        if event["event"] == "action" and event["name"] == form:
            return
        if event["event"] in ("action", "user", "user_featurization"):
            del kept[at]
        at -= 1
