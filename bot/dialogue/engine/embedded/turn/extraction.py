"""Fill slots from a message, as Rasa's `action_extract_slots` does."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.dialogue.engine.embedded.conversation.events import Event, slot_event
from bot.dialogue.engine.embedded.conversation.view import TrackerView
from bot.dialogue.engine.embedded.domain.slots import Slot, SlotMapping
from bot.dialogue.engine.embedded.names import ACTION_VALIDATE_SLOT_MAPPINGS, REQUESTED_SLOT
from bot.dialogue.engine.embedded.turn.calls import ActionFailed, ActionRejected

Call = Callable[[str, TrackerView], Awaitable[list[Event]]]
"""Calls a custom action with a view as its tracker."""


async def extract_slots(view: TrackerView, call: Call) -> list[Event]:
    """Return the `slot` events (and the validation's messages) of the last message.

    Slots are filled in the order of the domain, each by its first mapping with a value. Custom
    mappings call their action once, and only its slots count.
    """
    found: list[Event] = []
    called: set[str] = set()
    for slot in view.domain.mapped_slots:
        for mapping in slot.mappings:
            if not _applies(mapping, slot, view):
                continue
            if mapping.type == "custom":
                if mapping.action is not None and mapping.action not in called:
                    found += await _from_action(mapping.action, view, call)
                    called.add(mapping.action)
                continue
            values = _values(mapping, view)
            if not values:
                continue
            value = values if slot.type == "list" else values[-1]
            if value is not None or view.slots.get(slot.name) is not None:
                found.append(slot_event(slot.name, value, _now(view)))
                break
    candidates = [event for event in found if event["event"] == "slot"]
    if ACTION_VALIDATE_SLOT_MAPPINGS not in view.domain.actions:
        return candidates
    validated = await _from_action(
        ACTION_VALIDATE_SLOT_MAPPINGS, view.fork().extend(candidates), call
    )
    named = {event["name"] for event in validated if event["event"] == "slot"}
    return validated + [event for event in candidates if event["name"] not in named]


async def _from_action(name: str, view: TrackerView, call: Call) -> list[Event]:
    """Return the slots of a custom mapping's action; a failing action sets none."""
    try:
        events = await call(name, view)
    except (ActionFailed, ActionRejected):
        return []
    return [event for event in events if event["event"] in ("slot", "bot")]


def _applies(mapping: SlotMapping, slot: Slot, view: TrackerView) -> bool:
    return (
        _intent_wanted(mapping, view)
        and _condition_met(mapping, slot, view)
        and not _ambiguous_entity(mapping, slot, view)
    )


def _intent_wanted(mapping: SlotMapping, view: TrackerView) -> bool:
    intent = view.intent
    if mapping.intents:
        return intent in mapping.intents
    if intent in mapping.not_intents:
        return False
    loop = view.loop_name
    form = view.domain.forms.get(loop) if loop is not None else None
    if form is None or not form.ignored_intents:
        return True
    concerned = not mapping.conditions or any(c.active_loop == loop for c in mapping.conditions)
    return not (concerned and intent in form.ignored_intents)


def _condition_met(mapping: SlotMapping, slot: Slot, view: TrackerView) -> bool:
    if not mapping.conditions or mapping.type == "from_trigger_intent":
        return True
    loop = view.loop
    requested = view.slots.get(REQUESTED_SLOT)
    if loop is not None and loop.rejected and requested == slot.name:
        # The form is suspended; its last question is not read.
        return False
    for condition in mapping.conditions:
        if condition.active_loop is None:
            if loop is None:
                return True
        elif (
            loop is not None
            and condition.active_loop == loop.name
            and condition.requested_slot in (None, "", requested)
        ):
            return True
    return False


def _ambiguous_entity(mapping: SlotMapping, slot: Slot, view: TrackerView) -> bool:
    """Return whether another slot of the form has this mapping and this slot is not requested."""
    if mapping.type != "from_entity" or view.loop is None:
        return False
    if view.slots.get(REQUESTED_SLOT) == slot.name:
        return False
    form = view.domain.forms.get(view.loop.name)
    if form is None or slot.name not in form.required_slots:
        return False
    return mapping.identity not in form.unique_mappings


def _values(mapping: SlotMapping, view: TrackerView) -> list[Any]:
    if mapping.type == "from_entity":
        return [
            entity.get("value")
            for entity in view.entities
            if entity.get("entity") == mapping.entity
            and entity.get("role") == mapping.role
            and entity.get("group") == mapping.group
        ]
    if mapping.type == "from_intent":
        return [mapping.value]
    if mapping.type == "from_text":
        message = view.latest_message
        return [None if message is None else message.get("text")]
    loop = view.loop_name
    loops = [condition.active_loop for condition in mapping.conditions]
    if loop is None or (loops and loop not in loops):
        return []
    return [mapping.value]


def _now(view: TrackerView) -> float:
    at: float = view.events[-1]["timestamp"] if view.events else 0.0
    return at
