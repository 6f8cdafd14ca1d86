"""Build the domain from its pieces and check it as a whole; each fault has its line."""

from collections.abc import Mapping
from typing import Any

from bot.dialogue.engine.embedded.domain.domain import Domain, Form, default_slots
from bot.dialogue.engine.embedded.domain.pieces import LISTS, MAPS, DomainPieces
from bot.dialogue.engine.embedded.domain.responsefile import ResponseReader
from bot.dialogue.engine.embedded.domain.responses import Variation
from bot.dialogue.engine.embedded.domain.slotfile import SlotReader
from bot.dialogue.engine.embedded.domain.slots import Slot
from bot.dialogue.engine.embedded.names import (
    DEFAULT_ACTIONS,
    DEFAULT_INTENTS,
    REFUSED_ACTIONS,
    SESSION_METADATA,
    UTTER,
)
from bot.dialogue.engine.embedded.values import Json

_OVERRIDABLE = {"action_session_start", "action_default_fallback", "action_restart", "action_back"}


class DomainBuilder:
    """Builds a domain from the content of its files; adds faults to the problems of `pieces`."""

    def __init__(self, pieces: DomainPieces) -> None:
        self.pieces = pieces

    def build(self) -> Domain:
        """Build the domain of all pieces; with faults it may be incomplete."""
        entities = self._entities()
        intents = self._intents(entities)
        actions = self._actions()
        slots = self._slots(set(intents), set(self.pieces.lists["entities"]))
        forms = self._forms(slots)
        added = default_slots(with_forms=bool(forms))
        slots |= {name: slot for name, slot in added.items() if name not in slots}
        self._check_conditions(slots, forms)
        responses = self._responses(slots)
        for name in actions:
            if name.startswith(UTTER) and name not in responses:
                self.pieces.problems.add(
                    self.pieces.place("actions", name),
                    f"action '{name}'",
                    "write the response under `responses:`",
                )
            if name in forms:
                self.pieces.problems.add(
                    self.pieces.place("actions", name),
                    f"action '{name}'",
                    "a form already has this name",
                )
        minutes, carry = self._session()
        return Domain(
            intents=intents,
            entities=frozenset(self.pieces.lists["entities"]),
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
        raw: dict[str, Any] = {"version": self.pieces.version or "3.1"}
        for kind in LISTS:
            raw[kind] = [
                {name: dict(spec)} if spec else name
                for name, spec in self.pieces.lists[kind].items()
            ]
        for kind in MAPS:
            raw[kind] = self.pieces.maps[kind]
        raw["session_config"] = {
            "session_expiration_time": minutes,
            "carry_over_slots_to_new_session": carry,
        }
        return raw

    def _session(self) -> tuple[float, bool]:
        if self.pieces.session is None:
            return 60, True
        file, value = self.pieces.session
        minutes = value.get("session_expiration_time", 60)
        carry = value.get("carry_over_slots_to_new_session", True)
        if isinstance(minutes, bool) or not isinstance(minutes, int | float) or minutes < 0:
            place = file.place("session_config", "session_expiration_time")
            self.pieces.problems.add(place, "session_expiration_time", "write minutes, 0 for never")
            minutes = 60
        if not isinstance(carry, bool):
            place = file.place("session_config", "carry_over_slots_to_new_session")
            self.pieces.problems.add(
                place, "carry_over_slots_to_new_session", "write true or false"
            )
            carry = True
        return minutes, carry

    def _entities(self) -> dict[str, tuple[set[str], bool]]:
        """Return each entity's labels, with those of roles and groups, and whether rules see it."""
        found: dict[str, tuple[set[str], bool]] = {}
        for name, spec in self.pieces.lists["entities"].items():
            labels = {name}
            for key, value in spec.items():
                if key in ("roles", "groups") and isinstance(value, list):
                    labels |= {f"{name}#{label}" for label in value}
                elif key != "influence_conversation":
                    self.pieces.problems.add(
                        self.pieces.place("entities", name),
                        f"key '{key}' of entity '{name}'",
                        "use roles, groups or influence_conversation",
                    )
            found[name] = (labels, spec.get("influence_conversation") is not False)
        return found

    def _intents(self, entities: dict[str, tuple[set[str], bool]]) -> dict[str, frozenset[str]]:
        by_default = _seen_by_default(entities)
        found = dict.fromkeys(DEFAULT_INTENTS, by_default)
        for name, spec in self.pieces.lists["intents"].items():
            if "/" in name:
                self.pieces.problems.add(
                    self.pieces.place("intents", name),
                    f"intent '{name}'",
                    "use an intent of its own",
                )
            visible = by_default
            for key in spec:
                if key not in ("use_entities", "ignore_entities"):
                    self.pieces.problems.add(
                        self.pieces.place("intents", name),
                        f"key '{key}' of intent '{name}'",
                        "use use_entities or ignore_entities; for triggers write a rule",
                    )
            if "use_entities" in spec and spec["use_entities"] is not True:
                visible = _labels(spec["use_entities"] or [], entities)
            # As in Rasa, an entity without influence is ignored even where it is used by name,
            # unless the intent itself lists what it ignores.
            unheard = [name for name, (_, influences) in entities.items() if not influences]
            visible = visible - _labels(spec.get("ignore_entities", unheard) or [], entities)
            found[name] = visible
        return found

    def _actions(self) -> list[str]:
        for name, spec in self.pieces.lists["actions"].items():
            place = self.pieces.place("actions", name)
            if set(spec) - {"send_domain"}:
                self.pieces.problems.add(
                    place, f"action '{name}'", "the only option is send_domain"
                )
            if name in REFUSED_ACTIONS:
                self.pieces.problems.add(place, f"action '{name}'", REFUSED_ACTIONS[name])
            elif name in DEFAULT_ACTIONS and name not in _OVERRIDABLE:
                self.pieces.problems.add(
                    place, f"action '{name}'", "use a name of your own; this one is Rasa's"
                )
        return list(self.pieces.lists["actions"])

    def _slots(self, intents: set[str], entities: set[str]) -> dict[str, Slot]:
        found: dict[str, Slot] = {}
        for name, spec in self.pieces.maps["slots"].items():
            if name == SESSION_METADATA:
                self.pieces.problems.add(
                    self.pieces.place("slots", name),
                    f"slot '{name}'",
                    "remove it; it always exists",
                )
                continue
            if not isinstance(spec, Mapping):
                self.pieces.problems.add(
                    self.pieces.place("slots", name),
                    f"slot '{name}'",
                    "write `type:` and `mappings:`",
                )
                continue
            slot = SlotReader(self.pieces, name, spec, intents, entities).read()
            if slot is not None:
                found[name] = slot
        return found

    def _forms(self, slots: Mapping[str, Slot]) -> dict[str, Form]:
        found: dict[str, Form] = {}
        for name, spec in self.pieces.maps["forms"].items():
            place = self.pieces.place("forms", name)
            if not isinstance(spec, Mapping):
                self.pieces.problems.add(
                    place, f"form '{name}'", "write `required_slots: [...]` under it"
                )
                continue
            for key in spec:
                if key not in ("required_slots", "ignored_intents"):
                    self.pieces.problems.add(
                        self.pieces.place("forms", name, str(key)),
                        f"key '{key}' in form '{name}'",
                        "use required_slots or ignored_intents",
                    )
            if spec.get("required_slots") is None:
                self.pieces.problems.add(
                    place,
                    f"form '{name}' without slots",
                    "list what it asks for under `required_slots:`, or write `required_slots: []`"
                    f" and let an action `validate_{name}` say what to ask",
                )
            required = spec.get("required_slots") or []
            if not isinstance(required, list):
                self.pieces.problems.add(place, f"form '{name}'", "write required_slots as a list")
                required = []
            for index, slot in enumerate(required):
                if slot not in self.pieces.maps["slots"]:
                    self.pieces.problems.add(
                        self.pieces.place("forms", name, "required_slots", index),
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
                    place = self.pieces.place("slots", slot.name, "mappings", index, "conditions")
                    loop = condition.active_loop
                    if loop is None:
                        continue
                    if loop not in forms:
                        self.pieces.problems.add(
                            place,
                            f"form '{loop}' in a mapping of slot '{slot.name}'",
                            "list it under `forms:`, or correct the name",
                        )
                    elif forms[loop].required_slots and slot.name not in forms[loop].required_slots:
                        self.pieces.problems.add(
                            place,
                            f"slot '{slot.name}' is not required by form '{loop}'",
                            "add it to required_slots, or leave that list empty and name the "
                            "slots in the form's validation action",
                        )

    def _responses(self, slots: Mapping[str, Slot]) -> dict[str, tuple[Variation, ...]]:
        found: dict[str, tuple[Variation, ...]] = {}
        for name, spec in self.pieces.maps["responses"].items():
            place = self.pieces.place("responses", name)
            if "/" in name:
                self.pieces.problems.add(
                    place,
                    f"response '{name}'",
                    "retrieval responses are not run here; write an intent, a response and a "
                    "rule for each",
                )
            if not name.startswith(UTTER):
                self.pieces.problems.add(
                    place, f"response '{name}'", f"begin its name with {UTTER}"
                )
            if not isinstance(spec, list):
                self.pieces.problems.add(place, f"response '{name}'", "write a list: `- text: ...`")
                continue
            variations: list[Variation] = []
            for index, content in enumerate(spec):
                reader = ResponseReader(self.pieces, name, index, slots)
                if reader.check(content):
                    variations.append(Variation.of(content))
            found[name] = tuple(variations)
        return found


def _seen_by_default(entities: Mapping[str, tuple[set[str], bool]]) -> frozenset[str]:
    return frozenset(label for labels, seen in entities.values() if seen for label in labels)


def _labels(names: Json, entities: Mapping[str, tuple[set[str], bool]]) -> frozenset[str]:
    return frozenset(
        label
        for name in (names if isinstance(names, list) else [names])
        for label in (entities[name][0] if name in entities else {str(name)})
    )


def _unique(required: list[str], slots: Mapping[str, Slot]) -> frozenset[str]:
    """Return the entity mappings that only one slot of a form has, counted as in Rasa."""
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
