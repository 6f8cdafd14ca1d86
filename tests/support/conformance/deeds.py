"""The custom actions of generated projects. What they do hangs on the `#number` at the end of the
message.

Zero does nothing, so that a failing dialogue shrinks to one in which as little as possible
happens. Both engines run the same code in the same process.
"""

import re
import zlib
from typing import Any

from rasa_sdk import Action, FormValidationAction, ValidationAction
from rasa_sdk.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    FollowupAction,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection

_NUMBER = re.compile(r"#(\d+)$")

HEARD = {"intent": {"name": "i1", "confidence": 1.0}, "entities": [{"entity": "e1", "value": "en"}]}

EVENTS: tuple[list[Any], ...] = (
    [],
    [SlotSet("b0", value=True)],
    [SlotSet("b0", value=False)],
    [SlotSet("c0", "en")],
    [SlotSet("c0", "zz"), SlotSet("b0", None)],
    [SlotSet("t0", "set"), SlotSet("n0", 5)],
    [SlotSet("n0", "7"), SlotSet("l0", ["a"]), SlotSet("b0", "true")],
    [SlotSet("nosuch", 1), SlotSet("l0", "one")],
    [SlotSet("s0", None), SlotSet("s1", None)],
    [SlotSet("s0", "by an action")],
    [FollowupAction("utter_4")],
    [FollowupAction("form_a")],
    [FollowupAction("nosuch")],
    [FollowupAction("action_listen")],
    [ActiveLoop("form_a")],
    [ActiveLoop("form_b"), SlotSet("requested_slot", None)],
    [ActiveLoop(None), SlotSet("requested_slot", None)],
    [AllSlotsReset()],
    [UserUtteranceReverted()],
    [UserUtteranceReverted(), UserUtteranceReverted(), FollowupAction("action_listen")],
    [ActionReverted()],
    [SlotSet("b0", value=True), ActionExecutionRejected("action_a")],
    [ActionExecutionRejected("form_a"), SlotSet("t0", "rejected")],
    [UserUttered("i1@1.0", HEARD)],
    [BotUttered("said by an event", {"buttons": [{"title": "t", "payload": "/p"}]})],
    [ActionExecuted("utter_0"), SlotSet("t0", "after")],
    [ConversationPaused(), ConversationResumed()],
    [ConversationPaused()],
    [Restarted()],
    [SessionStarted()],
    [SessionStarted(), ActionExecuted("action_listen")],
    [{"event": "loop_interrupted", "timestamp": None, "is_interrupted": True}],
    [{"event": "nosuch"}],
)
"""What an action may answer with, the mild first."""


def number(tracker: Any, *names: Any) -> int:
    """The message's number as this action sees it; zero stays zero for all."""
    found = _NUMBER.search(tracker.latest_message.get("text") or "")
    given = int(found[1]) if found else 0
    return given and zlib.crc32(f"{given}|{'|'.join(map(str, names))}".encode())


def _again(name: str, tracker: Any) -> bool:
    """Whether this action has run before since the citizen's last words: then it has gone wrong
    once, and going wrong the same way for ever would show nothing more."""
    for event in reversed(tracker.events):
        if event["event"] == "user":
            return False
        if event["event"] == "action" and event.get("name") == name:
            return True
    return False


