"""A project that cannot be run: start, `make rasa` and doctor say where and what to write."""

import asyncio
import shutil
from pathlib import Path

import pytest

from bench.servers import Server, answers, free_port
from solvefirst.project import ROOT

pytestmark = pytest.mark.slow

FAULTS = {
    "a story file": (
        "nlu/data/stories.yml",
        lambda _: "stories:\n- story: s\n  steps: [{intent: greet}]\n",
        "nlu/data/stories.yml:1: stories: write rules",
    ),
    "a form without slots": (
        "domain/forms.yml",
        lambda text: text.replace("    required_slots: []", "    {}"),
        "domain/forms.yml:5: form 'case_form' without slots: list what it asks for",
    ),
    "a rule that contradicts another": (
        "nlu/data/more.yml",
        lambda _: "rules:\n- rule: m\n  steps: [{intent: greet}, {action: action_lost}]\n",
        "'utter_greet' in rule 'greeting': contradicts 'm' (nlu/data/more.yml:2)",
    ),
    "a response with an unknown slot": (
        "domain/more.yml",
        lambda _: "responses:\n  utter_restart: [{text: 'Hello {nobody}'}]\n",
        "domain/more.yml:2: '{nobody}' in response 'utter_restart': name a slot",
    ),
    "a wrong indent": (
        "domain/session.yml",
        lambda text: text.replace("  carry_over", " carry_over"),
        "check the indent",
    ),
    "a feature that is not run": (
        "config.yml",
        lambda text: text.replace("- name: RulePolicy", "- name: TEDPolicy\n  - name: RulePolicy"),
        "policy 'TEDPolicy'",
    ),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project's files."""
    root = tmp_path / "project"
    shutil.copytree(ROOT / "domain", root / "domain")
    (root / "nlu" / "data").mkdir(parents=True)
    shutil.copy(ROOT / "nlu" / "data" / "rules.yml", root / "nlu" / "data")
    shutil.copy(ROOT / "config.yml", root)
    return root


async def said_by(project: Path, *words: str) -> tuple[int, str]:
    env = Server.environment(
        {
            "SOLVEFIRST_PROJECT": str(project),
            "SOLVEFIRST_VAR": str(project.parent / "var"),
            "SOLVEFIRST_DEMO": "1",
        }
    )
    process = await asyncio.create_subprocess_exec(
        *Server.command("-m", "solvefirst", *words),
        env=env, cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


@pytest.mark.parametrize("fault", FAULTS)
async def test_doctor_and_start_name_the_file_the_line_and_what_to_write(
    project: Path, fault: str
) -> None:
    name, change, words = FAULTS[fault]
    file = project / name
    before = file.read_text() if file.exists() else ""
    file.write_text(change(before))
    assert file.read_text() != before
    port = free_port()

    status, started = await said_by(project, "serve", "--port", str(port))
    assert status == 2
    assert "did not start" in started
    assert words in started
    assert name in started
    assert not await answers(port, "/health/live")

    status, looked = await said_by(project, "doctor")
    assert status == 1
    assert words in looked


async def test_rasa_is_not_trained_on_what_the_other_engine_would_refuse(
    project: Path, tmp_path: Path
) -> None:
    if not (ROOT / ".rasa" / "venv").exists():
        pytest.skip("no Rasa: `make rasa-env` makes its environment, 2.7 GB")
    (project / "nlu" / "data" / "stories.yml").write_text("stories:\n- story: s\n  steps: []\n")

    status, said = await said_by(project, "rasa", "--prepare")

    assert status == 2
    assert "nlu/data/stories.yml:1: stories" in said
