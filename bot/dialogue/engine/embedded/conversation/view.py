"""View of a conversation: its present values and events, cheap to copy.

Forms and mappings try changes before they are logged ("what if these slots were set?"). Rasa copies
its tracker for that. Here a view is copied, which shares everything but the slots.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from bot.dialogue.engine.embedded.conversation.events import Event
from bot.dialogue.engine.embedded.conversation.log import NO_PAST, EventLog, Past
from bot.dialogue.engine.embedded.domain.domain import Domain
from bot.dialogue.engine.embedded.names import ACTION_LISTEN, ACTION_SESSION_START
from bot.dialogue.engine.embedded.values import Json, copy_json

NOTHING_HEARD: dict[str, Any] = {
    "intent": {},
    "entities": [],
    "text": None,
    "message_id": None,
    "metadata": {},
}
"""Latest message for actions when there is none yet: at the start of a session."""


class ActiveLoop(NamedTuple):
    """The active form. `trigger` is the parse of the message that started it."""

    name: str
    rejected: bool = False
    interrupted: bool = False
    trigger: Any = None


class TrackerView:
    """The present values of a conversation and its events.

    `events` are those since `past`. Applying an event changes the values as Rasa's tracker does.
    Events that revert others (`rewind`, `undo`) need the whole history, see `Tracker`.
    """

    __slots__ = (
        "domain",
        "events",
        "followup",
        "latest_action",
        "latest_message",
        "loop",
        "past",
        "paused",
        "sender",
        "slots",
    )

    def __init__(self, domain: Domain, sender: str) -> None:
        self.domain = domain
        self.sender = sender
        self.past: Past = NO_PAST
        self.events: list[Event] = []
        self.reset()

    def reset(self) -> None:
        """Reset all values; events stay."""
        self.slots: dict[str, Any] = dict(self.domain.initial_slots)
        self.latest_message: dict[str, Any] | None = None
        self.latest_action: str | None = None
        self.loop: ActiveLoop | None = None
        self.followup: str | None = ACTION_LISTEN
        self.paused = False

    def fork(self) -> "TrackerView":
        """Return a copy whose changes do not affect this view."""
        copy = TrackerView.__new__(TrackerView)
        copy.domain = self.domain
        copy.sender = self.sender
        copy.past = self.past
        copy.events = self.events.copy()
        copy.slots = self.slots.copy()
        copy.latest_message = self.latest_message
        copy.latest_action = self.latest_action
        copy.loop = self.loop
        copy.followup = self.followup
        copy.paused = self.paused
        return copy

    @property
    def loop_name(self) -> str | None:
        """Name of the active form."""
        return None if self.loop is None else self.loop.name

    @property
    def intent(self) -> str | None:
        """Intent of the last message."""
        if self.latest_message is None:
            return None
        name = (self.latest_message.get("intent") or {}).get("name")
        return None if name is None else str(name)

    @property
    def entities(self) -> list[dict[str, Any]]:
        """Entities of the last message."""
        return [] if self.latest_message is None else self.latest_message.get("entities") or []

    def extend(self, events: Iterable[Event]) -> "TrackerView":
        """Apply several events; return this view."""
        for event in events:
            self.apply(event)
        return self

    def apply(self, event: Event) -> None:
        """Log one event and update the values."""
        self.events.append(event)
        change = _CHANGES.get(event["event"])
        if change is not None:
            change(self, event)

    def log(self) -> EventLog:
        """Return all events for an action."""
        return EventLog(self.past, self.events)

    def all_events(self) -> list[Event]:
        """Return all events in a new list."""
        return [*self.past.events, *self.events]

    def set_slot(self, name: str, value: Json) -> None:
        """Set a slot of the domain; an unknown one is ignored, as in Rasa."""
        slot = self.domain.slots.get(name)
        if slot is not None:
            self.slots[name] = slot.coerce(value)

    def as_call(self) -> dict[str, Any]:
        """Return the tracker as an action server receives it.

        Its values are copies. The logged events and the content of messages are shared.
        """
        loop: dict[str, Any] = {}
        if self.loop is not None:
            loop = {
                "name": self.loop.name,
                "is_interrupted": self.loop.interrupted,
                "rejected": self.loop.rejected,
                "trigger_message": self.loop.trigger,
            }
        action = self.latest_action
        return {
            "sender_id": self.sender,
            "slots": copy_json(self.slots),
            "latest_message": {**(self.latest_message or NOTHING_HEARD)},
            "latest_event_time": self.events[-1]["timestamp"] if self.events else None,
            "followup_action": self.followup,
            "paused": self.paused,
            "events": self.log(),
            "latest_input_channel": self.input_channel(),
            "active_loop": loop,
            "latest_action": {} if action is None else {"action_name": action},
            "latest_action_name": action,
        }

    def input_channel(self) -> str | None:
        """Return the channel of the latest message in the log."""
        for event in reversed(self.events):
            if event["event"] == "user":
                channel: str | None = event.get("input_channel")
                return channel
        return None


def _user(view: TrackerView, event: Event) -> None:
    view.latest_message = event["parse_data"]
    view.followup = None


def _action(view: TrackerView, event: Event) -> None:
    name = event["name"]
    view.latest_action = name
    view.followup = None
    loop = view.loop
    if loop is not None and (loop.interrupted or (loop.rejected and loop.name == name)):
        view.loop = loop._replace(interrupted=False, rejected=loop.rejected and loop.name != name)


def _slot(view: TrackerView, event: Event) -> None:
    view.set_slot(event["name"], event["value"])


def _loop(view: TrackerView, event: Event) -> None:
    name = event["name"]
    view.loop = None if name is None else ActiveLoop(name, trigger=view.latest_message)


def _rejected(view: TrackerView, event: Event) -> None:
    if view.loop is not None and view.loop.name == event["name"]:
        view.loop = view.loop._replace(rejected=True)


def _interrupted(view: TrackerView, event: Event) -> None:
    if view.loop is not None:
        view.loop = view.loop._replace(interrupted=bool(event["is_interrupted"]))


def _followup(view: TrackerView, event: Event) -> None:
    view.followup = event["name"]


def _reset_slots(view: TrackerView, _event: Event) -> None:
    view.slots = dict(view.domain.initial_slots)


def _pause(view: TrackerView, _event: Event) -> None:
    view.paused = True


def _resume(view: TrackerView, _event: Event) -> None:
    view.paused = False


def _restart(view: TrackerView, _event: Event) -> None:
    view.reset()
    view.followup = ACTION_SESSION_START


def _session_started(view: TrackerView, _event: Event) -> None:
    view.reset()


_CHANGES: dict[str, Callable[[TrackerView, Event], None]] = {
    "user": _user,
    "action": _action,
    "slot": _slot,
    "active_loop": _loop,
    "action_execution_rejected": _rejected,
    "loop_interrupted": _interrupted,
    "followup": _followup,
    "reset_slots": _reset_slots,
    "pause": _pause,
    "resume": _resume,
    "restart": _restart,
    "session_started": _session_started,
}
