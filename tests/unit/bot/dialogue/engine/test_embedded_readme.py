"""The README of the embedded engine says what is true."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import bot.dialogue.engine.embedded
from bot.dialogue.engine.embedded.problems import ProjectInvalid
from bot.dialogue.engine.embedded.project import load_project
from solvefirst.project import ROOT

README = (Path(bot.dialogue.engine.embedded.__file__).parent / "README.md").read_text(
    encoding="utf-8"
)
CONFIG = "pipeline: [{name: a.B}]\npolicies: [{name: RulePolicy}]\n"
DOMAIN = "intents: [greet]\nresponses:\n  utter_a: [{text: a}]\n"
RULES = "rules:\n- rule: r\n  steps: [{intent: greet}, {action: utter_a}]\n"
REFUSED = [
    (CONFIG, DOMAIN, RULES + "stories:\n- story: s\n"),
    (CONFIG.replace("RulePolicy", "TEDPolicy"), DOMAIN, RULES),
    (CONFIG.replace("a.B", "DIETClassifier"), DOMAIN, RULES),
    (CONFIG, DOMAIN + "  utter_faq/hours: [{text: a}]\n", RULES),
    (CONFIG, DOMAIN + "actions: [action_two_stage_fallback]\n", RULES),
    (CONFIG, DOMAIN + "actions: [action_query_knowledge_base]\n", RULES),
    (CONFIG, DOMAIN, RULES.replace("{intent: greet}", "{checkpoint: c}")),
    (CONFIG, DOMAIN, RULES),  # with an NLG server, see below
    (CONFIG, DOMAIN, RULES.replace("intent: greet", "intent: greeet")),
]


def test_the_example_of_the_readme_runs_as_it_stands(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines == ["['What would you like?']", "['One tea, please!']"]
    assert all(f"`{line}`" in README for line in lines)


def _rows() -> list[str]:
    table = README.split("## What is refused")[1]
    return [row.split("|")[2].split("`")[1].split("…")[0].strip() for row in table.splitlines()
            if row.startswith("| ") and "the problem begins" not in row]  # fmt: skip


@pytest.mark.parametrize(("number", "project"), list(enumerate(REFUSED)))
def test_each_refusal_is_worded_as_the_readme_says(
    tmp_path: Path, number: int, project: tuple[str, str, str]
) -> None:
    rows = _rows()
    assert len(rows) == len(REFUSED)
    for name, content in zip(("config.yml", "domain.yml", "data/r.yml"), project, strict=True):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    if rows[number].startswith("NLG"):
        (tmp_path / "endpoints.yml").write_text("nlg: {url: http://localhost}\n")

    with pytest.raises(ProjectInvalid) as refused:
        load_project(tmp_path)

    said = [f"{problem.feature}: {problem.advice}" for problem in refused.value.problems]
    assert any(words.startswith(rows[number]) for words in said), said
