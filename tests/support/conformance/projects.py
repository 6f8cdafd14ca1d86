"""Small Rasa projects and dialogues in them, drawn at random, written as files and as a script."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from conformance.domains import FORMS, INTENTS, Drawn, chance, draw_domain, one
from conformance.rules import draw_rules

Walk = list[dict[str, Any]]
"""Messages of one citizen: `{"user": text}`, or `{"wait": minutes}` between them."""


@dataclass(frozen=True, slots=True)
class Project:
    """The three files of a project."""

    config: dict[str, Any]
    domain: dict[str, Any]
    rules: list[dict[str, Any]]

    def write(self, root: Path) -> None:
        """Write a Rasa project, with one training sentence for each intent."""
        data = root / "nlu" / "data"
        data.mkdir(parents=True, exist_ok=True)
        sentences = [{"intent": name, "examples": f"- {name}@1.0\n"} for name in INTENTS]
        for path, content in (
            (root / "config.yml", self.config),
            (root / "domain.yml", self.domain),
            (data / "rules.yml", {"version": "3.1", "rules": self.rules}),
            (data / "nlu.yml", {"version": "3.1", "nlu": sentences}),
        ):
            path.write_text(dump(content), encoding="utf-8")

    def script(self, walk: Walk) -> str:
        """The project and a dialogue in it, to read and to run again."""
        files = {"config.yml": self.config, "domain.yml": self.domain, "rules.yml": self.rules}
        parts = [f"# {name}\n{dump(content)}" for name, content in files.items()]
        return "\n".join([*parts, f"# the dialogue\n{dump(walk)}"])


def dump(content: Any) -> str:
    """Give YAML in the order in which it was made."""
    return str(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100))


@st.composite
def projects(draw: Drawn) -> Project:
    """A project whose rules may contradict each other: then both engines must refuse it."""
    several = chance(draw, 0.2)
    policy: dict[str, Any] = {"name": "RulePolicy"}
    if several:
        policy["restrict_rules"] = False
    if chance(draw, 0.15):
        policy["enable_fallback_prediction"] = False
    if chance(draw, 0.15):
        policy["core_fallback_action_name"] = "action_b"
    if chance(draw, 0.15):
        policy["core_fallback_threshold"] = 0.5
    if chance(draw, 0.15):
        policy["check_for_contradictions"] = False
    pipeline: list[dict[str, Any]] = [{"name": "conformance.understanding.Spoken"}]
    if chance(draw, 0.7):
        unsure = {"threshold": 0.4, "ambiguity_threshold": one(draw, 0.1, 0.0)}
        pipeline.append({"name": "FallbackClassifier", **unsure})
    config = {
        "recipe": "default.v1",
        "language": "en",
        "assistant_id": "walk",
        "pipeline": pipeline,
        "policies": [policy],
    }
    return Project(config, draw_domain(draw), draw_rules(draw, several_intents=several))


def walks(project: Project) -> st.SearchStrategy[Walk]:
    """Dialogues in `project`."""
    starts = [
        step["intent"]
        for rule in project.rules
        for step, after in zip(rule["steps"], rule["steps"][1:], strict=False)
        if "intent" in step and after.get("action") in FORMS
    ]
    return st.lists(_steps(starts), min_size=3, max_size=14)


@st.composite
def _steps(draw: Drawn, starts: list[str]) -> dict[str, Any]:
    kind = draw(st.integers(0, 99))
    if kind >= 95:
        return {"wait": one(draw, 35, 61, 61)}
    if kind >= 92:
        return {"user": one(draw, "/back", "/restart", "/session_start")}
    if kind >= 90:
        return {
            "user": one(draw, "", "/", "/nosuch", "/i1 i2@0.9", "hello", '/i1{"e0": }', "/i2[1]")
        }
    number = f"#{draw(st.integers(0, 999))}"
    intent = one(draw, *INTENTS, *starts, *starts, "nlu_fallback", "out_of_scope")
    if chance(draw, 0.5):
        return {"user": " ".join([*_spoken(draw, intent), number])}
    return {"user": f"/{intent}{_payload(draw)} {number}"}


def _spoken(draw: Drawn, intent: str) -> list[str]:
    words = [f"{intent}@{one(draw, 1.0, 0.8, 0.5, 0.4, 0.3)}"]
    if chance(draw, 0.3):
        words.append(f"{one(draw, *INTENTS)}@{one(draw, 0.1, 0.3, 0.38, 0.45, 0.75)}")
    if chance(draw, 0.35):
        words.append(f"e0={one(draw, 'x', 'y', 'None')}")
    if chance(draw, 0.3):
        words.append(f"e1={one(draw, 'zh', 'en', 'EN', 'fr')}")
    if chance(draw, 0.3):
        role, group = one(draw, "", ":to", ":from"), one(draw, "", "/g0", "/g1")
        words.append(f"e2{role}{group}={one(draw, 'x', 'y')}")
    return words


def _payload(draw: Drawn) -> str:
    entities: dict[str, Any] = {}
    if chance(draw, 0.35):
        entities["e0"] = one(draw, "x", "y", None, ["p", "q"], 5, {"k": 1}, "")
    if chance(draw, 0.3):
        entities["e1"] = one(draw, "zh", "en", "fr")
    if chance(draw, 0.1):
        entities["nosuch"] = "n"
    sure = one(draw, "", "", "@0.9", "@7", "@.")
    return sure + (json.dumps(entities) if entities else "")
