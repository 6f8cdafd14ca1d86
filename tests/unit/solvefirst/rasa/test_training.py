"""Which model the project's files come to, and when Rasa trains at all."""

import shutil
from pathlib import Path

import pytest
from rich.console import Console

from bot.dialogue.engine.embedded.problems import ProjectInvalid
from solvefirst.project import ROOT
from solvefirst.rasa import training
from solvefirst.rasa.training import NotTrained, environment, model_of, train


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    shutil.copytree(ROOT / "domain", root / "domain")
    (root / "nlu" / "data").mkdir(parents=True)
    shutil.copy(ROOT / "nlu" / "data" / "rules.yml", root / "nlu" / "data")
    shutil.copy(ROOT / "config.yml", root)
    return root


def says(tmp_path: Path, script: str) -> Path:
    """A program in the place of Rasa's Python."""
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("file", ["config.yml", "domain/slots.yml", "nlu/data/rules.yml"])
def test_each_file_that_a_training_reads_changes_the_models_name(project: Path, file: str):
    before = model_of(project)
    assert model_of(project) == before
    (project / file).write_text((project / file).read_text() + "\n# changed\n")
    assert model_of(project) != before


def test_our_understanding_changes_the_name_where_the_pipeline_has_it(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    checkout, plain = tmp_path / "checkout", ROOT / "bench" / "rasa" / "config.diet.yml"
    shutil.copytree(ROOT / "nlu", checkout / "nlu", ignore=shutil.ignore_patterns("evaluation"))
    monkeypatch.setattr(training, "ROOT", checkout)
    before = model_of(project), model_of(project, plain)
    (checkout / "nlu" / "model" / "weights.npz").write_bytes(b"other")
    assert model_of(project) != before[0]
    assert model_of(project, plain) == before[1]


def test_the_name_is_the_same_wherever_the_project_lies(project: Path, tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(project, elsewhere)
    assert model_of(elsewhere) == model_of(project)


def test_what_is_trained_already_is_not_trained_again(project: Path, tmp_path: Path):
    home, quiet = tmp_path / "home", Console(quiet=True)
    count = tmp_path / "count"
    python = says(tmp_path, f'echo x >> {count}; touch "{model_of(project, home=home)}"')
    assert train(python, project, quiet, home=home) == model_of(project, home=home)
    assert train(python, project, quiet, home=home) == model_of(project, home=home)
    assert count.read_text() == "x\n"


def test_what_rasa_refuses_is_told_in_its_last_words(project: Path, tmp_path: Path):
    python = says(tmp_path, "echo Unknown policy >&2; exit 1")
    with pytest.raises(NotTrained, match="Unknown policy"):
        train(python, project, Console(quiet=True), home=tmp_path / "home")


def test_a_project_that_cannot_be_run_never_reaches_rasa(project: Path, tmp_path: Path):
    (project / "nlu" / "data" / "stories.yml").write_text("stories: [{story: s}]\n")
    with pytest.raises(ProjectInvalid, match="stories"):
        train(tmp_path / "nowhere", project, Console(quiet=True), home=tmp_path / "home")


def test_rasa_reports_to_nobody_and_sees_nothing_of_our_environment(monkeypatch):
    monkeypatch.setenv("VIRTUAL_ENV", "/ours")
    result = environment()
    assert result["RASA_TELEMETRY_ENABLED"] == "false"
    assert result["PYTHONPATH"] == str(ROOT)
    assert "VIRTUAL_ENV" not in result
