"""Domain: the intents, entities, slots, responses and actions of a project."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.dialogue.engine.embedded.domain.responses import Variation
from bot.dialogue.engine.embedded.domain.slots import Slot
from bot.dialogue.engine.embedded.names import (
    DEFAULT_ACTIONS,
    REQUESTED_SLOT,
    SESSION_METADATA,
    UTTER,
)


@dataclass(frozen=True, slots=True)
class Form:
    """A form. `unique_mappings` are the entity mappings that fill exactly one of its slots."""

    name: str
    required_slots: tuple[str, ...]
    ignored_intents: frozenset[str | None]
    unique_mappings: frozenset[str]


@dataclass(frozen=True)
class Domain:
    """A validated domain.

    `intents` maps each intent to the entity labels that rules see with it; `labels` are the
    default where an intent names none. `actions` are the names that the action server runs.
    `session_minutes` is the silence after which a session ends (0: never). `raw` is the merged
    file content, which actions receive.
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
        """Initial value of every slot of a conversation; copy before use."""
        return {name: slot.coerce(slot.initial) for name, slot in self.slots.items()}

    @cached_property
    def mapped_slots(self) -> tuple[Slot, ...]:
        """Slots that messages may fill, in the order of the domain.

        Slots that only actions fill (a `custom` mapping without an action) are not included.
        """
        return tuple(
            slot
            for slot in self.slots.values()
            if any(
                mapping.type != "custom" or mapping.action is not None for mapping in slot.mappings
            )
        )

    @cached_property
    def action_names(self) -> frozenset[str]:
        """All predictable actions: default and custom actions, forms, responses."""
        return frozenset((*DEFAULT_ACTIONS, *self.actions, *self.forms, *self.responses))

    @cached_property
    def digest(self) -> str:
        """Hash of `raw`, which the action executor needs with every call."""
        text = json.dumps(self.raw, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def ask_action(self, form: str, slot: str) -> str | None:
        """Return the action that asks for `slot` in `form`: Rasa's first name that exists."""
        for name in ask_names(form, slot):
            if name in self.action_names:
                return name
        return None

    def visible_entities(
        self, intent: str | None, entities: Sequence[Mapping[str, Any]]
    ) -> tuple[str, ...]:
        """Return the sorted entity labels of a message for rules; roles and groups add labels."""
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
    """Return the names under which Rasa looks for the question of a slot; the first wins."""
    return (
        f"action_ask_{form}_{slot}",
        f"{UTTER}ask_{form}_{slot}",
        f"action_ask_{slot}",
        f"{UTTER}ask_{slot}",
    )


def default_slots(*, with_forms: bool) -> dict[str, Slot]:
    """Return the slots that Rasa adds to every domain."""
    added = {SESSION_METADATA: Slot(SESSION_METADATA, "any", influence=False)}
    if with_forms:
        added = {REQUESTED_SLOT: Slot(REQUESTED_SLOT, "text", influence=False), **added}
    return added
