"""The domain: what the conversation can hear, keep, say and do."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.dialogue.engine.embedded.names import (
    DEFAULT_ACTIONS,
    REQUESTED_SLOT,
    SESSION_METADATA,
    UTTER,
)
from bot.dialogue.engine.embedded.responses import Variation
from bot.dialogue.engine.embedded.slots import Slot


@dataclass(frozen=True, slots=True)
class Form:
    """A form. `unique_mappings` are the entity mappings that fill one of its slots alone."""

    name: str
    required_slots: tuple[str, ...]
    ignored_intents: frozenset[str | None]
    unique_mappings: frozenset[str]


@dataclass(frozen=True)
class Domain:
    """A validated domain.

    `intents` maps each intent to the entity labels that rules can see with it, `labels` are those
    seen where an intent does not say. `actions` are the
    names that the action server runs, `session_minutes` the silence that ends a session (0: never).
    `raw` is the merged file content, which actions receive.
    """

    intents: Mapping[str, frozenset[str]]
    entities: frozenset[str]
    labels: frozenset[str]
    slots: Mapping[str, Slot]
    forms: Mapping[str, Form]
    responses: Mapping[str, Sequence[Variation]]
    actions: frozenset[str]
    session_minutes: float
    carry_over_slots: bool
    raw: Mapping[str, Any]

    @cached_property
    def initial_slots(self) -> dict[str, Any]:
        """The value of every slot at the start of a conversation; copy before use."""
        return {name: slot.coerce(slot.initial) for name, slot in self.slots.items()}

    @cached_property
    def mapped_slots(self) -> tuple[Slot, ...]:
        """The slots that messages may fill, in the order of the domain.

        Those that only actions fill, by a `custom` mapping without an action, are not among them.
        """
        return tuple(
            slot
            for slot in self.slots.values()
            if any(one.type != "custom" or one.action is not None for one in slot.mappings)
        )

    @cached_property
    def action_names(self) -> frozenset[str]:
        """Everything that can be predicted: default and custom actions, forms, responses."""
        return frozenset((*DEFAULT_ACTIONS, *self.actions, *self.forms, *self.responses))

    @cached_property
    def digest(self) -> str:
        """A fingerprint of `raw`, which the action executor asks for with every call."""
        text = json.dumps(self.raw, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def ask_action(self, form: str, slot: str) -> str | None:
        """What asks for `slot` in `form`: the first of Rasa's four names that exists."""
        for name in ask_names(form, slot):
            if name in self.action_names:
                return name
        return None

    def visible_entities(
        self, intent: str | None, entities: Sequence[Mapping[str, Any]]
    ) -> tuple[str, ...]:
        """The sorted entity labels that rules see in a message; roles and groups add labels."""
        if not entities or intent is None:
            return ()
        labels: set[str] = set()
        for entity in entities:
            name = entity.get("entity")
            if name is None:
                continue
            labels.add(str(name))
            if "role" in entity:
                labels.add(f"{name}#{entity['role']}")
            if "group" in entity:
                labels.add(f"{name}#{entity['group']}")
        wanted = self.intents.get(intent)
        return tuple(sorted(labels if wanted is None else labels & wanted))


def ask_names(form: str, slot: str) -> tuple[str, str, str, str]:
    """The names under which Rasa looks for the question of a slot, first wins."""
    return (
        f"action_ask_{form}_{slot}",
        f"{UTTER}ask_{form}_{slot}",
        f"action_ask_{slot}",
        f"{UTTER}ask_{slot}",
    )


def default_slots(*, with_forms: bool) -> dict[str, Slot]:
    """The slots that Rasa adds to every domain."""
    added = {SESSION_METADATA: Slot(SESSION_METADATA, "any", influence=False)}
    if with_forms:
        added = {REQUESTED_SLOT: Slot(REQUESTED_SLOT, "text", influence=False), **added}
    return added
