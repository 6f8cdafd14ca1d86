"""From YAML to a model and back, on data small enough to see through."""

import json

import numpy as np
import pytest

from nlu.classify import ModelUnusable, load
from nlu.evaluation.evaluate import evaluate_yaml
from nlu.examples import Example, TrainingDataInvalid, Word, data_hash, read_data
from nlu.metrics import calibration_error, threshold_for
from nlu.serve.understanding import MessageUnderstanding
from nlu.training.train import train

LAMPS = ["路灯坏了", "路灯不亮", "灯坏了没人修", "路灯一闪一闪", "灯杆倒了", "the lamp is broken"]
WAGES = ["老板不发工资", "拖欠工资", "工资没发", "欠薪三个月", "讨薪", "my wages are unpaid"]
GREETINGS = ["你好", "您好", "早上好", "在吗", "hello", "hi"]


def block(lines, intent, category=None):
    meta = f'  metadata:\n    category: "{category}"\n' if category else ""
    return f"- intent: {intent}\n{meta}  examples: |\n" + "".join(
        f"    - {line}\n" for line in lines
    )


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data" / "below"
    folder.mkdir(parents=True)
    (folder / "a.yml").write_text(
        'version: "3.1"\nnlu:\n'
        + block(LAMPS, "complaint", "0203")
        + block(WAGES, "complaint", "0801")
        + block(GREETINGS, "greet")
        + "- lookup: category_0801\n  examples: |\n    - 血汗钱\n    - 工钱\n"
        + "- lookup: colours\n  examples: |\n    - red\n"
        + "- synonym: lamp\n  examples: |\n    - lantern\n",
        encoding="utf-8",
    )
    return tmp_path / "data"


GAZETTEER = {
    "areas": [
        {"code": "91", "name": "东桥区", "level": "district", "parent": None, "aliases": []},
    ]
}


def test_sentences_and_words_are_read_with_their_labels(data):
    read = read_data([data])
    assert Example("路灯坏了", "complaint", "0203") in read.examples
    assert Example("你好", "greet", None) in read.examples
    assert read.words == (Word("血汗钱", "category", "0801"), Word("工钱", "category", "0801"))
    assert len(read.examples) == len(LAMPS + WAGES + GREETINGS)


def test_the_hash_follows_the_content_not_the_files(data, tmp_path):
    before = data_hash(read_data([data]))
    (data / "below" / "a.yml").rename(data / "b.yml")
    assert data_hash(read_data([data])) == before
    text = (data / "b.yml").read_text(encoding="utf-8")
    (data / "b.yml").write_text(text.replace("血汗钱", "工薪"), encoding="utf-8")
    assert data_hash(read_data([data])) != before


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("nlu:\n- intent: a\n  metadata: {category: 0203}\n  examples: |\n    - x\n", "quoted"),
        ("nlu:\n- intent: a\n", "no examples"),
        ("- intent: a\n", "mapping"),
        ("nlu: [\n", "bad.yml"),
        ("nlu: []\n", "no training sentences"),
    ],
)
def test_data_that_cannot_be_used_is_refused_by_file(tmp_path, content, says):
    (tmp_path / "bad.yml").write_text(content, encoding="utf-8")
    with pytest.raises(TrainingDataInvalid, match=says):
        read_data([tmp_path])


def test_a_label_with_too_few_sentences_is_named(data, tmp_path):
    text = "nlu:\n- intent: thank\n  examples: |\n    - 谢谢\n"
    (data / "thank.yml").write_text(text, encoding="utf-8")
    with pytest.raises(TrainingDataInvalid, match="fewer than 5 sentences of intent: thank"):
        train([data], tmp_path / "model", GAZETTEER, seed=7)


def test_a_trained_model_understands_and_says_where_it_came_from(data, tmp_path):
    steps = []
    report = train(
        [data], tmp_path / "model", GAZETTEER, seed=7, progress=lambda *step: steps.append(step)
    )
    assert steps[-1] == ("done", 1.0)
    assert report.data_hash == data_hash(read_data([data]))
    assert report.areas == 1
    assert set(report.heads) == {"intent", "category"}
    assert report.heads["category"].words == 2
    understanding = MessageUnderstanding.open(tmp_path / "model")
    parsed = understanding.parse("东桥区的路灯坏了")
    assert parsed["intent"]["name"] == "complaint"
    assert parsed["category"]["code"] == "0203"
    assert parsed["entities"][0]["value"]["district"] == "91"
    assert understanding.parse("工钱")["category"]["code"] == "0801"


def test_the_same_data_and_seed_make_the_same_model(data, tmp_path):
    for name in ("one", "two"):
        train([data], tmp_path / name, GAZETTEER, seed=7)
    first, second = (load(tmp_path / name) for name in ("one", "two"))
    assert first.description == second.description
    vector = first.features.vector("路灯坏了", [])
    one, other = first.heads["intent"], second.heads["intent"]
    assert one.rank(one.shares(vector), 3) == other.rank(other.shares(vector), 3)


def test_a_gazetteer_stays_when_none_is_given(data, tmp_path):
    train([data], tmp_path / "model", GAZETTEER, seed=7)
    assert train([data], tmp_path / "model", None, seed=7).areas == 1


def test_an_evaluation_tells_scores_confusions_and_times(data, tmp_path):
    train([data], tmp_path / "model", None, seed=7)
    report = evaluate_yaml([data], tmp_path / "model")
    category = report.heads["category"]
    assert category.sentences == len(LAMPS + WAGES)
    assert category.accuracy > 0.8
    assert {label.label for label in category.labels} == {"0203", "0801"}
    assert report.milliseconds["p50"] > 0
    assert json.loads(json.dumps(report.as_dict()))["heads"]["intent"]["accuracy"] > 0.8
    assert "0203" in report.as_text()


def test_a_missing_model_says_how_to_make_one(tmp_path):
    with pytest.raises(ModelUnusable, match="solvefirst nlu train"):
        load(tmp_path)


def test_a_model_of_another_format_is_refused(data, tmp_path):
    train([data], tmp_path / "model", None, seed=7)
    file = tmp_path / "model" / "model.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(content | {"format": 0}), encoding="utf-8")
    with pytest.raises(ModelUnusable, match="format 0"):
        load(tmp_path / "model")


def test_calibration_error_is_the_distance_from_what_is_right():
    confidence = np.array([0.95, 0.95, 0.95, 0.95])
    assert calibration_error(confidence, np.array([True, True, True, True])) == pytest.approx(0.05)
    assert calibration_error(confidence, np.array([True, True, False, False])) == pytest.approx(
        0.45
    )


def test_the_threshold_is_the_least_confidence_that_keeps_the_precision():
    confidence = np.array([0.9, 0.8, 0.7, 0.6])
    assert threshold_for(confidence, np.array([True, True, True, False]), 0.95) == 0.7
    assert threshold_for(confidence, np.array([False, False, False, False]), 0.95) is None
    assert threshold_for(np.array([0.8, 0.8]), np.array([True, False]), 0.95) is None
