"""States: the view of rules just before an action."""

from collections.abc import Mapping
from typing import NamedTuple

from bot.dialogue.engine.embedded.domain.slots import Feature
from bot.dialogue.engine.embedded.names import SHOULD_NOT_BE_SET


class RuleState(NamedTuple):
    """One state. `previous` is the last action, `None` only at the start of a conversation."""

    previous: str | None
    intent: str | None
    entities: tuple[str, ...]
    slots: Mapping[str, Feature]
    loop: str | None

    def as_json(self) -> dict[str, object]:
        """Return the state as in Rasa's rule keys, whose length decides between rules."""
        found: dict[str, object] = {}
        user: dict[str, object] = {}
        if self.intent:
            user["intent"] = self.intent
        if self.entities:
            user["entities"] = list(self.entities)
        if user:
            found["user"] = user
        if self.slots:
            found["slots"] = {
                name: value if isinstance(value, str) else list(value)
                for name, value in self.slots.items()
            }
        if self.previous is not None:
            found["prev_action"] = {"action_name": self.previous}
        if self.loop is not None:
            found["active_loop"] = {"name": self.loop}
        return found


def matches(rule: RuleState, now: RuleState) -> bool:
    """Return whether `now` meets all that `rule` mentions; the rest is ignored."""
    if rule.previous is None or now.previous is None:
        return rule.previous is now.previous
    if rule.previous != now.previous:
        return False
    if rule.intent and rule.intent != now.intent:
        return False
    if rule.entities and rule.entities != now.entities:
        return False
    if rule.loop is not None and not _agrees(rule.loop, now.loop):
        return False
    if rule.slots:
        slots = now.slots
        for name, value in rule.slots.items():
            if not _agrees(value, slots.get(name)):
                return False
    return True


def _agrees(wanted: Feature, found: Feature | None) -> bool:
    if wanted == SHOULD_NOT_BE_SET:
        return not found or found == SHOULD_NOT_BE_SET
    return found == wanted
