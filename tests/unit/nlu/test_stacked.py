"""What the assistant's model knows of a text, stacked on its pieces."""

import json

import numpy as np
import pytest

from nlu.classify import ModelUnusable
from nlu.evaluation.labelled import LabelledRow
from nlu.features import Features
from nlu.serve.labeller import load
from nlu.serve.stacked import READ, ExtraFeatures, StackedFeatures, centre_of
from nlu.serve.understanding import MessageUnderstanding
from nlu.training.labeller import train_labeller

WORDS = ["路灯坏了", "公司拖欠工资", "孩子上学的事"]


@pytest.fixture
def beside():
    return ExtraFeatures.open()


@pytest.fixture
def asked(monkeypatch):
    """The texts that the assistant's model is asked for."""
    texts = []
    categories = MessageUnderstanding.categories

    def counted(self, text):
        texts.append(text)
        return categories(self, text)

    monkeypatch.setattr(MessageUnderstanding, "categories", counted)
    return texts


def test_what_is_told_stands_after_the_pieces_with_a_weight_of_its_own(beside):
    features = Features(["路", "灯"], np.ones(2), sign_weight=0.0)
    stacked = StackedFeatures(features, beside, centre_of(WORDS, beside))
    places, values = stacked.vector("路灯坏了")
    dense = np.zeros(stacked.size)
    dense[places] = values
    assert stacked.size == features.size + beside.size
    assert 0 < np.linalg.norm(dense[features.size :]) < 0.6
    assert np.linalg.norm(dense[:2]) == pytest.approx(1, abs=1e-6)


def test_beside_a_long_text_less_is_told(beside):
    features = Features(["路"], np.ones(1), sign_weight=0.0)
    stacked = StackedFeatures(features, beside, centre_of([], beside))
    for text, share in (("路灯坏了" * (READ // 4), 1), ("路灯坏了" * READ, 1 / 4)):
        _, values = stacked.vector(text)
        assert values[-beside.size :].tolist() == pytest.approx((beside(text) * share).tolist())


def test_nothing_beside_leaves_the_pieces_alone():
    features = Features(["路"], np.ones(1), sign_weight=0.0)
    stacked = StackedFeatures(features, ExtraFeatures(), centre_of(WORDS, ExtraFeatures()))
    assert stacked.size == features.size
    assert stacked.vector("路")[0].tolist() == features.vector("路")[0].tolist()


def test_a_training_asks_each_text_once_and_forgets_afterwards(beside, asked):
    keeping = beside.keeping()
    assert keeping.keeping() is keeping
    for _ in range(2):
        keeping(WORDS[0])
    assert len(asked) == 1
    assert beside.known is None


def test_a_text_of_marks_alone_tells_of_no_category(beside):
    assert not beside("？！").any()


@pytest.fixture
def rows():
    return [LabelledRow(f"{word}{number}", word) for word in WORDS for number in range(6)]


def test_a_classifier_brings_the_model_that_it_was_trained_beside(tmp_path, beside, rows):
    trained = train_labeller(rows, beside)
    trained.write(tmp_path / "labels")
    read = load(tmp_path / "labels")
    assert read.beside.folder == tmp_path / "labels" / "beside"
    for word in WORDS:
        assert read(word).label == trained.labeller(word).label == word
        assert read(word).confidence == pytest.approx(trained.labeller(word).confidence, abs=1e-2)


def test_a_classifier_that_learned_from_embeddings_is_refused_with_what_to_do(
    tmp_path, beside, rows
):
    train_labeller(rows, beside).write(tmp_path)
    file = tmp_path / "model.json"
    description = json.loads(file.read_text(encoding="utf-8"))
    description["beside"]["embedding"] = True
    file.write_text(json.dumps(description), encoding="utf-8")
    with pytest.raises(ModelUnusable, match="train it anew"):
        load(tmp_path)


def test_very_many_rows_are_learned_from_alone(beside, asked, rows, monkeypatch):
    monkeypatch.setattr("nlu.training.labeller.MOST_BESIDE", 17)
    trained = train_labeller(rows, beside)
    assert trained.description["beside"] == {"categories": False}
    assert asked == []
    assert trained.labeller("路灯坏了").label == "路灯坏了"