def _act(name: str, dispatcher: Any, tracker: Any) -> list[Any]:
    if _again(name, tracker):
        dispatcher.utter_message(text=f"{name} again")
        return []
    drawn = number(tracker, name, tracker.latest_action_name)
    match drawn % 7:
        case 1:
            dispatcher.utter_message(text=f"{name} says {drawn % 100}")
        case 2:
            dispatcher.utter_message(response="utter_2", t0="given", extra="e")
        case 3:
            dispatcher.utter_message(
                image="https://example.org/p.png", json_message={"k": [1, None]}
            )
        case 4:
            dispatcher.utter_message(response="utter_1", buttons=[{"title": "b", "payload": "/i2"}])
    kind = drawn % (2 * len(EVENTS) + 2)
    if kind >= 2 * len(EVENTS):
        raise ActionExecutionRejection(name) if kind % 2 else RuntimeError(name)
    return EVENTS[kind // 2]


class DoesA(Action):
    def name(self) -> str:
        return "action_a"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
        return _act("action_a", dispatcher, tracker)


class DoesB(Action):
    def name(self) -> str:
        return "action_b"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
        return _act("action_b", dispatcher, tracker)


class Fills(Action):
    """Fills slots of `custom` mappings."""

    def name(self) -> str:
        return "action_fill"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
        match number(tracker, "fill") % 6:
            case 1:
                return [SlotSet("s0", "filled"), SlotSet("s2", "filled")]
            case 2:
                return [SlotSet("s1", "filled"), ActiveLoop(None)]
            case 3:
                dispatcher.utter_message(text="filling")
                return [SlotSet("s3", 1)]
            case 4:
                raise RuntimeError
        return []


class Asks(Action):
    """Asks for a slot in its own words."""

    def name(self) -> str:
        return "action_ask_s0"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
        asked = tracker.slots.get("requested_slot")
        dispatcher.utter_message(text=f"s0, after {tracker.latest_action_name}, {asked}?")
        return [SlotSet("b0", value=True)] if number(tracker, "ask") % 4 == 1 else []


class AsksInFormA(Action):
    def name(self) -> str:
        return "action_ask_form_a_s1"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
        dispatcher.utter_message(text=f"s1 of {len(domain['forms'])} forms?")
        return []


class Starts(Action):
    def name(self) -> str:
        return "action_session_start"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
        return [SessionStarted(), SlotSet("t0", "anonymous"), ActionExecuted("action_listen")]


class ChecksAll(ValidationAction):
    """`action_validate_slot_mappings`."""

    def validate_t0(self, value: Any, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        return {"t0": None if number(tracker, "t0") % 3 == 1 else value}

    def validate_s0(self, value: Any, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        if number(tracker, "s0") % 5 == 1:
            dispatcher.utter_message(text="checked")
        return {"s0": value}


class _ChecksForm(FormValidationAction):
    """Validation that refuses, replaces, fills others, adds slots, ends the form, or breaks."""

    async def extract_s3(self, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        drawn = number(tracker, "extract") % 5
        if drawn == 4:
            return {"s3": None}
        asked = tracker.slots.get("requested_slot") == "s3"
        return {"s3": f"extracted {drawn}"} if asked and drawn else {}

    def _check(self, name: str, value: Any, dispatcher: Any, tracker: Any) -> Any:
        match number(tracker, "check", name) % 12:
            case 1:
                return {name: None}
            case 2:
                return {name: value, "s1": "another"}
            case 3:
                dispatcher.utter_message(text=f"checking {name}")
                return {name: "replaced"}
            case 4:
                return {name: value, "requested_slot": None}
            case 5:
                raise RuntimeError
            case 6:
                raise ActionExecutionRejection(self.name())
            case 7:
                return None
        return {name: value}

    def validate_s0(self, value: Any, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        return self._check("s0", value, dispatcher, tracker)

    def validate_s1(self, value: Any, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        return self._check("s1", value, dispatcher, tracker)

    def validate_s2(self, value: Any, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        return self._check("s2", value, dispatcher, tracker)


class ChecksA(_ChecksForm):
    def name(self) -> str:
        return "validate_form_a"

    async def required_slots(self, slots: Any, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        more = tracker.slots.get("b0") is True and "s3" not in slots
        return [*slots, "s3"] if more else slots


class ChecksB(_ChecksForm):
    def name(self) -> str:
        return "validate_form_b"

    async def required_slots(self, slots: Any, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        return ["s2", "s3"] if tracker.slots.get("c0") == "en" else slots


def executor() -> ActionExecutor:
    """rasa-sdk's executor with all of them."""
    made = ActionExecutor()
    for action in (DoesA, DoesB, Fills, Asks, AsksInFormA, Starts, ChecksAll, ChecksA, ChecksB):
        made.register_action(action)
    return made
