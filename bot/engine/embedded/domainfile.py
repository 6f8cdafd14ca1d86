"""The domain as it stands in its files: read, merged, checked, every fault with its line."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bot.engine.embedded.domain import Domain, Form, default_slots
from bot.engine.embedded.names import (
    DEFAULT_ACTIONS,
    DEFAULT_INTENTS,
    DEFAULT_SLOTS,
    OTHER_VALUE,
    REFUSED_ACTIONS,
    UTTER,
)
from bot.engine.embedded.problems import Place, Problems
from bot.engine.embedded.responses import Variation
from bot.engine.embedded.slots import SLOT_TYPES, Condition, Slot, SlotMapping
from bot.engine.embedded.values import Json
from bot.engine.embedded.yamlfile import YamlFile

_LISTS = ("intents", "entities", "actions")
_MAPS = ("slots", "forms", "responses")
_DOMAIN_KEYS = {*_LISTS, *_MAPS, "session_config", "version", "config"}
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
_RESPONSE_KEYS = {"text", "buttons", "image", "custom", "condition", "channel", "id", "metadata"}
_OVERRIDABLE = {"action_session_start", "action_default_fallback", "action_restart", "action_back"}


def domain_files(root: Path) -> list[Path]:
    """The domain's files: `domain.yml`, or all of `domain/`."""
    single = [path for path in (root / "domain.yml", root / "domain.yaml") if path.is_file()]
    folder = root / "domain"
    inside = sorted(p for p in folder.rglob("*") if p.suffix in {".yml", ".yaml"})
    return [*single, *inside]


