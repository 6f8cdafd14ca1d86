"""Read slots from the domain's files."""

import json
from collections.abc import Mapping
from typing import Any

from bot.dialogue.engine.embedded.domain.pieces import DomainPieces
from bot.dialogue.engine.embedded.domain.slots import SLOT_TYPES, Condition, Slot, SlotMapping
from bot.dialogue.engine.embedded.names import OTHER_VALUE
from bot.dialogue.engine.embedded.values import Json

_SLOT_KEYS = {
    "type",
    "influence_conversation",
    "initial_value",
    "mappings",
    "values",
    "min_value",
    "max_value",
}
_MAPPING_KEYS = {
    "type",
    "intent",
    "not_intent",
    "entity",
    "role",
    "group",
    "value",
    "action",
    "conditions",
}
_MAPPING_NEEDS = {
    "from_entity": ("entity",),
    "from_intent": ("value",),
    "from_trigger_intent": ("value",),
    "from_text": (),
    "custom": (),
}


class SlotReader:
    """Reads one slot. Its mappings may use the names in `intents` and `entities`."""

    def __init__(
        self,
        pieces: DomainPieces,
        name: str,
        spec: Mapping[Any, Any],
        intents: set[str],
        entities: set[str],
    ) -> None:
        self.pieces = pieces
        self.name = name
        self.spec = spec
        self.intents = intents
        self.entities = entities

    def fault(self, path: tuple[str | int, ...], feature: str, advice: str) -> None:
        """Add a fault of this slot."""
        self.pieces.problems.add(self.pieces.place("slots", self.name, *path), feature, advice)

    def read(self) -> Slot | None:
        """Read the slot; `None` when its type is unknown."""
        for key in self.spec:
            if key not in _SLOT_KEYS:
                self.fault(
                    (str(key),),
                    f"key '{key}' in slot '{self.name}'",
                    f"use {', '.join(sorted(_SLOT_KEYS))}",
                )
        kind = self.spec.get("type")
        if kind not in SLOT_TYPES:
            self.fault(("type",), f"slot type '{kind}'", f"use {', '.join(SLOT_TYPES)}")
            return None
        influence = self.spec.get("influence_conversation", kind != "any")
        if not isinstance(influence, bool) or (influence and kind == "any"):
            self.fault(
                ("influence_conversation",),
                f"influence_conversation of slot '{self.name}'",
                "write true or false; a slot of type any cannot influence the conversation",
            )
            influence = False
        low, high = self._range()
        return Slot(
            name=self.name,
            type=kind,
            influence=influence,
            initial=self.spec.get("initial_value"),
            values=self._values(kind),
            low=low,
            high=high,
            mappings=self._mappings(),
        )

    def _range(self) -> tuple[float, float]:
        low, high = self.spec.get("min_value", 0.0), self.spec.get("max_value", 1.0)
        numbers = all(isinstance(n, int | float) and not isinstance(n, bool) for n in (low, high))
        if not numbers or low >= high:
            self.fault(("min_value",), f"range of slot '{self.name}'", "min_value < max_value")
            return 0.0, 1.0
        return float(low), float(high)

    def _values(self, kind: str) -> tuple[str, ...]:
        values = self.spec.get("values") or []
        if not isinstance(values, list) or None in values:
            self.fault(("values",), f"values of slot '{self.name}'", "write a list without null")
            values = []
        if kind != "categorical":
            return ()
        found = tuple(str(value).lower() for value in values)
        return found if OTHER_VALUE in found else (*found, OTHER_VALUE)

    def _mappings(self) -> tuple[SlotMapping, ...]:
        found = self.spec.get("mappings")
        if not isinstance(found, list) or not found:
            self.fault(
                ("mappings",),
                f"slot '{self.name}' without mappings",
                "write `mappings: [{type: custom}]` when only actions set it",
            )
            return ()
        mappings = [self._mapping(spec, index) for index, spec in enumerate(found)]
        return tuple(mapping for mapping in mappings if mapping is not None)

    def _mapping(self, spec: Json, index: int) -> SlotMapping | None:
        path = ("mappings", index)
        if not isinstance(spec, Mapping):
            self.fault(path, f"mapping of slot '{self.name}'", "write `- type: ...`")
            return None
        kind = spec.get("type")
        if kind not in _MAPPING_NEEDS:
            self.fault(path, f"mapping type '{kind}'", f"use {', '.join(sorted(_MAPPING_NEEDS))}")
            return None
        for key in spec:
            if key not in _MAPPING_KEYS:
                self.fault(
                    (*path, str(key)),
                    f"key '{key}' in a mapping of slot '{self.name}'",
                    f"use {', '.join(sorted(_MAPPING_KEYS))}",
                )
        for key in _MAPPING_NEEDS[kind]:
            if spec.get(key) is None:
                self.fault(path, f"{kind} mapping of slot '{self.name}'", f"write `{key}:`")
                return None
        if kind == "from_entity" and spec["entity"] not in self.entities:
            self.fault(
                path,
                f"entity '{spec['entity']}' in a mapping of slot '{self.name}'",
                "list it under `entities:`, or correct the name",
            )
        intents, not_intents = _as_list(spec.get("intent")), _as_list(spec.get("not_intent"))
        for intent in (*intents, *not_intents):
            if intent not in self.intents:
                self.pieces.problems.warn(
                    self.pieces.place("slots", self.name, *path),
                    f"intent '{intent}' in a mapping of slot '{self.name}'",
                    "no message has it: list it under `intents:`, or correct the name",
                )
        if kind == "from_intent" and set(intents) - self.intents:
            return None  # as in Rasa, whatever other intents it names
        return SlotMapping(
            type=kind,
            entity=spec.get("entity"),
            role=spec.get("role"),
            group=spec.get("group"),
            value=spec.get("value"),
            action=spec.get("action"),
            intents=frozenset(intents),
            not_intents=frozenset(not_intents),
            conditions=self._conditions(spec.get("conditions"), path),
            identity=json.dumps(spec, sort_keys=True, default=str),
        )

    def _conditions(self, found: Json, path: tuple[str | int, ...]) -> tuple[Condition, ...]:
        if found is None:
            return ()
        if not isinstance(found, list):
            self.fault((*path, "conditions"), "conditions", "write `- active_loop: form`")
            return ()
        conditions: list[Condition] = []
        for index, item in enumerate(found):
            here = (*path, "conditions", index)
            if not isinstance(item, Mapping) or set(item) - {"active_loop", "requested_slot"}:
                self.fault(
                    here, "mapping condition", "use active_loop and, with it, requested_slot"
                )
                continue
            conditions.append(Condition(item.get("active_loop"), item.get("requested_slot")))
        return tuple(conditions)


def _as_list(value: Json) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
