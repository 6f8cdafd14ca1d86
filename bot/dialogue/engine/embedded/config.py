"""Read config.yml: the understanding component, its fallback thresholds, the rules' fallback."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.dialogue.engine.embedded.problems import Problems
from bot.dialogue.engine.embedded.rules.policy import PolicySettings
from bot.dialogue.engine.embedded.values import Json
from bot.dialogue.engine.embedded.yamlfile import YamlFile

_TOP_KEYS = {"recipe", "language", "pipeline", "policies", "assistant_id", "version"}
_FALLBACK_NAMES = {
    "FallbackClassifier",
    "rasa.nlu.classifiers.fallback_classifier.FallbackClassifier",
}
_RULE_POLICY_NAMES = {"RulePolicy", "rasa.core.policies.rule_policy.RulePolicy"}
_POLICY_KEYS: dict[str, tuple[str, type | tuple[type, ...]]] = {
    "core_fallback_action_name": ("fallback_action", str),
    "core_fallback_threshold": ("fallback_threshold", (int, float)),
    "enable_fallback_prediction": ("fallback_enabled", bool),
    "restrict_rules": ("restrict_rules", bool),
    "check_for_contradictions": ("check_contradictions", bool),
}


@dataclass(frozen=True, slots=True)
class FallbackClassifier:
    """Fallback condition: confidence below `threshold`, or two intents closer than `ambiguity`."""

    threshold: float = 0.3
    ambiguity: float = 0.1


@dataclass(frozen=True, slots=True)
class Config:
    """Content of config.yml. `component` is the understanding's dotted name, `None` if absent."""

    component: str | None = None
    component_options: Mapping[str, Any] = field(default_factory=dict)
    fallback: FallbackClassifier | None = None
    policy: PolicySettings = field(default_factory=PolicySettings)


def read_config(file: YamlFile, problems: Problems) -> Config:
    """Read config.yml; add faults to `problems`."""
    content = file.content if isinstance(file.content, Mapping) else {}
    for key in content:
        if key not in _TOP_KEYS:
            problems.add(
                file.place(str(key)), f"key '{key}'", f"use {', '.join(sorted(_TOP_KEYS))}"
            )
    recipe = content.get("recipe", "default.v1")
    if recipe != "default.v1":
        problems.add(file.place("recipe"), f"recipe '{recipe}'", "write `recipe: default.v1`")
    component, options, fallback = _pipeline(file, content.get("pipeline"), problems)
    policy = _policies(file, content.get("policies"), problems)
    return Config(component, options, fallback, policy)


def _items(
    file: YamlFile,
    key: str,
    found: Json,
    problems: Problems,
) -> list[tuple[int, str, dict[str, Any]]]:
    if not isinstance(found, list):
        problems.add(file.place(key), key, "write a list: `- name: ...`")
        return []
    items: list[tuple[int, str, dict[str, Any]]] = []
    for index, item in enumerate(found):
        if isinstance(item, str):
            items.append((index, item, {}))
        elif isinstance(item, Mapping) and isinstance(item.get("name"), str):
            options = {str(name): value for name, value in item.items() if name != "name"}
            items.append((index, item["name"], options))
        else:
            problems.add(file.place(key, index), f"{key} entry", "write `- name: ...`")
    return items


def _pipeline(
    file: YamlFile,
    found: Json,
    problems: Problems,
) -> tuple[str | None, dict[str, Any], FallbackClassifier | None]:
    component: str | None = None
    options: dict[str, Any] = {}
    fallback: FallbackClassifier | None = None
    for index, name, given in _items(file, "pipeline", found, problems):
        place = file.place("pipeline", index)
        if name in _FALLBACK_NAMES:
            fallback = _fallback(file, index, given, problems)
        elif "." not in name or name.startswith("rasa."):
            problems.add(
                place,
                f"component '{name}'",
                "name one understanding of your own by its dotted path, then optionally "
                "FallbackClassifier; Rasa's components run only on the rasa engine",
            )
        elif component is not None:
            problems.add(
                place, f"second component '{name}'", f"keep one, '{component}' comes first"
            )
        else:
            component, options = name, given
            if fallback is not None:
                problems.add(place, "component order", "put FallbackClassifier last")
    if component is None and not problems.found:
        problems.add(
            file.place("pipeline"),
            "pipeline without a component",
            "name one, such as `- name: nlu.component.SolveFirstNLU`",
        )
    return component, options, fallback


def _fallback(
    file: YamlFile, index: int, given: dict[str, Any], problems: Problems
) -> FallbackClassifier:
    known = {"threshold": 0.3, "ambiguity_threshold": 0.1}
    for key, value in given.items():
        if key not in known:
            problems.add(
                file.place("pipeline", index, key),
                f"option '{key}' of FallbackClassifier",
                "use threshold and ambiguity_threshold",
            )
        elif isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            problems.add(file.place("pipeline", index, key), key, "write a number from 0 to 1")
        else:
            known[key] = float(value)
    return FallbackClassifier(known["threshold"], known["ambiguity_threshold"])


def _policies(file: YamlFile, found: Json, problems: Problems) -> PolicySettings:
    settings: dict[str, Any] = {}
    seen = False
    for index, name, given in _items(file, "policies", found, problems):
        place = file.place("policies", index)
        if name not in _RULE_POLICY_NAMES:
            problems.add(
                place, f"policy '{name}'", "remove it; dialogues are run by RulePolicy alone here"
            )
            continue
        seen = True
        for key, value in given.items():
            where = file.place("policies", index, key)
            if key == "priority":
                continue
            if key not in _POLICY_KEYS:
                problems.add(
                    where,
                    f"option '{key}' of RulePolicy",
                    f"use {', '.join(sorted(_POLICY_KEYS))}",
                )
                continue
            field_name, types = _POLICY_KEYS[key]
            if not isinstance(value, types) or (isinstance(value, bool) and types is not bool):
                problems.add(where, key, f"'{value}' is of the wrong kind")
                continue
            if isinstance(value, int | float) and types is not bool and not 0 <= value < 1:
                problems.add(where, key, "write a number from 0 up to, but not including, 1")
                continue
            settings[field_name] = value
    if found is not None and not seen and not problems.found:
        problems.add(
            file.place("policies"), "policies without RulePolicy", "write `- name: RulePolicy`"
        )
    return PolicySettings(**settings)
