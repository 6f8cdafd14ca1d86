"""Predict the next action as Rasa's RulePolicy does, with the ensemble's handling of rejections."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import structlog

from bot.dialogue.engine.embedded.conversation.events import (
    Event,
    featurization_event,
    interrupted_event,
)
from bot.dialogue.engine.embedded.conversation.states import RuleState
from bot.dialogue.engine.embedded.conversation.tracker import Tracker
from bot.dialogue.engine.embedded.domain.domain import Domain
from bot.dialogue.engine.embedded.names import (
    ACTION_DEFAULT_FALLBACK,
    ACTION_LISTEN,
    INTENT_ACTIONS,
    SHOULD_NOT_BE_SET,
)
from bot.dialogue.engine.embedded.rules.rules import RuleBook, Unhappy

_log = structlog.get_logger(__name__)

POLICY = "RulePolicy"
FOLLOWUP = "followup_action"


class Prediction(NamedTuple):
    """The next action, its policy and confidence, and events to log before it."""

    action: str
    policy: str
    confidence: float
    events: list[Event]


class RuleMatch(NamedTuple):
    """Result of the rules: an action or none, whether a form resumes, and the matching rule."""

    action: str | None
    returning: bool
    source: str | None


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """The options of `RulePolicy` in config.yml."""

    fallback_action: str = ACTION_DEFAULT_FALLBACK
    fallback_threshold: float = 0.3
    fallback_enabled: bool = True
    restrict_rules: bool = True
    check_contradictions: bool = True


class Situation(NamedTuple):
    """Input of the policy."""

    latest_action: str | None
    intent: str | None
    loop: str | None
    loop_rejected: bool
    states: Sequence[RuleState]


class Policy:
    """Predicts the next action by rules."""

    def __init__(self, book: RuleBook, domain: Domain, settings: PolicySettings) -> None:
        self.book = book
        self.domain = domain
        self.settings = settings

    def predict(self, tracker: Tracker) -> Prediction:
        """Predict the next action. A pending follow-up action has priority and is consumed."""
        if tracker.followup is not None:
            name, tracker.followup = tracker.followup, None
            if name in self.domain.action_names:
                return Prediction(name, FOLLOWUP, 1.0, [])
            _log.error("followup_action_unknown", action=name)
        loop = tracker.loop
        found = self.decide(
            Situation(
                tracker.latest_action,
                tracker.intent,
                None if loop is None else loop.name,
                loop is not None and loop.rejected,
                tracker.states(self.book.lookback),
            )
        )
        events: list[Event] = [interrupted_event()] if found.returning else []
        if tracker.latest_action == ACTION_LISTEN:
            events.append(featurization_event())
        refused = tracker.rejected_last
        if found.action is not None and found.action != refused:
            return Prediction(found.action, POLICY, 1.0, events)
        fallback = self.settled_fallback
        if fallback in (ACTION_LISTEN, refused):
            return Prediction(ACTION_LISTEN, POLICY, 0.0, events)
        return Prediction(fallback, POLICY, self.settings.fallback_threshold, events)

    @property
    def settled_fallback(self) -> str:
        """The action when no rule matches. With all scores zero Rasa uses its first action."""
        if self.settings.fallback_enabled and self.settings.fallback_threshold > 0:
            return self.settings.fallback_action
        return ACTION_LISTEN

    def decide(self, now: Situation) -> RuleMatch:
        """Predict as RulePolicy: default intents, then the active form, then the rules."""
        if now.latest_action == ACTION_LISTEN and now.intent in INTENT_ACTIONS:
            return RuleMatch(INTENT_ACTIONS[now.intent], returning=False, source="intent")
        loop = None if now.loop == SHOULD_NOT_BE_SET else now.loop
        if loop is not None and not now.loop_rejected:
            if now.latest_action != loop and now.latest_action is not None:
                return RuleMatch(loop, returning=False, source="loop")
            if now.latest_action == loop:
                return RuleMatch(ACTION_LISTEN, returning=False, source="loop")
        return self._by_rules(now.states, loop)

    def _by_rules(self, states: Sequence[RuleState], loop: str | None) -> RuleMatch:
        key = self.book.steps.best(states)
        action = None if key is None else self.book.steps.values[key]
        source = None if key is None else key.text
        if loop is None:
            return RuleMatch(action, returning=False, source=source)
        unhappy = {self.book.unhappy.values[k] for k in self.book.unhappy.matching(states)}
        if key is not None and action == ACTION_LISTEN and key.loop is None:
            if Unhappy.DO_NOT_PREDICT_LOOP not in unhappy:
                # A rule without form conditions answered; the form resumes.
                return RuleMatch(loop, returning=False, source=source)
            action = None
        return RuleMatch(action, returning=Unhappy.INTERRUPTED in unhappy, source=source)