class DomainReader:
    """Reads the parts of a domain from its files, then builds the whole.

    Files are merged as Rasa merges them, except that a name defined in two files is a fault:
    which one wins would depend on the order of the directory.
    """

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.lists: dict[str, dict[str, Any]] = {name: {} for name in _LISTS}
        self.maps: dict[str, dict[str, Any]] = {name: {} for name in _MAPS}
        self.at: dict[tuple[str, str], tuple[YamlFile, tuple[str | int, ...]]] = {}
        self.session: tuple[YamlFile, Mapping[str, Any]] | None = None
        self.version: Any = None
        self.first: Place = Place("domain.yml", 1)

    def place(self, kind: str, name: str, *path: str | int) -> Place:
        """Where something of the domain stands."""
        found = self.at.get((kind, name))
        if found is None:
            return self.first
        file, start = found
        return file.place(*start, *path)

    def add(self, file: YamlFile) -> None:
        """Take in one file."""
        self.first = min(self.first, file.place()) if self.at else file.place()
        content = file.content
        if content is None:
            return
        if not isinstance(content, Mapping):
            self.problems.add(file.place(), "domain", "write a mapping with keys such as `slots:`")
            return
        for key, value in content.items():
            if key == "e2e_actions":
                self.problems.add(file.place(key), key, "name a response in `responses:` instead")
            elif key not in _DOMAIN_KEYS:
                self.problems.add(
                    file.place(str(key)),
                    f"key '{key}' in the domain",
                    f"use {', '.join(sorted(_DOMAIN_KEYS))}",
                )
            elif key in _LISTS:
                self._take_list(file, key, value)
            elif key in _MAPS:
                self._take_map(file, key, value)
            elif key == "session_config":
                self._take_session(file, value)
            elif key == "config" and value not in (None, {}, {"store_entities_as_slots": True}):
                self.problems.add(file.place(key), key, "remove it; only Rasa's default is run")
            elif key == "version":
                self._take_version(file, value)

    def _take_version(self, file: YamlFile, value: Json) -> None:
        if str(value) not in ("3.0", "3.1"):
            self.problems.add(file.place("version"), f"version '{value}'", 'write version: "3.1"')
        self.version = str(value)

    def _take_list(self, file: YamlFile, kind: str, value: Json) -> None:
        if value is None:
            return
        if not isinstance(value, list):
            self.problems.add(file.place(kind), kind, "write a list, each item with `- `")
            return
        for index, item in enumerate(value):
            spec: Any
            if isinstance(item, str):
                name, spec = item, {}
            elif isinstance(item, Mapping) and len(item) == 1:
                name, spec = next(iter(item.items()))
                if not isinstance(spec, Mapping):
                    self.problems.add(
                        file.place(kind, index), f"'{name}:'", "remove the colon, or add options"
                    )
                    continue
            else:
                self.problems.add(file.place(kind, index), kind, "write one name an item")
                continue
            if name in self.lists[kind]:
                self._twice(file.place(kind, index), kind, name)
                continue
            self.lists[kind][name] = spec
            self.at[kind, name] = (file, (kind, index))

    def _take_map(self, file: YamlFile, kind: str, value: Json) -> None:
        if value is None:
            return
        if not isinstance(value, Mapping):
            self.problems.add(file.place(kind), kind, "write a mapping: `name:` and its content")
            return
        for name, spec in value.items():
            if not isinstance(name, str):
                self.problems.add(file.place(kind, str(name)), f"{kind} '{name}'", "quote the name")
            elif name in self.maps[kind]:
                self._twice(file.place(kind, name), kind, name)
            else:
                self.maps[kind][name] = spec
                self.at[kind, name] = (file, (kind, name))

    def _twice(self, place: Place, kind: str, name: str) -> None:
        self.problems.add(
            place, f"'{name}' twice in {kind}", f"it is also at {self.place(kind, name)}; keep one"
        )

    def _take_session(self, file: YamlFile, value: Json) -> None:
        if not isinstance(value, Mapping):
            self.problems.add(file.place("session_config"), "session_config", "write a mapping")
            return
        if self.session is not None:
            self.problems.add(file.place("session_config"), "second session_config", "keep one")
            return
        for key in value:
            if key not in ("session_expiration_time", "carry_over_slots_to_new_session"):
                self.problems.add(
                    file.place("session_config", str(key)),
                    f"key '{key}' in session_config",
                    "use session_expiration_time and carry_over_slots_to_new_session",
                )
        self.session = (file, value)

    def build(self) -> Domain:
        """The domain of everything taken in; where there were faults it may be incomplete."""
        entities = self._entities()
        intents = self._intents(entities)
        actions = self._actions()
        slots = self._slots(set(intents), set(self.lists["entities"]))
        forms = self._forms(slots)
        if forms:
            slots = {**slots, **default_slots(with_forms=True)}
        else:
            slots = {**slots, **default_slots(with_forms=False)}
        self._check_conditions(slots, forms)
        responses = self._responses(slots)
        for name in actions:
            if name.startswith(UTTER) and name not in responses:
                self.problems.add(
                    self.place("actions", name),
                    f"action '{name}'",
                    "write the response under `responses:`",
                )
            if name in forms:
                self.problems.add(
                    self.place("actions", name), f"action '{name}'", "a form already has this name"
                )
        minutes, carry = self._session()
        return Domain(
            intents=intents,
            entities=frozenset(self.lists["entities"]),
            labels=_seen_by_default(entities),
            slots=slots,
            forms=forms,
            responses=responses,
            actions=frozenset(actions),
            session_minutes=minutes,
            carry_over_slots=carry,
            raw=self._raw(minutes, carry=carry),
        )

    def _raw(self, minutes: float, *, carry: bool) -> dict[str, Any]:
        raw: dict[str, Any] = {"version": self.version or "3.1"}
        for kind in _LISTS:
            raw[kind] = [
                {name: dict(spec)} if spec else name for name, spec in self.lists[kind].items()
            ]
        for kind in _MAPS:
            raw[kind] = self.maps[kind]
        raw["session_config"] = {
            "session_expiration_time": minutes,
            "carry_over_slots_to_new_session": carry,
        }
        return raw

    def _session(self) -> tuple[float, bool]:
        if self.session is None:
            return 60, True
        file, value = self.session
        minutes = value.get("session_expiration_time", 60)
        carry = value.get("carry_over_slots_to_new_session", True)
        if isinstance(minutes, bool) or not isinstance(minutes, int | float) or minutes < 0:
            place = file.place("session_config", "session_expiration_time")
            self.problems.add(place, "session_expiration_time", "write minutes, 0 for never")
            minutes = 60
        if not isinstance(carry, bool):
            place = file.place("session_config", "carry_over_slots_to_new_session")
            self.problems.add(place, "carry_over_slots_to_new_session", "write true or false")
            carry = True
        return minutes, carry

    def _entities(self) -> dict[str, tuple[set[str], bool]]:
        """Each entity's labels, those of roles and groups included, and whether rules see it."""
        found: dict[str, tuple[set[str], bool]] = {}
        for name, spec in self.lists["entities"].items():
            labels = {name}
            for key, value in spec.items():
                if key in ("roles", "groups") and isinstance(value, list):
                    labels |= {f"{name}#{label}" for label in value}
                elif key != "influence_conversation":
                    self.problems.add(
                        self.place("entities", name),
                        f"key '{key}' of entity '{name}'",
                        "use roles, groups or influence_conversation",
                    )
            found[name] = (labels, spec.get("influence_conversation") is not False)
        return found

    def _intents(self, entities: dict[str, tuple[set[str], bool]]) -> dict[str, frozenset[str]]:
        by_default = _seen_by_default(entities)
        found = dict.fromkeys(DEFAULT_INTENTS, by_default)
        for name, spec in self.lists["intents"].items():
            if "/" in name:
                self.problems.add(
                    self.place("intents", name), f"intent '{name}'", "use an intent of its own"
                )
            visible = by_default
            for key in spec:
                if key not in ("use_entities", "ignore_entities"):
                    self.problems.add(
                        self.place("intents", name),
                        f"key '{key}' of intent '{name}'",
                        "use use_entities or ignore_entities; for triggers write a rule",
                    )
            if "use_entities" in spec and spec["use_entities"] is not True:
                visible = _labels(spec["use_entities"] or [], entities)
            if spec.get("ignore_entities"):
                visible = visible - _labels(spec["ignore_entities"], entities)
            found[name] = visible
        return found

    def _actions(self) -> list[str]:
        for name, spec in self.lists["actions"].items():
            place = self.place("actions", name)
            if set(spec) - {"send_domain"}:
                self.problems.add(place, f"action '{name}'", "the only option is send_domain")
            if name in REFUSED_ACTIONS or (name in DEFAULT_ACTIONS and name not in _OVERRIDABLE):
                self.problems.add(
                    place, f"action '{name}'", "use a name of your own; this one is Rasa's"
                )
        return list(self.lists["actions"])

    def _slots(self, intents: set[str], entities: set[str]) -> dict[str, Slot]:
        found: dict[str, Slot] = {}
        for name, spec in self.maps["slots"].items():
            if name in DEFAULT_SLOTS:
                self.problems.add(
                    self.place("slots", name), f"slot '{name}'", "remove it; it always exists"
                )
                continue
            if not isinstance(spec, Mapping):
                self.problems.add(
                    self.place("slots", name), f"slot '{name}'", "write `type:` and `mappings:`"
                )
                continue
            slot = _SlotReader(self, name, spec, intents, entities).read()
            if slot is not None:
                found[name] = slot
        return found

    def _forms(self, slots: Mapping[str, Slot]) -> dict[str, Form]:
        found: dict[str, Form] = {}
        for name, spec in self.maps["forms"].items():
            place = self.place("forms", name)
            if not isinstance(spec, Mapping):
                self.problems.add(place, f"form '{name}'", "write `required_slots: [...]` under it")
                continue
            for key in spec:
                if key not in ("required_slots", "ignored_intents"):
                    self.problems.add(
                        self.place("forms", name, str(key)),
                        f"key '{key}' in form '{name}'",
                        "use required_slots or ignored_intents",
                    )
            if "ignored_intents" in spec and "required_slots" not in spec:
                self.problems.add(place, f"form '{name}'", "ignored_intents needs required_slots")
            required = spec.get("required_slots") or []
            if not isinstance(required, list):
                self.problems.add(place, f"form '{name}'", "write required_slots as a list")
                required = []
            for index, slot in enumerate(required):
                if slot not in self.maps["slots"]:
                    self.problems.add(
                        self.place("forms", name, "required_slots", index),
                        f"slot '{slot}' in form '{name}'",
                        "list it under `slots:`, or correct the name",
                    )
            known = [slot for slot in required if slot in slots]
            ignored = spec.get("ignored_intents") or []
            names = ignored if isinstance(ignored, list) else [ignored]
            found[name] = Form(name, tuple(known), frozenset(names), _unique(known, slots))
        return found

    def _check_conditions(self, slots: Mapping[str, Slot], forms: Mapping[str, Form]) -> None:
        for slot in slots.values():
            for index, mapping in enumerate(slot.mappings):
                for condition in mapping.conditions:
                    place = self.place("slots", slot.name, "mappings", index, "conditions")
                    loop = condition.active_loop
                    if loop is None:
                        continue
                    if loop not in forms:
                        self.problems.add(
                            place,
                            f"form '{loop}' in a mapping of slot '{slot.name}'",
                            "list it under `forms:`, or correct the name",
                        )
                    elif forms[loop].required_slots and slot.name not in forms[loop].required_slots:
                        self.problems.add(
                            place,
                            f"slot '{slot.name}' is not required by form '{loop}'",
                            "add it to required_slots, or leave that list empty and name the "
                            "slots in the form's validation action",
                        )

    def _responses(self, slots: Mapping[str, Slot]) -> dict[str, tuple[Variation, ...]]:
        found: dict[str, tuple[Variation, ...]] = {}
        for name, spec in self.maps["responses"].items():
            place = self.place("responses", name)
            if "/" in name:
                self.problems.add(place, f"response '{name}'", "retrieval responses are not run")
            if not name.startswith(UTTER):
                self.problems.add(place, f"response '{name}'", f"begin its name with {UTTER}")
            if not isinstance(spec, list):
                self.problems.add(place, f"response '{name}'", "write a list: `- text: ...`")
                continue
            variations: list[Variation] = []
            for index, content in enumerate(spec):
                reader = _ResponseReader(self, name, index, slots)
                if reader.check(content):
                    variations.append(Variation.of(content))
            found[name] = tuple(variations)
        return found


