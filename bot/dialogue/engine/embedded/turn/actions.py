"""Run actions by name: Rasa's default actions, responses, forms, and custom actions."""

from collections.abc import Callable, Mapping
from typing import Any

import structlog

from bot.dialogue.engine.embedded.conversation.events import (
    Event,
    action_event,
    loop_event,
    simple_event,
    slot_event,
)
from bot.dialogue.engine.embedded.conversation.view import TrackerView
from bot.dialogue.engine.embedded.domain.domain import Domain
from bot.dialogue.engine.embedded.domain.responses import Choose, bot_event, generate
from bot.dialogue.engine.embedded.names import (
    ACTION_BACK,
    ACTION_DEACTIVATE_LOOP,
    ACTION_DEFAULT_FALLBACK,
    ACTION_LISTEN,
    ACTION_RESTART,
    ACTION_SESSION_START,
    REQUESTED_SLOT,
    UTTER,
)
from bot.dialogue.engine.embedded.turn.calls import Called, Calls
from bot.dialogue.engine.embedded.turn.forms import FormRun

_log = structlog.get_logger(__name__)


class ActionRunner:
    """Runs the actions of one turn. `made` collects the calls of custom actions."""

    def __init__(
        self,
        domain: Domain,
        calls: Calls,
        choose: Choose,
        channel: str,
        carried: Callable[[], Mapping[str, Any]],
    ) -> None:
        self.domain = domain
        self.channel = channel
        self.made: list[Called] = []
        self._calls = calls
        self._choose = choose
        self._carried = carried

    async def call(self, name: str, view: TrackerView) -> list[Event]:
        """Call a custom action.

        Raises:
            ActionRejected: the action rejected its execution.
            ActionFailed: it failed.
        """
        return await self._calls.run(name, view, self.channel, self.made)

    async def run(self, name: str, view: TrackerView) -> list[Event]:
        """Run `name` on `view`; return its events, without the action's own event.

        Raises:
            ActionRejected: the action rejected its execution.
            ActionFailed: it failed.
        """
        if name == ACTION_LISTEN:
            return []
        if name.startswith(UTTER):
            return self._utter(name, view)
        if name in self.domain.actions:
            return await self.call(name, view)
        form = self.domain.forms.get(name)
        if form is not None:
            return await FormRun(form, view, self.call, self.run).run()
        return self._default(name, view)

    def _default(self, name: str, view: TrackerView) -> list[Event]:
        at: float = view.events[-1]["timestamp"] if view.events else 0.0
        if name == ACTION_DEFAULT_FALLBACK:
            return [*self._utter_if_any("utter_default", view), simple_event("rewind", at)]
        if name == ACTION_RESTART:
            return [*self._utter_if_any("utter_restart", view), simple_event("restart", at)]
        if name == ACTION_BACK:
            said = self._utter_if_any("utter_back", view)
            return [*said, simple_event("rewind", at), simple_event("rewind", at)]
        if name == ACTION_DEACTIVATE_LOOP:
            return [loop_event(None, at), slot_event(REQUESTED_SLOT, None, at)]
        if name == ACTION_SESSION_START:
            carried = self._carried() if self.domain.carry_over_slots else {}
            slots = [slot_event(slot, value, at) for slot, value in carried.items()]
            return [
                simple_event("session_started", at),
                *slots,
                action_event(ACTION_LISTEN, timestamp=at),
            ]
        raise LookupError(name)

    def _utter_if_any(self, name: str, view: TrackerView) -> list[Event]:
        return self._utter(name, view) if name in self.domain.responses else []

    def _utter(self, name: str, view: TrackerView) -> list[Event]:
        variations = self.domain.responses.get(name, ())
        message = generate(variations, self.channel, view.slots, self._choose)
        if message is None:
            _log.error("response_missing", response=name)
            return []
        message["utter_action"] = name
        at: float = view.events[-1]["timestamp"] if view.events else 0.0
        return [bot_event(message, at)]
