"""Places and times learned from marks: from sentences to a file and back."""

import gc
from datetime import datetime
from zipfile import BadZipFile

import numpy as np
import pytest

from nlu.examples import Example, without_marks
from nlu.extract import Extractor
from nlu.extract.places.clues import clues, tokens
from nlu.extract.places.gazetteer import Area, Gazetteer
from nlu.extract.places.tagger import FILE, LABELS, Span, Tagger, allowed, read_tagger
from nlu.extract.times.calendar import SHANGHAI
from nlu.normalise import read
from nlu.training.tagger import (
    TRAININGS,
    sentences,
    train_tagger,
    varied,
)

GAZETTEER = Gazetteer([Area("9101", "东桥区", "district", None)])
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=SHANGHAI)
MARKED = [
    "[东桥区湖滨路12号门口](place)有人摆摊",
    "我住[翠湖苑3栋](place)，[昨天晚上](time)停电了",
    "[每天凌晨](time)有车在[柳树湾](place)倒垃圾",
    "[上周三](time)在[柳树湾](place)丢了钱包",
    "孩子在[柳树湾](place)摔了一跤",
    "[柳树湾](place)的路灯[昨晚](time)又灭了",
    "路灯坏了没人修",
    "谢谢你们",
    "老板不发工资",
]


