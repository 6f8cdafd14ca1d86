"""Slots: types, mappings, and the features of their values for rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from bot.dialogue.engine.embedded.names import OTHER_VALUE, SHOULD_NOT_BE_SET
from bot.dialogue.engine.embedded.values import Json

Feature: TypeAlias = tuple[float, ...] | str
"""A value as rules compare it, or `SHOULD_NOT_BE_SET` in a rule."""

SLOT_TYPES = ("text", "bool", "categorical", "float", "list", "any")


@dataclass(frozen=True, slots=True)
class Condition:
    """Condition of a mapping: form `active_loop` (`None`: no form) requests `requested_slot`."""

    active_loop: str | None
    requested_slot: str | None


@dataclass(frozen=True, slots=True)
class SlotMapping:
    """One way for a message to fill a slot. Equal mappings have equal `identity`."""

    type: str
    entity: str | None = None
    role: str | None = None
    group: str | None = None
    value: Any = None
    action: str | None = None
    intents: frozenset[str | None] = frozenset()
    not_intents: frozenset[str | None] = frozenset()
    conditions: tuple[Condition, ...] = ()
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot of the domain. `influence` says whether rules can see it at all."""

    name: str
    type: str
    influence: bool
    initial: Any = None
    values: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    mappings: tuple[SlotMapping, ...] = ()

    def coerce(self, value: Json) -> Json:
        """Convert a value to the stored form: a list slot wraps a single value."""
        if self.type == "list" and value and not isinstance(value, list):
            return [value]
        return value

    def feature(self, value: Json) -> Feature | None:
        """Return the feature of `value` for rules; `None` when they cannot see it."""
        if not self.influence:
            return None
        if value == SHOULD_NOT_BE_SET:
            return SHOULD_NOT_BE_SET
        vector = self._vector(value)
        return vector if any(vector) else None

    def _vector(self, value: Json) -> tuple[float, ...]:
        if self.type == "text":
            return (0.0,) if value is None else (1.0,)
        if self.type == "bool":
            return _bool_vector(value)
        if self.type == "categorical":
            return self._category_vector(value)
        if self.type == "float":
            return self._float_vector(value)
        try:
            return (1.0,) if value is not None and len(value) > 0 else (0.0,)
        except TypeError:
            return (0.0,)

    def _category_vector(self, value: Json) -> tuple[float, ...]:
        if value is None:
            return (0.0,)
        text = str(value).lower()
        wanted = text if text in self.values else OTHER_VALUE
        at = self.values.index(wanted)
        return tuple(1.0 if index == at else 0.0 for index in range(len(self.values)))

    def _float_vector(self, value: Json) -> tuple[float, ...]:
        try:
            capped = max(self.low, min(self.high, float(value)))
        except (TypeError, ValueError):
            return (0.0, 0.0)
        return (1.0, (capped - self.low) / abs(self.high - self.low))


def _bool_vector(value: Json) -> tuple[float, ...]:
    if isinstance(value, bool):
        return (1.0, float(value))
    if isinstance(value, int | float):
        return (1.0, float(value == 1.0))
    if isinstance(value, str):
        text = value.strip().lower()
        if value.isnumeric():
            return (1.0, float(float(value) == 1.0))
        if text in {"true", "false"}:
            return (1.0, float(text == "true"))
    return (0.0, 0.0)


def slot_features(slots: Mapping[str, Slot], values: Mapping[str, Any]) -> dict[str, Feature]:
    """Return the features of all `values` that have one."""
    features: dict[str, Feature] = {}
    for name, slot in slots.items():
        feature = slot.feature(values.get(name))
        if feature is not None:
            features[name] = feature
    return features