class _SlotReader:
    """Reads one slot."""

    def __init__(
        self,
        reader: DomainReader,
        name: str,
        spec: Mapping[Any, Any],
        intents: set[str],
        entities: set[str],
    ) -> None:
        self.reader = reader
        self.name = name
        self.spec = spec
        self.intents = intents
        self.entities = entities

    def fault(self, path: tuple[str | int, ...], feature: str, advice: str) -> None:
        self.reader.problems.add(self.reader.place("slots", self.name, *path), feature, advice)

    def read(self) -> Slot | None:
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
                self.fault(
                    path,
                    f"intent '{intent}' in a mapping of slot '{self.name}'",
                    "list it under `intents:`, or correct the name",
                )
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


class _ResponseReader:
    """Checks one variation of a response."""

    def __init__(
        self, reader: DomainReader, name: str, index: int, slots: Mapping[str, Slot]
    ) -> None:
        self.reader = reader
        self.name = name
        self.index = index
        self.slots = slots
        self.sound = True

    def fault(self, path: tuple[str | int, ...], feature: str, advice: str) -> None:
        self.sound = False
        place = self.reader.place("responses", self.name, self.index, *path)
        self.reader.problems.add(place, f"{feature} in response '{self.name}'", advice)

    def check(self, content: Json) -> bool:
        if not isinstance(content, Mapping):
            self.fault((), "variation", "write `- text: ...`")
            return False
        for key in content:
            if key not in _RESPONSE_KEYS:
                self.fault((str(key),), f"key '{key}'", f"use {', '.join(sorted(_RESPONSE_KEYS))}")
        text = content.get("text")
        if text is None and not content.get("custom"):
            self.fault((), "nothing to say", "write `text:` or `custom:`")
        checks: dict[str, Callable[[Any], bool]] = {
            "text": lambda value: isinstance(value, str),
            "image": lambda value: isinstance(value, str),
            "channel": lambda value: isinstance(value, str),
            "custom": lambda value: isinstance(value, Mapping),
        }
        for key, fits in checks.items():
            if content.get(key) is not None and not fits(content[key]):
                self.fault((key,), f"'{key}'", "quote it, so that it is a text")
        if isinstance(text, str):
            self._check_braces(text)
        self._check_buttons(content.get("buttons"))
        self._check_condition(content.get("condition"))
        return self.sound

    def _check_braces(self, text: str) -> None:
        bare = text.replace("{{", "").replace("}}", "")
        depth = 0
        for character in bare:
            depth += {"{": 1, "}": -1}.get(character, 0)
            if depth not in (0, 1):
                break
        if depth != 0:
            self.fault(("text",), "a lone brace", "write {{ and }} for braces, {slot} for a slot")

    def _check_buttons(self, found: Json) -> None:
        if found is None:
            return
        if not isinstance(found, list):
            self.fault(("buttons",), "buttons", "write a list of title and payload")
            return
        for index, button in enumerate(found):
            if not isinstance(button, Mapping) or not all(
                isinstance(button.get(key), str) for key in ("title", "payload")
            ):
                self.fault(("buttons", index), "button", "write `title:` and `payload:` as texts")

    def _check_condition(self, found: Json) -> None:
        if found is None:
            return
        if not isinstance(found, list):
            self.fault(("condition",), "condition", "write a list of type, name and value")
            return
        for index, item in enumerate(found):
            here = ("condition", index)
            if (
                not isinstance(item, Mapping)
                or set(item) - {"type", "name", "value"}
                or item.get("type") != "slot"
                or "value" not in item
            ):
                self.fault(here, "condition", "write `type: slot`, `name:` and `value:`")
            elif item.get("name") not in self.slots:
                self.fault(
                    here, f"condition on slot '{item.get('name')}'", "list it under `slots:`"
                )


def _as_list(value: Json) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _seen_by_default(entities: Mapping[str, tuple[set[str], bool]]) -> frozenset[str]:
    return frozenset(label for labels, seen in entities.values() if seen for label in labels)


def _labels(names: Json, entities: Mapping[str, tuple[set[str], bool]]) -> frozenset[str]:
    return frozenset(
        label
        for name in _as_list(names)
        for label in (entities[name][0] if name in entities else {str(name)})
    )


def _unique(required: list[str], slots: Mapping[str, Slot]) -> frozenset[str]:
    """The entity mappings that only one slot of a form has, by Rasa's way of counting."""
    once: set[str] = set()
    several: set[str] = set()
    for name in required:
        for mapping in slots[name].mappings:
            if mapping.type != "from_entity":
                continue
            if mapping.identity in once:
                once.discard(mapping.identity)
                several.add(mapping.identity)
            elif mapping.identity not in several:
                once.add(mapping.identity)
    return frozenset(once)