def examples(lines=MARKED):
    return [Example(text, "help", None, None, marks) for text, marks in map(without_marks, lines)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("model")
    assert train_tagger(examples(), GAZETTEER, path, seed=0) is not None
    return path


def found(extractor, text, now=NOW):
    return [
        (item.entity, text[item.start : item.end], item.value)
        for item in extractor.extract(text, now)
    ]


def test_a_mark_is_a_kind_and_a_span_of_the_sentence_without_it():
    assert without_marks("在[湖滨路](place)，[昨晚](time)[一](number){x}") == (
        "在湖滨路，昨晚一{x}",
        (("place", 1, 4), ("time", 5, 7), ("number", 7, 8)),
    )


def test_what_was_marked_is_found_where_no_rule_knows_the_name(folder):
    extractor = Extractor(GAZETTEER, read_tagger(folder))
    assert found(Extractor(GAZETTEER), "有人在柳树湾倒垃圾") == []
    assert found(extractor, "有人在柳树湾倒垃圾") == [("place", "柳树湾", {"landmark": "柳树湾"})]


def test_the_value_is_read_by_the_rules_from_the_words_of_the_span(folder):
    extractor = Extractor(GAZETTEER, read_tagger(folder))
    place, time = found(extractor, "东桥区湖滨路12号门口，昨天晚上停电了")
    assert place[1:] == (
        "东桥区湖滨路12号门口",
        {"district": "9101", "road": "湖滨路", "number": "12号"},
    )
    assert time[1] == "昨天晚上"
    assert time[2]["start"] == "2026-11-23T18:00:00+08:00"


@pytest.mark.parametrize(
    ("lead", "words"),
    [("沿着", "柳树湾"), ("在", "柳树湾"), ("at the ", "elm court"), ("", "到达厅")],
)
def test_what_leads_in_is_no_part_of_a_place(lead, words):
    class Greedy:
        """Takes the lead for a part of the place."""

        def may_hold(self, text):
            return True

        def tag(self, text, *_):
            return [Span("place", 0, len(text), 1)]

    reading = read(lead + words)
    assert found(Extractor(GAZETTEER, Greedy()), reading.text)[0][1] == words


def test_the_same_sentences_and_seed_give_the_same_file(folder, tmp_path):
    train_tagger(examples(), GAZETTEER, tmp_path, seed=0)
    assert (tmp_path / FILE).read_bytes() == (folder / FILE).read_bytes()


def test_the_tagger_is_the_mean_of_its_trainings(folder, tmp_path, monkeypatch):
    def steps(trainings, seed):
        monkeypatch.setattr("nlu.training.tagger.TRAININGS", trainings)
        train_tagger(examples(), GAZETTEER, tmp_path, seed=seed)
        with np.load(tmp_path / FILE) as arrays:
            return arrays["steps"]

    alone = [steps(1, seed) for seed in range(TRAININGS)]
    assert not np.allclose(alone[0], alone[1])
    with np.load(folder / FILE) as arrays:
        assert np.allclose(arrays["steps"], np.mean(alone, axis=0), atol=1e-5)


def test_without_marks_no_tagger_stays_and_the_rules_find_alone(folder, tmp_path):
    (tmp_path / FILE).write_bytes((folder / FILE).read_bytes())
    assert train_tagger(examples(["路灯坏了"]), GAZETTEER, tmp_path, seed=0) is None
    assert not (tmp_path / FILE).exists()
    assert found(Extractor.open(tmp_path), "昨天晚上停电")[0][:2] == ("time", "昨天晚上")


def test_a_file_of_another_format_is_not_used(folder, tmp_path):
    with np.load(folder / FILE) as arrays:
        other = dict(arrays) | {"format": np.array([0, 0, 0])}
    np.savez_compressed(tmp_path / FILE, **other)
    assert read_tagger(tmp_path) is None


def test_a_torn_file_is_refused_and_closed(folder, tmp_path, recwarn):
    (tmp_path / FILE).write_bytes((folder / FILE).read_bytes()[:-100])
    with pytest.raises(BadZipFile):
        read_tagger(tmp_path)
    gc.collect()
    # What other tests left open may be collected here too: only this file counts.
    assert [str(item.message) for item in recwarn if str(tmp_path) in str(item.message)] == []


def test_labels_inside_follow_only_what_has_begun():
    may = allowed()
    assert not may[LABELS.index("O"), LABELS.index("I-place")]
    assert not may[LABELS.index("B-time"), LABELS.index("I-place")]
    assert may[LABELS.index("B-place"), LABELS.index("I-place")]
    assert not may[-1, LABELS.index("I-time")]


def test_the_best_labels_and_how_sure_each_is_agree_with_a_count_of_every_path():
    chance = np.random.default_rng(0)
    size = len(LABELS)
    none = np.zeros(0, dtype=np.int64)
    steps = chance.normal(size=(size + 1, size))
    tagger = Tagger(none, np.zeros((0, size)), steps, "路", np.zeros(1 << 20, dtype=np.uint8))
    scores = chance.normal(size=(3, size)).astype(np.float32)
    may = allowed()
    weight = {}
    for path in np.ndindex(size, size, size):
        if may[-1, path[0]] and may[path[0], path[1]] and may[path[1], path[2]]:
            score = scores[range(3), path].sum() + steps[-1, path[0]]
            weight[path] = np.exp(score + steps[path[0], path[1]] + steps[path[1], path[2]])
    best = max(weight, key=weight.get)
    assert tuple(tagger._best(scores.tolist())) == best
    for at, row in enumerate(scores.tolist()):
        others = [(*best[:at], label, *best[at + 1 :]) for label in range(size)]
        total = sum(weight.get(path, 0) for path in others)
        sure = tagger._sure(row, best, at)
        assert sure == pytest.approx(weight[best] / total, rel=1e-4)


def test_an_english_word_a_number_and_a_character_are_a_token_each():
    text = "no.12 湖滨路 tomorrow's"
    assert [text[start:end] for start, end in tokens(text)] == [
        "no", ".", "12", "湖", "滨", "路", "tomorrow's",
    ]  # fmt: skip


def test_clues_of_a_token_do_not_depend_on_what_is_far_away():
    def of(text):
        spans = tokens(text)
        return clues(text, spans, (), (), lambda pairs: np.zeros(len(pairs), dtype=np.uint8))

    assert (of("在湖滨路上有人摆摊卖菜")[:, 0] == of("在湖滨路上有人打架")[:, 0]).all()
    assert (of("在湖滨路上有人")[:, 1] != of("从湖滨路上有人")[:, 1]).any()


def test_variants_are_sentences_with_other_places_that_stay_marked():
    def around(one):
        """What stands outside the marked places."""
        text = one.text
        for kind, start, end in reversed(one.marks):
            if kind == "place":
                text = text[:start] + "|" + text[end:]
        return text

    marked = {sentence.text: sentence for sentence in sentences(examples())}
    found = list(varied(list(marked.values()), Gazetteer([]), 3, seed=1))
    assert len(found) == 3 * sum("place" in str(item.marks) for item in marked.values())
    for item in found:
        assert around(item) == around(marked[item.sources[0]])
    assert len({item.text for item in found} - marked.keys()) > len(found) / 2
