"""Events: what happened in a conversation, as the plain dicts that rasa-sdk gives and takes.

An event of the wire is kept as it is; the functions here make those that the runtime itself adds.
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
"""Types that an action may return. Any other makes its whole result void."""


def slot_event(name: str, value: Json, timestamp: float = 0.0) -> Event:
    """`name` now holds `value`."""
    return {"event": "slot", "timestamp": timestamp, "name": name, "value": value}


def action_event(
    name: str, policy: str | None = None, confidence: float | None = None, timestamp: float = 0.0
) -> Event:
    """`name` was run, as `policy` had predicted."""
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
    """Form `name` is active now, or none is."""
    return {"event": "active_loop", "timestamp": timestamp, "name": name}


def rejection_event(
    name: str, policy: str | None = None, confidence: float | None = None, timestamp: float = 0.0
) -> Event:
    """`name` was predicted but would not run."""
    return {
        "event": "action_execution_rejected",
        "timestamp": timestamp,
        "name": name,
        "policy": policy,
        "confidence": confidence,
    }


def interrupted_event(timestamp: float = 0.0) -> Event:
    """The active form comes back after something else and must not read the last message."""
    return {"event": "loop_interrupted", "timestamp": timestamp, "is_interrupted": True}


def featurization_event(timestamp: float = 0.0) -> Event:
    """The prediction read the intent, not the text. Bookkeeping that Rasa writes in each turn."""
    return {
        "event": "user_featurization",
        "timestamp": timestamp,
        "use_text_for_featurization": False,
    }


def simple_event(kind: str, timestamp: float = 0.0) -> Event:
    """An event that is only its type: `rewind`, `restart`, `session_started`."""
    return {"event": kind, "timestamp": timestamp}


def loop_names(events: Iterable[Event]) -> set[str]:
    """The forms that `events` activate."""
    return {e["name"] for e in events if e["event"] == "active_loop" and e["name"]}


def applied_events(events: Iterable[Event], names: set[str]) -> list[Event]:
    """The events that still count, in order: what Rasa's tracker calls applied events.

    `names` are the forms ever activated. A restart or a session start forgets everything; a rewind
    takes back the last user message and the action before it; a second run of an active form
    without an interruption takes away the user message and the actions since its first run, and is
    itself not kept. Given its own result it gives that again.
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
    """Whether a run of `form` now is its first, or follows an interruption."""
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
