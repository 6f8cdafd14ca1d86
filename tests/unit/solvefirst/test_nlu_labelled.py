"""`solvefirst nlu … --data`, as it is typed."""

import json

import pytest
from typer.testing import CliRunner

from solvefirst.cli import app

LAMPS = ["路灯坏了", "路灯不亮", "灯坏了没人修", "路灯一闪一闪", "灯杆倒了", "路灯全黑了"]
WAGES = ["老板不发工资", "拖欠工资", "工资没发", "欠薪三个月", "工资还没结清", "讨要工资"]


@pytest.fixture(autouse=True)
def var(tmp_path, monkeypatch):
    monkeypatch.setenv("SOLVEFIRST_VAR", str(tmp_path / "var"))
    return tmp_path / "var"


@pytest.fixture
def data(tmp_path):
    rows = [(lamp, "市政") for lamp in LAMPS] + [(item, "劳动") for item in WAGES] + [("", "劳动")]
    file = tmp_path / "rows.csv"
    text = "标题,类别\n" + "".join(f"{text},{label}\n" for text, label in rows)
    file.write_text(text, encoding="gb18030")
    return str(file)


@pytest.fixture
def led(tmp_path):
    file = tmp_path / "map.yml"
    file.write_text('"02": 市政\n"08": 劳动\n', encoding="utf-8")
    return str(file)


def typed(*words):
    return CliRunner().invoke(app, ["nlu", *words])


def test_the_shipped_model_is_scored_on_a_file_led_by_a_map(data, led, tmp_path):
    drawing = tmp_path / "figures.svg"
    words = ("--data", data, "--text", "标题", "--label", "类别", "--map", led)
    result = typed("evaluate", *words)
    assert result.exit_code == 0
    assert "12 sentences" in result.stdout
    assert "read as gb18030; 1 rows without text or label skipped" in result.stdout
    figures = json.loads(typed("evaluate", *words, "--json", "--picture", str(drawing)).stdout)
    assert figures["score"]["accuracy"] > 0.8
    assert figures["encoding"] == "gb18030"
    assert drawing.read_text(encoding="utf-8").startswith("<svg")


def test_a_classifier_is_trained_and_scored_by_its_folder(data, var):
    trained = typed("train", "--data", data, "--text", "标题", "--label", "类别")
    assert trained.exit_code == 0
    folder = var / "labels" / "rows"
    assert (folder / "model.json").exists()
    scored = typed(
        "evaluate", "--data", data, "--text", "标题", "--label", "类别", "--model", str(folder)
    )
    assert scored.exit_code == 0
    assert "accuracy 1.000" in scored.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--text", "内容", "--label", "类别"), "columns there are: 标题, 类别"),
        (("--text", "标题", "--label", "类别"), "say with --map"),
        (("--text", "标题", "--label", "类别", "--model", "nowhere"), "neither a folder nor"),
    ],
)
def test_what_cannot_be_used_is_told_without_a_traceback(data, words, says):
    result = typed("evaluate", "--data", data, *words)
    assert result.exit_code == 2
    assert says in result.stdout.replace("\n", "")


def test_columns_must_be_named(data):
    result = typed("evaluate", "--data", data)
    assert result.exit_code == 2
    assert "--text" in result.output


def test_a_model_of_another_kind_is_not_written_over(data, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.json").write_text('{"format": 2}', encoding="utf-8")
    result = typed(
        "train", "--data", data, "--text", "标题", "--label", "类别", "--output", str(folder)
    )
    assert result.exit_code == 2
    assert "another kind" in result.stdout
    assert json.loads((folder / "model.json").read_text("utf-8")) == {"format": 2}
