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
        "in rule 'a message is judged and answered': contradicts 'm' (nlu/data/more.yml:2)",
    ),
    "a response with an unknown slot": (
        "domain/more.yml",
        lambda _: "responses:\n  utter_restart: [{text: 'Hello {nobody}'}]\n",
        "domain/more.yml:2: '{nobody}' in response 'utter_restart': name a slot",
    ),
    "a wrong indent": (
        "domain/session.yml",
        lambda text: text.replace("  carry_over", " carry_over"),
        "domain/session.yml:6: YAML syntax",
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


def put_in(project: Path, fault: str) -> str:
    """Put a fault into the project's files; the words that tell of it."""
    name, change, words = FAULTS[fault]
    file = project / name
    before = file.read_text() if file.exists() else ""
    file.write_text(change(before))
    assert file.read_text() != before
    return words


@pytest.mark.parametrize("fault", FAULTS)
async def test_start_names_the_file_the_line_and_what_to_write(project: Path, fault: str) -> None:
    words = put_in(project, fault)
    port = free_port()

    status, started = await said_by(project, "serve", "--port", str(port))
    assert status == 2
    assert "did not start" in started
    assert words in started
    assert not await answers(port, "/health/live")


async def test_the_doctor_names_all_that_can_be_read_at_once(project: Path) -> None:
    readable = ("a story file", "a form without slots", "a response with an unknown slot")
    words = [put_in(project, fault) for fault in (*readable, "a feature that is not run")]

    status, looked = await said_by(project, "doctor")

    assert status == 1
    assert [word for word in words if word not in looked] == []


@pytest.mark.rasa
async def test_rasa_is_not_trained_on_what_the_other_engine_would_refuse(
    project: Path, rasa_python: Path
) -> None:
    (project / "nlu" / "data" / "stories.yml").write_text("stories:\n- story: s\n  steps: []\n")

    status, said = await said_by(project, "rasa", "--prepare")

    assert status == 2
    assert "nlu/data/stories.yml:1: stories" in said
