"""Check rules as Rasa does: one message each, completeness, no contradiction."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.dialogue.engine.embedded.conversation.events import rejection_event
from bot.dialogue.engine.embedded.conversation.tracker import Sight, Tracker
from bot.dialogue.engine.embedded.domain.domain import Domain
from bot.dialogue.engine.embedded.names import ACTION_DEFAULT_FALLBACK, SHOULD_NOT_BE_SET, SNIPPET
from bot.dialogue.engine.embedded.problems import Problems
from bot.dialogue.engine.embedded.rules.policy import Policy, RuleMatch, Situation
from bot.dialogue.engine.embedded.rules.rulefile import DialogueRule
from bot.dialogue.engine.embedded.rules.rules import make_key

TIED = " (the two weigh the same, and Rasa leaves it to chance)"
"""Suffix for a contradiction that Rasa finds in one run and not in the next."""

_WHOLE_RULE = 1000
"""More states than any rule has."""


class _Fingerprint(NamedTuple):
    """The slots and forms that follow an action somewhere."""

    slots: frozenset[str]
    loops: frozenset[str | None]


def check_rules(
    rules: Sequence[DialogueRule], policy: Policy, domain: Domain, problems: Problems
) -> None:
    """Add to `problems` what Rasa would refuse to train."""
    if policy.settings.restrict_rules:
        _check_messages(rules, problems)
    if policy.settings.check_contradictions:
        _check_complete(rules, domain, problems)
        _check_contradictions(rules, policy, domain, problems)


def _check_messages(rules: Iterable[DialogueRule], problems: Problems) -> None:
    for rule in rules:
        if sum(event["event"] == "user" for event in rule.events) > 1:
            problems.add(
                rule.place,
                f"rule '{rule.name}' with more than one intent",
                "part it into one rule a message, or set `restrict_rules: false` in config.yml",
            )


def _fingerprints(rules: Iterable[DialogueRule], domain: Domain) -> dict[str, _Fingerprint]:
    slots: dict[str, set[str]] = defaultdict(set)
    loops: dict[str, set[str | None]] = defaultdict(set)
    seen: set[str] = set()
    for rule in rules:
        action: str | None = None
        for event in rule.events:
            kind = event["event"]
            if kind == "action":
                action = event["name"]
            elif kind == "user":
                action = None
            elif action is not None:
                seen.add(action)
                if kind == "slot" and domain.slots[event["name"]].influence:
                    slots[action].add(event["name"])
                elif kind == "active_loop":
                    loops[action].add(event["name"])
    return {name: _Fingerprint(frozenset(slots[name]), frozenset(loops[name])) for name in seen}


def _check_complete(rules: Sequence[DialogueRule], domain: Domain, problems: Problems) -> None:
    prints = _fingerprints(rules, domain)
    for rule in rules:
        tracker = _rule_tracker(domain, rule)
        for event in rule.events:
            if event["event"] == "action":
                _check_step(rule, tracker, event["name"], prints, problems)
            tracker.apply(event)


def _check_step(
    rule: DialogueRule,
    tracker: Tracker,
    action: str,
    prints: dict[str, _Fingerprint],
    problems: Problems,
) -> None:
    previous = tracker.latest_action
    expected = prints.get(previous) if previous is not None else None
    if expected is None or SNIPPET in (action, previous):
        return
    state = tracker.state()
    missing = expected.slots - set(state.slots)
    if missing:
        problems.add(
            rule.place,
            f"incomplete rule '{rule.name}'",
            f"the action '{previous}' does not set some of the slots that it sets in other rules: "
            f"{', '.join(sorted(missing))}; write them after it as `slot_was_set` (`null` for "
            "unset), or if it is the last action add `wait_for_user_input: false`",
        )
    if expected.loops and state.loop not in expected.loops:
        names = sorted(
            "null" if loop in (None, SHOULD_NOT_BE_SET) else str(loop) for loop in expected.loops
        )
        problems.add(
            rule.place,
            f"incomplete rule '{rule.name}'",
            f"the form '{previous}' does not set the 'active_loop' that it sets in other rules: "
            f"{', '.join(names)}; write `active_loop:` after it, or if it is the last action add "
            "`wait_for_user_input: false`",
        )


def _check_contradictions(
    rules: Sequence[DialogueRule], policy: Policy, domain: Domain, problems: Problems
) -> None:
    sources: dict[str, list[tuple[DialogueRule, str]]] = defaultdict(list)
    predicted: list[tuple[DialogueRule, str, RuleMatch, bool]] = []
    for rule in rules:
        for gold, found, tied in _predictions(rule, policy, domain):
            predicted.append((rule, gold, found, tied))
            if found.source is not None:
                sources[found.source].append((rule, gold))
    for rule, gold, found, tied in predicted:
        action = found.action or policy.settled_fallback
        if action == gold or found.source is None:
            continue
        if found.source in ("intent", "loop"):
            others = {f"the default of {'intents' if found.source == 'intent' else 'active forms'}"}
        else:
            others = {
                f"'{other.name}' ({other.place})"
                for other, wanted in sources[found.source]
                if wanted != gold
            }
        if not others:
            continue
        which = "" if action == ACTION_DEFAULT_FALLBACK else f" which predicted action '{action}'"
        which += TIED if tied else ""
        problems.add(
            rule.place,
            f"contradicting rules: '{gold}' in rule '{rule.name}'",
            f"contradicts {', '.join(sorted(others))}{which}; tell the rules apart by a "
            "condition, or make them one",
        )


def _predictions(
    rule: DialogueRule, policy: Policy, domain: Domain
) -> Iterable[tuple[str, RuleMatch, bool]]:
    """Yield, for each predictable action of a rule, the rules' prediction at that point.

    The flag says whether a rule of the same weight predicts the rule's own action.
    """
    tracker = _rule_tracker(domain, rule)
    unpredictable = True
    for event in rule.events:
        if event["event"] != "action":
            tracker.apply(event)
            continue
        gold = event["name"]
        if gold == SNIPPET:
            unpredictable = True
        elif unpredictable:
            unpredictable = False
        else:
            found = _predict(tracker, gold, policy)
            yield gold, found, found.action != gold and _tied(tracker, gold, policy)
        tracker.apply(event)


def _predict(tracker: Tracker, gold: str, policy: Policy) -> RuleMatch:
    found = policy.decide(_situation(tracker, policy))
    loop = tracker.loop_name
    if loop not in (None, SHOULD_NOT_BE_SET) and found.action != gold and found.action == loop:
        # The form is always predicted first; in an interruption it has rejected its execution.
        tracker.apply(rejection_event(str(loop)))
        found = policy.decide(_situation(tracker, policy))
    if found.source is None:
        # Nothing matched: Rasa then names the state itself as the source.
        key = make_key(tracker.states(_WHOLE_RULE))
        found = found._replace(source=None if key is None else key.text)
    return found


def _tied(tracker: Tracker, gold: str, policy: Policy) -> bool:
    steps = policy.book.steps
    first, *others = steps.matching(tracker.states(policy.book.lookback)) or (None,)
    return first is not None and any(
        len(key.text) == len(first.text) and steps.values[key] == gold for key in others
    )


def _situation(tracker: Tracker, policy: Policy) -> Situation:
    loop = tracker.loop
    return Situation(
        tracker.latest_action,
        tracker.intent,
        None if loop is None else loop.name,
        loop is not None and loop.rejected,
        tracker.states(policy.book.lookback),
    )


def _rule_tracker(domain: Domain, rule: DialogueRule) -> Tracker:
    visible = {name: slot for name, slot in domain.slots.items() if slot.influence}
    return Tracker(domain, rule.name, Sight(visible, _WHOLE_RULE))
