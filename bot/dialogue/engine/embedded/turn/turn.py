"""Run one turn: log the message, fill slots, predict and run actions until `action_listen`."""

from collections.abc import Mapping
from typing import Any

import structlog

from bot.dialogue.engine.embedded.conversation.events import (
    Event,
    action_event,
    rejection_event,
    slot_event,
)
from bot.dialogue.engine.embedded.conversation.tracker import Tracker
from bot.dialogue.engine.embedded.names import (
    ACTION_LISTEN,
    ACTION_SESSION_START,
    INTENT_RESTART,
    SESSION_METADATA,
)
from bot.dialogue.engine.embedded.rules.policy import Policy, Prediction
from bot.dialogue.engine.embedded.turn.actions import ActionRunner
from bot.dialogue.engine.embedded.turn.calls import ActionFailed, ActionRejected
from bot.dialogue.engine.embedded.turn.extraction import extract_slots

_log = structlog.get_logger(__name__)

ACTIONS_ALLOWED = 10
"""Rasa's circuit breaker: a turn ends after so many actions without `action_listen`."""
PREDICTIONS_ALLOWED = 30
"""Most predictions in a turn. Rasa lacks this; an action could log `action_listen` for ever."""


class TurnRun:
    """Runs one message on a tracker. `now` is in seconds since the epoch."""

    def __init__(self, tracker: Tracker, policy: Policy, actions: ActionRunner, now: float) -> None:
        self.tracker = tracker
        self.policy = policy
        self.actions = actions
        self.now = now

    async def begin(self, metadata: Mapping[str, Any]) -> None:
        """Start a session if there is none, or if the last one has expired."""
        tracker = self.tracker
        if tracker.marks and not self._expired():
            return
        if metadata:
            self._log([slot_event(SESSION_METADATA, dict(metadata))])
        prediction = Prediction(ACTION_SESSION_START, "", 1.0, [])
        await self._run(prediction)

    def _expired(self) -> bool:
        minutes = self.tracker.domain.session_minutes
        heard = self.tracker.last_heard()
        return bool(minutes) and heard is not None and self.now - heard.timestamp > minutes * 60

    async def hear(self, message: Event) -> None:
        """Log the message and answer it."""
        self._log([message])
        await self._extract()
        await self._loop()

    async def _extract(self) -> None:
        self._log(await extract_slots(self.tracker, self.actions.call))

    async def _loop(self) -> None:
        again = True
        predictions = 0
        while again and self._may_act():
            predictions += 1
            if self._too_many() or predictions > PREDICTIONS_ALLOWED:
                # Rasa would never answer again after this; the next message must be handled.
                _log.warning("turn_stopped", conversation=self.tracker.sender)
                self._log([action_event(ACTION_LISTEN)])
                return
            again = await self._run(self.policy.predict(self.tracker))

    def _may_act(self) -> bool:
        return not self.tracker.paused or self.tracker.intent == INTENT_RESTART

    def _too_many(self) -> bool:
        if self.tracker.latest_action in (ACTION_LISTEN, ACTION_SESSION_START):
            # As in Rasa right after a message was reverted, after any number of actions.
            return False
        return self.tracker.unlistened >= ACTIONS_ALLOWED

    async def _run(self, prediction: Prediction) -> bool:
        """Run one action; return whether another one follows."""
        tracker = self.tracker
        name = prediction.action
        again = name not in (ACTION_LISTEN, ACTION_SESSION_START)
        policy = prediction.policy or None
        try:
            if name == ACTION_LISTEN:
                events: list[Event] = []
            else:
                events = await self.actions.run(name, tracker.fork().extend(prediction.events))
        except ActionRejected:
            self._log([rejection_event(name, policy, prediction.confidence)])
            return again
        except ActionFailed:
            # As in Rasa the action counts as run, without its events and messages.
            events = []
        except (ValueError, IndexError):
            _log.exception("response_unreadable", action=name)
            events = []
        if not any(event["event"] == "action_execution_rejected" for event in events):
            self._log(prediction.events)
            self._log([action_event(name, policy, prediction.confidence)])
        self._log(events)
        if any(event["event"] == "user" for event in events):
            await self._extract()
        return again

    def _log(self, events: list[Event]) -> None:
        for event in events:
            event["timestamp"] = self.now
            self.tracker.apply(event)
