"""Read rules from the files, check them, and convert them to the events that they describe."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from bot.dialogue.engine.embedded.conversation.events import (
    Event,
    action_event,
    loop_event,
    slot_event,
)
from bot.dialogue.engine.embedded.domain.domain import Domain
from bot.dialogue.engine.embedded.domain.slots import Slot
from bot.dialogue.engine.embedded.names import (
    ACTION_LISTEN,
    REFUSED_ACTIONS,
    REQUESTED_SLOT,
    SHOULD_NOT_BE_SET,
    SNIPPET,
)
from bot.dialogue.engine.embedded.problems import FileLine, Problems
from bot.dialogue.engine.embedded.values import Json
from bot.dialogue.engine.embedded.yamlfile import YamlFile

_RULE_KEYS = {"rule", "steps", "condition", "conversation_start", "wait_for_user_input", "metadata"}
_STEP_KINDS = ("intent", "action", "active_loop", "slot_was_set", "or")
_REFUSED_STEPS = {
    "user": "name the intent: `- intent: ...`; training sentences belong into the NLU data",
    "bot": "name a response: `- action: utter_...`",
    "checkpoint": "write the steps out; rules here have no checkpoints",
}


@dataclass(frozen=True, slots=True)
class DialogueRule:
    """One rule as events; `...` stands for any earlier events. An `or` gives several rules."""

    name: str
    place: FileLine
    events: tuple[Event, ...]


_FILE_KEYS = frozenset({"version", "nlu", "rules", "stories"})


def read_rules(file: YamlFile, domain: Domain, problems: Problems) -> list[DialogueRule]:
    """Read all rules of one file; add faults to `problems`."""
    content = file.content if isinstance(file.content, Mapping) else {}
    if content.get("stories"):
        problems.add(
            file.place("stories"),
            "stories",
            "write rules; this runtime has no machine-learned policy that could read stories",
        )
    for key in content:
        if key not in _FILE_KEYS:
            problems.add(
                file.place(str(key)),
                f"key '{key}' beside rules",
                f"use {', '.join(sorted(_FILE_KEYS))}; what belongs to a rule is written under it",
            )
    found = content.get("rules")
    if found is None:
        return []
    if not isinstance(found, list):
        problems.add(file.place("rules"), "rules", "write a list: `- rule: name`")
        return []
    rules: list[DialogueRule] = []
    for index, entry in enumerate(found):
        reader = _RuleReader(file, domain, problems, index)
        rules.extend(reader.read(entry))
    return rules


class _RuleReader:
    """Reads one entry of `rules:`."""

    def __init__(self, file: YamlFile, domain: Domain, problems: Problems, index: int) -> None:
        self.file = file
        self.domain = domain
        self.problems = problems
        self.index = index
        self.broken = False

    def fault(self, path: Sequence[str | int], feature: str, advice: str) -> None:
        self.broken = True
        self.problems.add(self.file.place("rules", self.index, *path), feature, advice)

    def read(self, entry: Json) -> Iterator[DialogueRule]:
        if not isinstance(entry, Mapping):
            self.fault((), "rule", "write a mapping with `rule:` and `steps:`; check the indent")
            return
        name = entry.get("rule")
        if not isinstance(name, str) or not name:
            self.fault((), "rule without a name", "write `- rule: what it is about`")
            return
        for key in entry:
            if key not in _RULE_KEYS:
                self.fault((str(key),), f"key '{key}' in a rule", f"use {_listed(_RULE_KEYS)}")
        for key in ("conversation_start", "wait_for_user_input"):
            if key in entry and not isinstance(entry[key], bool):
                self.fault((key,), key, "write true or false")
        steps = entry.get("steps")
        if not isinstance(steps, list) or not steps:
            self.fault(
                (), f"rule '{name}' without steps", "write `steps:` with at least one action"
            )
            return
        yield from self._rules(name, entry, steps)

    def _rules(
        self, name: str, entry: Mapping[Any, Any], steps: list[Any]
    ) -> Iterator[DialogueRule]:
        """Yield the rules of a well-formed entry: one for each choice of its `or`s."""
        before = [
            event
            for index, step in enumerate(self._list(entry, "condition"))
            for event in self._condition(step, ("condition", index))
        ]
        if not entry.get("conversation_start"):
            before.append(action_event(SNIPPET))
        choices: list[list[list[Event]]] = [[before]]
        choices += [self._step(step, ("steps", index)) for index, step in enumerate(steps)]
        if entry.get("wait_for_user_input") is False:
            choices.append([[action_event(SNIPPET)]])
        if self.broken:
            return
        place = self.file.place("rules", self.index)
        for parts in product(*choices):
            events = [event for part in parts for event in part]
            yield DialogueRule(name, place, tuple(self._explicit(events)))

    def _list(self, entry: Mapping[Any, Any], key: str) -> list[Any]:
        found = entry.get(key)
        if found is None:
            return []
        if not isinstance(found, list):
            self.fault((key,), key, "write a list, each item with `- `")
            return []
        return found

    def _condition(self, step: Json, path: tuple[str | int, ...]) -> list[Event]:
        if isinstance(step, Mapping) and set(step) <= {"active_loop", "slot_was_set"}:
            alternatives = self._step(step, path)
            return alternatives[0] if alternatives else []
        self.fault(path, "rule condition", "use `active_loop:` or `slot_was_set:` here")
        return []

    def _step(self, step: Json, path: tuple[str | int, ...]) -> list[list[Event]]:
        if not isinstance(step, Mapping):
            self.fault(path, f"step '{step}'", f"write one of {_listed(_STEP_KINDS)} with a value")
            return []
        for refused, advice in _REFUSED_STEPS.items():
            if refused in step:
                self.fault(path, f"step '{refused}'", advice)
                return []
        kind = next((kind for kind in _STEP_KINDS if kind in step), None)
        allowed = {"intent", "entities"} if kind == "intent" else {kind}
        extra = [key for key in step if key not in allowed]
        if kind is None or extra:
            named = extra[0] if extra else "nothing"
            self.fault(path, f"step with key '{named}'", f"use one of {_listed(_STEP_KINDS)}")
            return []
        if kind == "intent":
            return [self._intent(step, path)]
        if kind == "action":
            return [self._action(step["action"], path)]
        if kind == "active_loop":
            return [self._loop(step["active_loop"], path)]
        if kind == "slot_was_set":
            return [[event for event, _ in self._slots(step["slot_was_set"], path)]]
        return self._or(step["or"], path)

    def _intent(self, step: Mapping[Any, Any], path: tuple[str | int, ...]) -> list[Event]:
        name = step["intent"]
        if not isinstance(name, str) or name.lstrip("/") not in self.domain.intents:
            advice = "list it under `intents:` in the domain, or correct the name"
            if isinstance(name, str) and "/" in name.lstrip("/"):
                advice = "retrieval intents are not run here; use an intent of its own"
            self.fault((*path, "intent"), f"intent '{name}'", advice)
            return []
        name = name.lstrip("/")
        entities = [
            entity
            for index, item in enumerate(self._list(step, "entities"))
            for entity in self._entity(item, (*path, "entities", index))
        ]
        unseen = self._unseen(name, entities)
        if unseen:
            self.fault(
                (*path, "entities"),
                f"entity '{', '.join(unseen)}' with intent '{name}'",
                "the domain hides it from rules for this intent, so Rasa would never use the rule: "
                "drop it here, or from ignore_entities, or add it to use_entities",
            )
        parse = {"intent": {"name": name, "confidence": 1.0}, "entities": entities, "text": None}
        heard: Event = {"event": "user", "timestamp": 0.0, "parse_data": parse}
        return [heard, *self._slots_of_entities(entities)]

    def _entity(self, item: Json, path: tuple[str | int, ...]) -> list[dict[str, Any]]:
        if isinstance(item, str):
            found: dict[str, Any] = {"entity": item, "value": ""}
        elif isinstance(item, Mapping):
            found = {}
            for key, value in item.items():
                if key in ("role", "group"):
                    found[key] = value
                else:
                    found |= {"entity": key, "value": value}
            found = {key: value for key, value in found.items() if value is not None}
        else:
            found = {}
        if found.get("entity") not in self.domain.entities:
            named = found.get("entity", item)
            self.fault(path, f"entity '{named}'", "list it under `entities:` in the domain")
            return []
        return [found]

    def _unseen(self, intent: str, entities: list[dict[str, Any]]) -> list[str]:
        """Return entities that rules are trained with but that this intent hides at run time.

        Rasa ignores `use_entities` and `ignore_entities` during training.
        """
        names = {entity["entity"] for entity in entities} & self.domain.labels
        return sorted(names - self.domain.intents[intent])

    def _slots_of_entities(self, entities: list[dict[str, Any]]) -> list[Event]:
        """Return events for slots that mappings without a form fill; Rasa adds them to a rule."""
        found: list[Event] = []
        for slot in self.domain.mapped_slots:
            values: list[Any] = []
            for mapping in slot.mappings:
                first = mapping.conditions[0].active_loop if mapping.conditions else None
                if mapping.type != "from_entity" or first is not None:
                    continue
                values.extend(
                    entity.get("value")
                    for entity in entities
                    if entity.get("entity") == mapping.entity
                    and entity.get("role") == mapping.role
                    and entity.get("group") == mapping.group
                )
            if values:
                found.append(slot_event(slot.name, values if slot.type == "list" else values[-1]))
        return found

    def _action(self, name: Json, path: tuple[str | int, ...]) -> list[Event]:
        if isinstance(name, str) and name in REFUSED_ACTIONS and name not in self.domain.actions:
            self.fault(
                (*path, "action"),
                f"action '{name}'",
                REFUSED_ACTIONS[name],
            )
        elif not isinstance(name, str) or name not in self.domain.action_names:
            self.fault(
                (*path, "action"),
                f"action '{name}'",
                "list it under `actions:`, `forms:` or `responses:` in the domain",
            )
        else:
            return [action_event(name)]
        return []

    def _loop(self, name: Json, path: tuple[str | int, ...]) -> list[Event]:
        if name is None:
            return [loop_event(SHOULD_NOT_BE_SET)]
        if name not in self.domain.forms:
            self.fault(
                (*path, "active_loop"), f"form '{name}'", "list it under `forms:` in the domain"
            )
            return []
        return [loop_event(name)]

    def _slots(
        self,
        items: Json,
        path: tuple[str | int, ...],
    ) -> list[tuple[Event, str]]:
        if not isinstance(items, list):
            self.fault((*path, "slot_was_set"), "slot_was_set", "write a list: `- name: value`")
            return []
        found: list[tuple[Event, str]] = []
        for index, item in enumerate(items):
            here = (*path, "slot_was_set", index)
            if isinstance(item, str):
                pairs: list[tuple[Any, Any]] = [(item, self._named_only(item, here))]
            elif isinstance(item, Mapping):
                pairs = list(item.items())
            else:
                self.fault(here, "slot_was_set", "write `- name: value`")
                continue
            for name, value in pairs:
                if name not in self.domain.slots:
                    self.fault(here, f"slot '{name}'", "list it under `slots:` in the domain")
                    continue
                self._check_seen(self.domain.slots[name], value, here)
                wanted = SHOULD_NOT_BE_SET if value is None else value
                found.append((slot_event(name, wanted), name))
        return found

    def _check_seen(self, slot: Slot, value: Json, path: tuple[str | int, ...]) -> None:
        if slot.type == "list" and value is None:
            self.fault(
                path,
                f"null for list slot '{slot.name}'",
                "Rasa takes it for a filled list; let an action set a bool slot and ask for that",
            )
        if slot.name != REQUESTED_SLOT and not slot.influence:
            self.fault(
                path,
                f"slot '{slot.name}' in a rule",
                "rules cannot see it (type any, or influence_conversation: false): "
                "drop the line or let the slot influence the conversation",
            )

    def _named_only(self, name: str, path: tuple[str | int, ...]) -> Json:
        slot = self.domain.slots.get(name)
        if slot is None or slot.type == "text":
            return "filled"
        if slot.type == "list":
            return ["filled"]
        self.fault(path, f"slot '{name}' without a value", f"write `- {name}: value`")
        return None

    def _or(self, items: Json, path: tuple[str | int, ...]) -> list[list[Event]]:
        if not isinstance(items, list) or not items:
            self.fault((*path, "or"), "or", "write a list of intents: `- intent: ...`")
            return []
        found: list[list[Event]] = []
        for index, item in enumerate(items):
            here = (*path, "or", index)
            if isinstance(item, Mapping) and set(item) <= {"intent", "entities"} and item:
                found.append(self._intent(item, here))
            elif isinstance(item, Mapping) and set(item) == {"slot_was_set"}:
                found.extend([event] for event, _ in self._slots(item["slot_was_set"], here))
            else:
                self.fault(here, "or", "use `- intent: ...` or `- slot_was_set: ...` in an or")
        return found

    @staticmethod
    def _explicit(events: Sequence[Event]) -> Iterator[Event]:
        """Yield the events with the `action_listen` that a rule omits."""
        listening = False
        for event in events:
            if event["event"] == "user" and not listening:
                yield action_event(ACTION_LISTEN)
            yield event
            listening = event["event"] == "action" and event["name"] == ACTION_LISTEN
        if not listening:
            yield action_event(ACTION_LISTEN)


def _listed(names: set[str] | Sequence[str]) -> str:
    return ", ".join(sorted(names))
