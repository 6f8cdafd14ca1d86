"""Compile rules once; then find matching rules by the last state in a few comparisons."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Generic, TypeVar

from bot.dialogue.engine.embedded.conversation.events import applied_events, loop_names
from bot.dialogue.engine.embedded.conversation.states import RuleState, matches
from bot.dialogue.engine.embedded.conversation.view import TrackerView
from bot.dialogue.engine.embedded.domain.domain import Domain
from bot.dialogue.engine.embedded.domain.slots import Feature, Slot, slot_features
from bot.dialogue.engine.embedded.names import ACTION_LISTEN, SHOULD_NOT_BE_SET, SNIPPET
from bot.dialogue.engine.embedded.rules.rulefile import DialogueRule

T = TypeVar("T")


class Unhappy(Enum):
    """Result of rules inside a form about resuming it."""

    INTERRUPTED = auto()
    DO_NOT_PREDICT_LOOP = auto()


@dataclass(frozen=True, slots=True)
class Key:
    """One learned step: after these states `action` follows. `text` is Rasa's key for it."""

    text: str
    states: tuple[RuleState, ...] = field(compare=False)

    @property
    def loop(self) -> str | None:
        """The active form of the last state."""
        loop = self.states[-1].loop
        return None if loop == SHOULD_NOT_BE_SET else loop


class KeyIndex(Generic[T]):
    """Index of keys by last action and intent of their last state, longest text first."""

    def __init__(self, found: Mapping[Key, T]) -> None:
        self.values = dict(found)
        self.longest = max((len(key.states) for key in found), default=1)
        self._by_last: dict[tuple[str | None, str | None], list[Key]] = {}
        for key in sorted(found, key=lambda key: -len(key.text)):
            last = key.states[-1]
            self._by_last.setdefault((last.previous, last.intent), []).append(key)
        self._merged: dict[tuple[str | None, str | None], list[Key]] = {}

    def candidates(self, now: RuleState) -> list[Key]:
        """Return the keys whose last state may match `now`."""
        wanted = (now.previous, now.intent)
        merged = self._merged.get(wanted)
        if merged is None:
            found = list(self._by_last.get(wanted, ()))
            if now.intent is not None:
                found += self._by_last.get((now.previous, None), ())
            if now.previous is None:
                # At the start of a conversation only this fact is compared.
                found = [k for (p, _), keys in self._by_last.items() if p is None for k in keys]
            found.sort(key=lambda key: -len(key.text))
            if len(self._merged) < 10_000:
                self._merged[wanted] = found
            merged = found
        return merged

    def matching(self, states: Sequence[RuleState]) -> list[Key]:
        """Return the matching keys, longest text first. `states` ends with the present state."""
        return [key for key in self.candidates(states[-1]) if _holds(key.states, states)]

    def best(self, states: Sequence[RuleState]) -> Key | None:
        """Return the matching key with the longest text."""
        for key in self.candidates(states[-1]):
            if _holds(key.states, states):
                return key
        return None


def _holds(rule: Sequence[RuleState], states: Sequence[RuleState]) -> bool:
    at = len(states)
    for wanted in reversed(rule):
        at -= 1
        if at < 0:
            # A conversation's first state has no last action and cannot match above.
            return True
        if not matches(wanted, states[at]):
            return False
    return True


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules of a project: `steps` gives the next action, `unhappy` how forms resume."""

    rules: tuple[DialogueRule, ...]
    steps: KeyIndex[str]
    unhappy: KeyIndex[Unhappy]

    @property
    def lookback(self) -> int:
        """Number of states in the longest key."""
        return max(self.steps.longest, self.unhappy.longest, 2)

    def slots_seen(self, domain: Domain) -> dict[str, Slot]:
        """Return the slots that a rule mentions; other slots cannot change a prediction."""
        named = {
            name
            for index in (self.steps, self.unhappy)
            for key in index.values
            for state in key.states
            for name in state.slots
        }
        return {name: slot for name, slot in domain.slots.items() if name in named}


def compile_rules(rules: Sequence[DialogueRule], domain: Domain) -> RuleBook:
    """Compile rules into keys: which action follows which states."""
    steps: dict[Key, str] = {}
    ambiguous: set[Key] = set()
    unhappy: dict[Key, Unhappy] = {}
    for rule in rules:
        for states, action in rule_examples(rule, domain):
            key = make_key(states)
            if key is None or key in ambiguous:
                pass
            elif steps.setdefault(key, action) != action:
                ambiguous.add(key)
                del steps[key]
            _learn_unhappy(states, action, unhappy)
    predicted = {key: action for key, action in steps.items() if action != SNIPPET}
    return RuleBook(tuple(rules), KeyIndex(predicted), KeyIndex(unhappy))


def rule_examples(rule: DialogueRule, domain: Domain) -> list[tuple[list[RuleState], str]]:
    """Return, for every action of a rule, the states up to it, with the slots that it sets."""
    mentioned = {e["name"]: domain.slots[e["name"]] for e in rule.events if e["event"] == "slot"}
    view = TrackerView(domain, rule.name)
    states: list[RuleState] = []
    found: list[tuple[list[RuleState], str]] = []
    set_so_far: set[str] = set()
    for event in applied_events(rule.events, loop_names(rule.events)):
        if event["event"] == "action":
            seen = {name: mentioned[name] for name in mentioned if name in set_so_far}
            states.append(situation(view, slot_features(seen, view.slots)))
            found.append((list(states), event["name"]))
        elif event["event"] == "slot":
            set_so_far.add(event["name"])
        view.apply(event)
    return found


def situation(view: TrackerView, features: Mapping[str, Feature]) -> RuleState:
    """Return the present state of a view whose events are all applied."""
    intent = view.intent
    entities = view.domain.visible_entities(intent, view.entities)
    return RuleState(view.latest_action, intent, entities, features, view.loop_name)


def make_key(states: Sequence[RuleState]) -> Key | None:
    """Make the key of some states: those after the last `...`, `None` when there are none."""
    kept: list[RuleState] = []
    for state in reversed(states):
        if state.previous == SNIPPET:
            break
        kept.insert(0, state)
    if not kept:
        return None
    text = json.dumps([state.as_json() for state in kept], sort_keys=True)
    return Key(text, tuple(kept))


def _learn_unhappy(states: Sequence[RuleState], action: str, found: dict[Key, Unhappy]) -> None:
    last = states[-1]
    loop = last.loop
    if loop is None or loop == SHOULD_NOT_BE_SET:
        return
    if len(states) == 1 or states[-2].previous is None:
        kept = [last]
    else:
        kept = [RuleState(states[-2].previous, None, (), {}, None), last]
    key = make_key(kept)
    if key is None:
        return
    listened = last.previous == ACTION_LISTEN
    if listened and action == loop:
        found[key] = Unhappy.INTERRUPTED
    elif not listened and action != loop:
        found[key] = Unhappy.DO_NOT_PREDICT_LOOP
