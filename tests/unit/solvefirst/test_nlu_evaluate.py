"""`solvefirst nlu evaluate`, as it is typed."""

import json

import pytest
from typer.testing import CliRunner

from nlu.evaluation.heldout import read_held_out
from solvefirst.cli import app

LABELLED = """version: "3.1"
nlu:
- intent: greet
  examples: |
    - 早上好呀各位
- intent: complaint
  metadata:
    category: "0203"
  examples: |
    - 路灯坏了半个月没人修
"""


@pytest.fixture
def labelled(tmp_path):
    file = tmp_path / "labelled.yml"
    file.write_text(LABELLED, encoding="utf-8")
    return str(file)


def evaluate(*words):
    return CliRunner().invoke(app, ["nlu", "evaluate", *words])


def test_without_files_the_held_out_set_is_scored_and_drawn_and_json_is_all_of_standard_output(
    tmp_path,
):
    drawing = tmp_path / "figures.svg"
    result = evaluate("--json", "--picture", str(drawing))
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    held_out = read_held_out()
    assert document["intent"]["sentences"] == len(held_out.examples())
    assert document["category"]["sentences"] == len(held_out.requests)
    assert document["danger"]["dangers"] == len(held_out.dangers)
    assert {figure["what"] for figure in document["figures"]} >= {
        "intent macro-F1",
        "emergency recall",
    }
    assert drawing.read_text(encoding="utf-8").startswith("<svg")


def test_a_labelled_file_is_scored_by_itself(labelled):
    result = evaluate(labelled)
    assert result.exit_code == 0
    assert "intent: 2 sentences" in result.stdout
    assert "category: 1 sentences" in result.stdout


def test_a_picture_of_labelled_files_is_refused_and_not_written(labelled, tmp_path):
    result = evaluate(labelled, "--picture", str(tmp_path / "figures.svg"))
    assert result.exit_code == 2
    assert "leave the files out" in result.stdout
    assert not (tmp_path / "figures.svg").exists()
