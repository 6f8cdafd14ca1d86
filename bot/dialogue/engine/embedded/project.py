"""Read a Rasa project from its folder: configuration, domain and rules; reject an invalid one."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.dialogue.engine.embedded.config import Config, read_config
from bot.dialogue.engine.embedded.domain.domain import Domain, ask_names
from bot.dialogue.engine.embedded.domain.domainfile import DomainBuilder
from bot.dialogue.engine.embedded.domain.pieces import DomainPieces, domain_files
from bot.dialogue.engine.embedded.domain.responses import placeholders
from bot.dialogue.engine.embedded.problems import FileLine, Problems, ProjectProblem
from bot.dialogue.engine.embedded.rules.policy import Policy
from bot.dialogue.engine.embedded.rules.rulecheck import check_rules
from bot.dialogue.engine.embedded.rules.rulefile import DialogueRule, read_rules
from bot.dialogue.engine.embedded.rules.rules import RuleBook, compile_rules
from bot.dialogue.engine.embedded.yamlfile import YamlFile, names_key, read_yaml, yaml_files

TRAINING_DATA = ("nlu/data", "data")
_DEFAULT_RESPONSES = ("utter_default", "utter_restart", "utter_back")


@dataclass(frozen=True, slots=True)
class Project:
    """The content of the project's files that the runtime needs.

    `places` maps a (kind, name) of the domain to its place; kinds are `slots` and `forms`.
    `warnings` are constructs that Rasa runs with a warning.
    """

    places: Mapping[tuple[str, str], FileLine]
    config: Config
    domain: Domain
    book: RuleBook
    policy: Policy
    warnings: tuple[ProjectProblem, ...]


def load_project(root: Path, *, known_actions: Collection[str] | None = None) -> Project:
    """Read the project under `root`. `known_actions`, if given, are the implemented actions.

    Raises:
        ProjectInvalid: with all faults, each with file, line and correction.
    """
    problems = Problems()
    config_file, domain_parts, ruling = _read(root, problems)
    _check_endpoints(root, problems)
    config = Config() if config_file is None else read_config(config_file, problems)
    pieces = DomainPieces(problems)
    for file in domain_parts:
        pieces.add(file)
    domain = DomainBuilder(pieces).build()
    rules: list[DialogueRule] = []
    for file in ruling:
        rules.extend(read_rules(file, domain, problems))
    if not rules and not problems.found:
        problems.add(
            FileLine(TRAINING_DATA[0], 1), "no rules", "write `rules:` in a file of this folder"
        )
    fallback = config.policy.fallback_action
    if fallback not in domain.action_names:
        problems.add(
            FileLine("config.yml", 1),
            f"core_fallback_action_name '{fallback}'",
            "list it under `actions:` in the domain",
        )
    if known_actions is not None:
        for name in sorted(domain.actions - set(known_actions) - set(domain.responses)):
            problems.add(
                pieces.place("actions", name),
                f"action '{name}'",
                "no action of this name is registered: write its class, or correct the name",
            )
    _check_places(domain, rules, pieces, problems)
    # The next checks are useful only for readable files.
    problems.raise_if_any()
    book = compile_rules(rules, domain)
    policy = Policy(book, domain, config.policy)
    check_rules(rules, policy, domain, problems)
    problems.raise_if_any()
    places = {
        (kind, name): pieces.place(kind, name)
        for kind, names in (("slots", domain.slots), ("forms", domain.forms))
        for name in names
    }
    return Project(places, config, domain, book, policy, tuple(problems.warned))


def rule_files(root: Path) -> list[Path]:
    """Return the files with rules (or stories, which are rejected) in the training data folders."""
    found: list[Path] = []
    for folder in TRAINING_DATA:
        directory = root / folder
        if directory.is_dir():
            found.extend(
                path
                for path in yaml_files(directory)
                if names_key(path, "rules", "stories") and not path.name.startswith("test_")
            )
    return found


def _read(root: Path, problems: Problems) -> tuple[YamlFile | None, list[YamlFile], list[YamlFile]]:
    """Read configuration, domain and rules.

    Raises:
        ProjectInvalid: one of them cannot be parsed. Its definitions would be missing
            everywhere, and many further faults would hide this one.
    """
    config = root / "config.yml"
    if not config.is_file():
        problems.add(FileLine("config.yml", 1), "config.yml", "the file is missing")
    domain = domain_files(root)
    if not domain:
        problems.add(FileLine("domain.yml", 1), "domain", "write domain.yml or files under domain/")
    groups = [[config] if config.is_file() else [], domain, rule_files(root)]
    read = [[read_yaml(path, root, problems) for path in paths] for paths in groups]
    if any(file is None for files in read for file in files):
        problems.raise_if_any()
    configs, parts, ruling = ([file for file in files if file is not None] for files in read)
    return (configs[0] if configs else None), parts, ruling


def _check_endpoints(root: Path, problems: Problems) -> None:
    """Check endpoints.yml. It is for a real server; only an NLG server would change replies."""
    path = root / "endpoints.yml"
    file = read_yaml(path, root, problems) if path.is_file() else None
    if file is not None and isinstance(file.content, Mapping) and file.content.get("nlg"):
        problems.add(
            file.place("nlg"),
            "NLG server",
            "remove it and write the words under `responses:` in the domain; an action can say "
            "what another service has worded",
        )


def _check_places(
    domain: Domain, rules: Iterable[DialogueRule], pieces: DomainPieces, problems: Problems
) -> None:
    """Check placeholders of responses of rules and forms: they are filled only from slots."""
    said = {event["name"] for rule in rules for event in rule.events if event["event"] == "action"}
    said.update(_DEFAULT_RESPONSES)
    for form in domain.forms.values():
        for slot in form.required_slots:
            said.update(ask_names(form.name, slot))
    for name in said & set(domain.responses):
        for index, variation in enumerate(domain.responses[name]):
            content = {
                key: variation.content[key]
                for key in ("text", "image", "custom")
                if key in variation.content
            }
            for place in sorted(placeholders(content) - set(domain.slots)):
                problems.add(
                    pieces.place("responses", name, index),
                    f"'{{{place}}}' in response '{name}'",
                    "name a slot of the domain, or say it from an action that gives the value",
                )
