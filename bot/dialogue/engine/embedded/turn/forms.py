"""Run forms: activate, fill, reject, ask and end, as Rasa's FormAction does."""

from collections.abc import Sequence
from typing import Any

from bot.dialogue.engine.embedded.conversation.events import (
    Event,
    action_event,
    loop_event,
    slot_event,
)
from bot.dialogue.engine.embedded.conversation.view import TrackerView
from bot.dialogue.engine.embedded.domain.domain import Form
from bot.dialogue.engine.embedded.names import ACTION_LISTEN, REQUESTED_SLOT
from bot.dialogue.engine.embedded.turn.calls import ActionRejected, Run
from bot.dialogue.engine.embedded.turn.extraction import Call, extract_slots


class FormRun:
    """One run of a form on a view. `call` runs custom actions, `run` any action by name."""

    def __init__(self, form: Form, view: TrackerView, call: Call, run: Run) -> None:
        self.form = form
        self.view = view
        self.call = call
        self.run_action = run
        self.validation = f"validate_{form.name}"
        self.at: float = view.events[-1]["timestamp"] if view.events else 0.0

    async def run(self) -> list[Event]:
        """Run the form once and return the events.

        Raises:
            ActionRejected: the message fills no slot of this form; rules may answer it.
            ActionFailed: the validation or the question failed; the run has no effect.
        """
        events: list[Event] = []
        if self.view.loop_name != self.form.name:
            events += await self._activate()
        if not _done(events):
            events += await self._go_on(events)
        if _done(events):
            events.append(loop_event(None, self.at))
        return events

    async def _activate(self) -> list[Event]:
        """Activate: read the message again, now with the active form, and validate all slots."""
        started = loop_event(self.form.name, self.at)
        ahead = self.view.fork()
        ahead.apply(started)
        extracted = await extract_slots(ahead, self.call)
        slots = [event for event in extracted if event["event"] == "slot"]
        ahead.extend(extracted)
        if self.validation not in self.view.domain.action_names:
            return [started, *slots]
        filled = {
            name: ahead.slots[name]
            for name in self.form.required_slots
            if ahead.slots.get(name) is not None
        }
        validated = await self._validate_slots(filled, ahead)
        named = {event["name"] for event in validated if event["event"] == "slot"}
        return [started, *validated, *(e for e in slots if e["name"] not in named)]

    async def _go_on(self, so_far: Sequence[Event]) -> list[Event]:
        events: list[Event] = []
        if not any(event["event"] != "active_loop" for event in so_far):
            events = await self._validate_if_required()
        if not _rejected(events):
            events = [*events, *await self._request([*so_far, *events])]
        return events

    async def _validate_if_required(self) -> list[Event]:
        view = self.view
        listened = view.latest_action == ACTION_LISTEN
        if view.loop is None or (listened and not view.loop.interrupted):
            return await self._validate()
        # After an interruption: no slot is read, only the next question is determined.
        return await self._validate_slots({}, view)

    async def _validate(self) -> list[Event]:
        candidates = self._candidates()
        validated = await self._validate_slots(candidates, self.view)
        some = any(
            event["event"] == "slot" and event["name"] != REQUESTED_SLOT for event in validated
        )
        if self._asked(self.view) and not candidates and not some and not _rejected(validated):
            raise ActionRejected(self.form.name)
        return validated

    def _candidates(self) -> dict[str, Any]:
        """Return the slots of this form that were set since the last message."""
        concerned = {*self.form.required_slots, self._asked(self.view)}
        found: dict[str, Any] = {}
        for event in _since_last_message(self.view):
            if event["event"] == "slot" and event["name"] in concerned:
                found[event["name"]] = event["value"]
        return found

    def _asked(self, view: TrackerView) -> str | None:
        """Return the requested slot, if this form requested it."""
        if view.loop_name != self.form.name:
            return None
        asked: str | None = view.slots.get(REQUESTED_SLOT)
        return asked

    async def _validate_slots(self, candidates: dict[str, Any], view: TrackerView) -> list[Event]:
        if self.validation not in view.domain.action_names:
            return []
        events = [slot_event(name, value, self.at) for name, value in candidates.items()]
        return await self.call(self.validation, self._ahead(view, events))

    def _ahead(self, view: TrackerView, events: Sequence[Event]) -> TrackerView:
        """Return the view for validation and questions: with the form's run before `events`."""
        ahead = view.fork()
        ahead.apply(slot_event(REQUESTED_SLOT, self._asked(view), self.at))
        ahead.apply(action_event(self.form.name, timestamp=self.at))
        return ahead.extend(events)

    async def _request(self, so_far: Sequence[Event]) -> list[Event]:
        """Ask for the next slot: the one that validation named, or the first unset one."""
        if _done(so_far):
            return [slot_event(REQUESTED_SLOT, None, self.at)]
        wanted: str | None = next(
            (
                event["value"]
                for event in so_far
                if event["event"] == "slot" and event["name"] == REQUESTED_SLOT
            ),
            None,
        )
        ahead = self._ahead(self.view, so_far)
        events: list[Event] = []
        if not wanted:
            wanted = next(
                (name for name in self.form.required_slots if ahead.slots.get(name) is None), None
            )
            events.append(slot_event(REQUESTED_SLOT, wanted, self.at))
        if not wanted:
            return [slot_event(REQUESTED_SLOT, None, self.at)]
        question = self.view.domain.ask_action(self.form.name, wanted)
        if question is not None:
            events += await self.run_action(question, ahead)
        return events


def _since_last_message(view: TrackerView) -> list[Event]:
    """Return the events since the last applied message, or since a restart."""
    message = view.latest_message
    for index in range(len(view.events) - 1, -1, -1):
        event = view.events[index]
        if event["event"] == "restart":
            return view.events[index:]
        if event["event"] == "user" and event["parse_data"] is message:
            return view.events[index:]
    events = view.all_events()
    for index in range(len(events) - 1, -1, -1):
        event = events[index]
        if event["event"] == "restart" or (
            event["event"] == "user" and event["parse_data"] == message
        ):
            return events[index:]
    return events


def _rejected(events: Sequence[Event]) -> bool:
    return any(event["event"] == "action_execution_rejected" for event in events)


def _done(events: Sequence[Event]) -> bool:
    """Return whether the form ends: the last requested slot or the last active form is `None`."""
    if _rejected(events):
        return False
    question = next(
        (e for e in reversed(events) if e["event"] == "slot" and e["name"] == REQUESTED_SLOT), None
    )
    if question is not None and question["value"] is None:
        return True
    loop = next((e for e in reversed(events) if e["event"] == "active_loop"), None)
    return loop is not None and loop["name"] is None
