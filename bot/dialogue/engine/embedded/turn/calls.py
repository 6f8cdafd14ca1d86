"""Call custom actions with rasa-sdk's executor in this process, as its server does."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple, Protocol

import structlog
from rasa_sdk.interfaces import ActionExecutionRejection

from bot.dialogue.engine.embedded.conversation.events import ACCEPTED, Event
from bot.dialogue.engine.embedded.conversation.view import TrackerView
from bot.dialogue.engine.embedded.domain.responses import Choose, bot_event, generate
from bot.dialogue.engine.embedded.values import Json, through_json

_log = structlog.get_logger(__name__)

RASA_VERSION = "3.6.21"
"""The protocol version that actions receive."""


class Executor(Protocol):
    """Port that runs actions: `rasa_sdk.executor.ActionExecutor`, or a double in tests."""

    async def run(self, action_call: dict[str, Any]) -> Json:
        """Run `action_call["next_action"]`."""
        ...


class ActionFailed(Exception):  # noqa: N818 - what happened, as Rasa's events name it
    """An action raised, does not exist, or its answer is unreadable. Its result is dropped."""


class ActionRejected(Exception):  # noqa: N818 - as above
    """An action or form rejected its execution; the policy predicts again."""

    def __init__(self, action: str) -> None:
        super().__init__(action)
        self.action = action


class Called(NamedTuple):
    """One call of a custom action, for tests that compare conversations."""

    action: str
    candidates: tuple[str, ...]


class Calls:
    """Runs custom actions of one project and converts their answers to events."""

    def __init__(self, executor: Executor, choose: Choose) -> None:
        self._executor = executor
        self._choose = choose

    async def run(
        self, name: str, view: TrackerView, channel: str, made: list[Called]
    ) -> list[Event]:
        """Call `name` with the view as tracker; return its `bot` events, then its other events.

        Raises:
            ActionRejected: the action raised `ActionExecutionRejection`.
            ActionFailed: it raised another error, is unknown, or its answer is not JSON or contains
                an unknown event type.
        """
        made.append(Called(name, _trailing_slots(view)))
        domain = view.domain
        call = {
            "next_action": name,
            "sender_id": view.sender,
            "version": RASA_VERSION,
            "tracker": view.as_call(),
            "domain": domain.raw,
            "domain_digest": domain.digest,
        }
        try:
            result = await self._executor.run(call)
            said, done = (result.responses, result.events) if result is not None else ((), ())
            # Most actions of a turn return nothing.
            messages, events = through_json([said, done]) if said or done else ((), ())
        except ActionExecutionRejection as error:
            _log.info("action_rejected", action=name)
            raise ActionRejected(name) from error
        except Exception as error:
            _log.exception("action_failed", action=name)
            raise ActionFailed(name) from error
        at = view.events[-1]["timestamp"] if view.events else 0.0
        spoken = (self._bot(message, view, channel, at) for message in messages)
        kept = [event for event in spoken if event is not None]
        for event in events:
            if event.get("event") not in ACCEPTED:
                _log.error(
                    "action_event_unknown",
                    action=name,
                    event_type=event.get("event"),
                    advice=f"return events of these types alone: {', '.join(sorted(ACCEPTED))}",
                )
                raise ActionFailed(name)
            kept.append(_completed(event, at))
        return kept

    def _bot(
        self, message: dict[str, Any], view: TrackerView, channel: str, at: float
    ) -> Event | None:
        """Make the event of one `utter_message`; `None` when its response has no content."""
        response = message.pop("response", None)
        draft: dict[str, Any] = {}
        if response:
            variations = view.domain.responses.get(response, ())
            filled = generate(variations, channel, view.slots, self._choose, message)
            if not filled:
                _log.error("response_missing", response=response)
                return None
            draft = filled
            draft["utter_action"] = response
        buttons = message.pop("buttons", None) or []
        if buttons:
            draft["buttons"] = [*(draft.get("buttons") or []), *buttons]
        draft.update({key: value for key, value in message.items() if value})
        return bot_event(draft, at)


def _trailing_slots(view: TrackerView) -> tuple[str, ...]:
    """Return the slots that the last events set: the ones that a validation action checks."""
    names: list[str] = []
    for event in reversed(view.events):
        if event["event"] != "slot":
            break
        names.append(event["name"])
    return tuple(reversed(names))


def _completed(event: Event, at: float) -> Event:
    """Complete an action's event with the fields that later readers need."""
    event["timestamp"] = at
    kind = event["event"]
    if kind == "user":
        parse: Mapping[str, Any] = event.get("parse_data") or {}
        event["parse_data"] = {
            "intent": {},
            "entities": [],
            "text": event.get("text"),
            "message_id": None,
            "metadata": {},
            **parse,
        }
    elif kind in ("slot", "active_loop", "action", "followup", "action_execution_rejected"):
        event.setdefault("name", None)
        if kind == "slot":
            event.setdefault("value", None)
    elif kind == "loop_interrupted":
        event.setdefault("is_interrupted", False)
    return event


Run = Callable[[str, TrackerView], Awaitable[list[Event]]]
"""Runs any action by its name on a view."""
