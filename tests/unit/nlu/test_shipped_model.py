"""The model files that are shipped: made from the data beside them, small, and good enough."""

import json
from pathlib import Path

import numpy as np
import pytest

import nlu
from nlu.component import SolveFirstNLU
from nlu.evaluation.heldout_scores import evaluate_held_out
from nlu.examples import data_hash, read_data
from nlu.extract import Extractor
from nlu.extract.places.gazetteer import FILE, read_gazetteer
from nlu.extract.places.tagger import FILE as SPANS
from nlu.kinds import MATTERS
from nlu.serve.understanding import MODEL
from nlu.training.samples import prepare, reading_hash
from nlu.training.tagger import FINEST, LEAST_WEIGHT

DATA = Path(nlu.__file__).with_name("data")


@pytest.fixture(scope="module")
def data():
    return read_data([DATA])


@pytest.fixture(scope="module")
def description():
    return json.loads((MODEL / "model.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def component():
    return SolveFirstNLU.load({})


def test_the_model_was_trained_from_the_data_beside_it(data, description):
    assert description["data_hash"] == data_hash(data), "train again: solvefirst nlu train"


def test_the_model_was_trained_with_the_code_that_reads_messages_now(data, description):
    seen = reading_hash(prepare(data, Extractor.open(MODEL)))
    assert description["reading_hash"] == seen, "train again: solvefirst nlu train"


def test_the_labels_of_the_model_are_those_of_the_data(data, description):
    heads = description["heads"]
    assert heads["intent"]["labels"] == sorted({example.intent for example in data.examples})
    assert heads["category"]["labels"] == sorted(
        {example.category for example in data.examples if example.category}
    )


def test_words_point_only_to_labels_that_sentences_have(data, description):
    for head in ("intent", "category"):
        labels = {word.label for word in data.words if word.head == head}
        assert labels <= set(description["heads"][head]["labels"])


def test_the_files_are_small():
    assert sum(file.stat().st_size for file in MODEL.iterdir()) < 9_000_000


def test_the_tagger_has_no_clue_whose_weights_are_all_light():
    with np.load(MODEL / SPANS) as archive:
        heaviest = np.abs(archive["weights"].astype(int)).max(axis=1)
    assert (heaviest.min(), heaviest.max()) == (LEAST_WEIGHT, FINEST)


def test_the_gazetteer_has_the_territory():
    assert (MODEL / FILE).exists()
    assert len(read_gazetteer(MODEL)) > 1_000


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("你好", "greet"), ("谢谢", "thank"), ("再见", "goodbye"),
        ("是的", "affirm"), ("不是", "deny"),
        ("不知道", "skip"), ("我不想留电话", "refuse"), ("秦淮区夫子庙", "inform"),
        ("昨天晚上八点", "inform"), ("13912345678", "inform"), ("不对，是86号", "correct"),
        ("查一下我的工单到哪一步了", "check_progress"), ("我要撤诉", "withdraw"),
        ("转人工", "talk_to_person"), ("English please", "change_language"),
        ("删除我的数据", "privacy"), ("你能做什么", "how_to_use"), ("怎么还没人来，催一下", "urge"),
        ("我不满意", "rate"), ("我再补充一点情况", "add_details"), ("讲个笑话", "out_of_scope"),
        ("我要举报有人无证行医", "report"), ("请问低保怎么申请", "consult"),
        ("建议在路口加装红绿灯", "suggestion"), ("表扬一下社区的小王", "praise"),
        ("yes", "affirm"), ("no", "deny"), ("I don't know", "skip"), ("hello", "greet"),
    ],
)  # fmt: skip
def test_plain_messages_have_their_intent(component, text, intent):
    assert component.parse(text)["intent"]["name"] == intent


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("秦淮区夫子庙，一般晚上八点以后", "inform"), ("一般晚上八点以后", "inform"),
        ("好大一笔钱呢", "inform"), ("建邺区江东中路12号门口", "inform"),
        ("it should be Hunan Road", "correct"), ("跳过", "skip"),
        ("what's the exchange rate of the dollar", "out_of_scope"),
        ("please set an alarm for 6 am", "out_of_scope"),
        ("how do I bake a chocolate cake", "out_of_scope"),
        ("帮我订个闹钟", "out_of_scope"),
    ],
)  # fmt: skip
def test_messages_that_were_misread_once_have_their_intent(component, text, intent):
    assert component.parse(text)["intent"]["name"] == intent


@pytest.mark.parametrize(
    "text",
    [
        "我家楼下有人打麻将到半夜", "complaint: garbage has not been collected",
        "complain about street vending near the Hunan Road metro station", "street vending",
        "I want to report a broken street light at 12 Jiangdong Middle Road",
        "健身房老板跑路了，卡里还有三千", "司机绕路多收了我20块", "晚上看不见路，路灯全黑着",
    ],
)  # fmt: skip
def test_a_matter_is_taken_for_one_with_the_certainty_of_all_its_kinds(component, text):
    parsed = component.parse(text)
    kinds = [item for item in parsed["intent_ranking"] if item["name"] in MATTERS]
    assert parsed["intent"]["name"] == kinds[0]["name"]
    assert parsed["intent"]["confidence"] >= 0.5
    assert parsed["intent"]["confidence"] >= sum(kind["confidence"] for kind in kinds) - 1e-6


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("路灯不亮了", "0203"), ("电梯坏了三天", "0302"), ("老板拖欠工资", "0801"),
        ("井盖不见了", "0202"), ("小区停水了", "0401"), ("工地半夜施工太吵", "0601"),
        ("饭店油烟太大", "0603"), ("健身房关门，会员卡不退钱", "0703"), ("共享单车乱停", "0504"),
        ("异地就医怎么备案", "1004"), ("有人遛狗不牵绳", "1204"), ("公积金怎么提取", "1305"),
        ("The street light is broken", "0203"), ("no water at home", "0401"),
    ],
)  # fmt: skip
def test_plain_messages_have_their_category(component, text, category):
    assert component.parse(text)["category"]["code"] == category


BELOW_THEIR_BARS = {
    "intent macro-F1": 0.90,
    "place exact-span F1": 0.83,
}
"""Figures that miss their bound, each with the value that it must at least have until then."""


def test_the_held_out_set_is_understood():
    figures = evaluate_held_out(MODEL).figures()
    assert {figure.what for figure in figures} >= BELOW_THEIR_BARS.keys()
    fallen = {
        figure.what: round(figure.value, 3)
        for figure in figures
        if not figure.held and figure.value < BELOW_THEIR_BARS.get(figure.what, 1.0)
    }
    assert not fallen


def test_cross_validation_holds_the_bar(description):
    scores = description["cross_validation"]
    assert scores["intent"]["accuracy"] >= 0.80
    assert scores["intent"]["calibration_error"] <= 0.03
    assert scores["intent"]["accuracy_of_acts"] >= 0.86
    assert scores["category"]["accuracy"] >= 0.70
