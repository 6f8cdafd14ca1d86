"""The scores of the held-out set, worked out by hand on a set small enough to see through."""

import json
from datetime import datetime
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from nlu.evaluation.heldout import HeldOut, MarkedDanger, MarkedSentence, MarkedSpan
from nlu.evaluation.heldout_scores import Figure, score_held_out
from nlu.evaluation.picture import picture
from nlu.examples import Example
from nlu.extract.places.gazetteer import Area, Gazetteer
from nlu.metrics import selective_accuracy

NOW = datetime.fromisoformat("2026-03-18T10:30:00+08:00")
GAZETTEER = Gazetteer([Area("91", "东桥区", "district", None)])

SET = HeldOut(
    requests=(
        Example("路灯坏了修一下", "help", "0203"),
        Example("工资拖了三个月", "complaint", "0801"),
        Example("公厕太脏", "complaint", "0106"),
    ),
    acts=(Example("您好呀", "greet", None),),
    outside=(Example("讲个笑话吧", "out_of_scope", None),),
    dangers=(
        MarkedDanger("我家着火了快来人", "fire", ("119",)),
        MarkedDanger("这句话里没有危险的字样", "crime", ("110",)),
    ),
    near_misses=("灭火器过期了去哪里换", "去年的事"),
    marked=(
        MarkedSentence(
            "昨天东桥区长江路堵车，今天还堵",
            NOW,
            (MarkedSpan(2, 8, "东桥区长江路", "东桥区"),),
            (MarkedSpan(0, 2, "昨天", "2026-03-17"), MarkedSpan(11, 13, "今天", None)),
        ),
    ),
)


def entity(name, start, end, value):
    return {"entity": name, "start": start, "end": end, "value": value}


READINGS = {
    "路灯坏了修一下": ("complaint", 0.9, ["0203", "0106"], 0.9),
    "工资拖了三个月": ("complaint", 0.8, ["0802", "0801"], 0.4),
    "公厕太脏": ("consult", 0.3, ["0203", "0801"], 0.2),
    "您好呀": ("greet", 1.0, ["9900", "0801"], 0.1),
    "讲个笑话吧": ("out_of_scope", 0.7, ["9900", "0801"], 0.1),
}
ENTITIES = [
    entity("place", 2, 8, {"district": "91"}),
    entity("time", 0, 2, {"start": "2026-03-17T00:00:00+08:00"}),
    entity("time", 11, 14, {"start": "2026-03-18T00:00:00+08:00"}),
    entity("time", 13, 14, {"start": None}),
]


def parse(text, now):
    assert (now is None) == (text != SET.marked[0].text)
    intent, sure, codes, confidence = READINGS.get(text, ("emergency", 0.9, ["9900", "0801"], 0.1))
    return {
        "intent": {"name": intent, "confidence": sure},
        "category": {
            "code": codes[0],
            "confidence": confidence,
            "ranking": [{"code": code} for code in codes],
        },
        "entities": ENTITIES if now else [],
    }


@pytest.fixture(scope="module")
def report():
    return score_held_out(SET, parse, GAZETTEER)


def test_a_category_counts_as_second_when_it_is_among_the_first_two(report):
    assert report.category.accuracy == pytest.approx(1 / 3)
    assert report.category_top2 == pytest.approx(2 / 3)


def test_kinds_that_open_the_same_form_are_apart_in_f1_and_one_in_what_follows(report):
    assert report.intent.sentences == 7
    assert report.intent.accuracy == pytest.approx(5 / 7)
    assert report.intent.accuracy_of_acts == pytest.approx(6 / 7)
    # complaint: 1 of 2 guesses, 1 of 2 sentences; help: none; greet, out_of_scope, emergency: all.
    assert report.intent.macro_f1 == pytest.approx((0.5 + 0 + 1 + 1 + 1) / 5)


def test_recall_and_precision_of_danger_are_those_of_the_rules(report):
    danger = report.danger
    assert (danger.recall, danger.precision) == (0.5, 1.0)
    assert (danger.number_named, danger.kind_right) == (1.0, 1.0)
    assert (danger.near_miss_alarms, danger.alarms_elsewhere) == (0.0, 0.0)


def test_only_exact_spans_count_and_a_day_agrees_with_each_moment_of_it(report):
    assert (report.place.f1, report.place.values_right) == (1.0, 1.0)
    assert (report.time.marked, report.time.found) == (2, 3)
    assert report.time.precision == pytest.approx(1 / 3)
    assert report.time.recall == pytest.approx(1 / 2)
    assert report.time.f1 == pytest.approx(2 / 5)
    assert (report.time.values, report.time.values_right) == (1, 1.0)


def test_the_most_confident_part_is_scored_by_itself():
    confidence, right = np.array([0.2, 0.9, 0.8, 0.7, 0.6]), np.array([0, 1, 1, 1, 0])
    assert selective_accuracy(confidence, right, 0.8) == 0.75
    assert selective_accuracy(confidence, right, 0.2) == 1.0


def test_a_bar_may_be_a_least_or_a_most():
    assert Figure("F1", 0.85, 0.85).held
    assert not Figure("F1", 0.84, 0.85).held
    assert Figure("error", 0.05, 0.05, at_most=True).held
    assert not Figure("error", 0.06, 0.05, at_most=True).held


def test_no_sentence_of_the_set_comes_out_in_text_json_or_picture(report):
    written = [report.as_text(), json.dumps(report.as_dict(), ensure_ascii=False), picture(report)]
    for text in SET.texts():
        assert not any(text in item for item in written)


def test_the_picture_is_svg_with_a_bar_for_each_figure_and_a_line_for_each_head(report):
    drawn = ET.fromstring(picture(report))
    words = [item.text for item in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {figure.what for figure in report.figures()} <= set(words)
    assert words.count("intent") == words.count("category") == 2


def test_progress_goes_from_nothing_up(monkeypatch):
    monkeypatch.setattr("nlu.evaluation.heldout_scores._TOLD", 2)
    seen = []
    score_held_out(SET, parse, GAZETTEER, seen.append)
    assert seen == [0.0, 0.25, 0.5, 0.75]
