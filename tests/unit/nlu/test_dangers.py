"""The alarm: what it sees, how it is trained, and what the shipped one is worth."""

import json
import random

import numpy as np
import pytest
import yaml

import nlu.danger.emergency
from nlu.danger import score as dangerscore
from nlu.danger.dangers import DANGERS
from nlu.danger.emergency import MODEL, Emergency, by_rules, detect, evidence
from nlu.danger.score import Lexicon
from nlu.examples import read_data
from nlu.normalise import read
from nlu.training.danger import REPORTED, alarm_hash, train_alarm

DATA = """\
version: "3.1"
nlu:
- lookup: danger_fire
  examples: |
    - 着火
    - 失火
- intent: emergency
  metadata:
    danger: fire
  examples: |
    - 楼上着火了
    - 厨房着火了快来
    - 仓库着火了
    - 着火了救命
    - 车着火了
    - 树着火了
- intent: emergency
  metadata:
    danger: water
  examples: |
    - 水淹到胸口了
    - 水淹进屋了
    - 水淹了我们出不去
    - 大水淹上来了
    - 水淹到二楼了
    - 水淹了村子
- intent: consult
  examples: |
    - 社保怎么交
    - 护照怎么办
    - 公交几点停
    - 图书馆在哪
    - 公积金怎么提
    - 身份证怎么补
"""


@pytest.fixture
def data(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sentences.yml").write_text(DATA, encoding="utf-8")
    (tmp_path / "model").mkdir()
    return tmp_path


def test_words_of_one_class_look_alike_and_the_longest_word_is_read():
    lexicon = Lexicon({"着火": ["fire"], "失火": ["fire", "old"], "火车": ["benign"]})
    assert {"<fire> 了", "#fire"} <= lexicon.features("着火了") & lexicon.features("失火了")
    assert "#old" in lexicon.features("失火了")
    assert "#fire" not in lexicon.features("火车了")


def test_classes_that_stand_apart_are_seen_together():
    lexicon = Lexicon({"着火": ["fire"], "演习": ["drill"]})
    assert "#drill#fire" in lexicon.features("着火怎么跑，大家都在说明天那个演习")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("厨房着火了", {"!now", "!fire now", "!4"}),
        ("仓库着火已经扑灭了", {"!over", "!fire over"}),
        ("怕着火", {"!unreal", "!fire unreal", "!2"}),
        ("公积金怎么提", {"!none"}),
        ("4楼", {"!none", "!1"}),
    ],
)
def test_the_model_is_told_what_the_rules_say_and_how_few_the_words_are(text, expected):
    assert expected <= evidence(read(text).text)


def test_a_trained_alarm_knows_a_word_by_its_class_and_names_the_kind(data):
    report = train_alarm([data / "data"], data / "model", seed=1)
    assert report is not None
    assert (report.dangers, report.near_misses) == (12, 0)
    alarm = dangerscore.load(data / "model")
    fire, card, water = map(alarm.lexicon.features, ("工厂失火了", "社保卡怎么补", "水淹了"))
    assert alarm.score(fire) > alarm.score(card)
    assert alarm.kind(fire) == "fire"
    assert alarm.kind(water) == "water"


def test_without_kinds_of_danger_nothing_is_trained(data):
    file = data / "data" / "sentences.yml"
    file.write_text(DATA.replace("danger: ", "other: "), encoding="utf-8")
    assert train_alarm([data / "data"], data / "model", seed=1) is None
    assert list((data / "model").iterdir()) == []


SENTENCES = MODEL.with_name("data")
SHIPPED = (MODEL / dangerscore.FILE).read_bytes()
# Behind the archive's first header (30 bytes, name, extra) a block of a kind that zlib has not.
PACKED = 30 + sum(int.from_bytes(SHIPPED[at : at + 2], "little") for at in (26, 28))
ALTERED = SHIPPED[:PACKED] + b"\7" + SHIPPED[PACKED + 1 :]


@pytest.mark.parametrize("content", [None, b"", b"no archive", b"PK\x03\x04 torn", ALTERED])
def test_without_a_usable_file_the_rules_decide_alone(tmp_path, monkeypatch, content):
    if content is not None:
        (tmp_path / dangerscore.FILE).write_bytes(content)
    monkeypatch.setattr(nlu.danger.emergency, "MODEL", tmp_path)
    assert detect("厨房着火了快来人", tmp_path) == by_rules("厨房着火了快来人") != None  # noqa: E711
    assert detect("医保卡怎么补", tmp_path) is None


def test_the_alarm_of_the_model_in_use_is_heard_and_without_one_the_shipped(data, tmp_path):
    text, quiet = "仓库着火了", "公交几点停"
    train_alarm([data / "data"], data / "model", seed=1)
    assert detect(text, data / "model") is not None
    with np.load(data / "model" / dangerscore.FILE, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    deaf = tmp_path / "deaf"
    deaf.mkdir()
    with (deaf / dangerscore.FILE).open("wb") as file:
        np.savez(file, **(arrays | {"bias": arrays["bias"] - 100}))
    assert detect(text, deaf) is None
    before = tmp_path / "before"
    before.mkdir()
    assert detect(text, before) == detect(text)
    assert detect(quiet, before) is None


def test_an_alarm_whose_arrays_do_not_fit_its_kinds_is_refused(tmp_path):
    with np.load(MODEL / dangerscore.FILE, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    arrays["weights"] = arrays["weights"][:, :1]
    with (tmp_path / dangerscore.FILE).open("wb") as file:
        np.savez(file, **arrays)
    with pytest.raises(ValueError, match="damaged"):
        dangerscore.load(tmp_path)


def test_the_shipped_alarm_does_as_well_on_sentences_unseen_as_it_should():
    with np.load(MODEL / dangerscore.FILE, allow_pickle=False) as archive:
        figures = json.loads(archive["about"].tobytes())["cross_validation"]
    assert figures["dangers"] >= 2_600
    assert figures["near_misses"] >= 2_700
    assert figures["recall"] >= 0.92
    assert figures["near_miss_alarms"] <= 0.12
    assert figures["alarms_elsewhere"] <= 22
    assert figures["kind_right"] >= 0.85
    assert set(dangerscore.load(MODEL).kinds) == {danger.kind for danger in DANGERS}


def test_the_shipped_alarm_was_trained_from_the_data_beside_it():
    with np.load(MODEL / dangerscore.FILE, allow_pickle=False) as archive:
        trained = json.loads(archive["about"].tobytes())["data_hash"]
    assert trained == alarm_hash([SENTENCES]), "train again: solvefirst nlu train"


def test_the_hash_of_an_alarm_tells_its_sentences_and_its_words(data):
    before = alarm_hash([data / "data"])
    file = data / "data" / "sentences.yml"
    for old, new in (("    - 失火\n", ""), ("danger: water", "danger: gas"), ("护照", "驾照")):
        file.write_text(DATA.replace(old, new), encoding="utf-8")
        assert alarm_hash([data / "data"]) != before


def test_what_is_left_out_of_training_are_sentences_of_other_intents():
    words = yaml.safe_load((SENTENCES / "words" / "danger.yml").read_text(encoding="utf-8"))
    (table,) = (item for item in words["nlu"] if item["lookup"] == REPORTED)
    texts = {line.removeprefix("- ") for line in table["examples"].splitlines()}
    assert texts <= {
        example.text for example in read_data([SENTENCES]).examples if not example.danger
    }


def test_a_danger_that_the_rules_have_no_sign_of_is_named_by_the_model():
    text = "隔壁屋里全是火舌，大人小孩都在往下跑"
    assert by_rules(text) is None
    assert detect(text) == Emergency("fire", ("119",), (0, len(text)))


def test_a_danger_in_a_letter_is_heard_wherever_it_stands():
    sentences = ["我们小区的绿化一直很差，希望有人来管一管。"] * 12
    place = random.Random(1).randrange(len(sentences))
    text = "".join([*sentences[:place], "厨房现在着火了快来人救命啊，火很大。", *sentences[place:]])
    found = detect(text)
    assert found is not None
    assert found.kind == "fire"
    assert text[slice(*found.span)] == "着火"
    assert detect("".join(sentences)) is None


LETTER = (
    "尊敬的领导您好，我是某小区的业主，我们小区建成已有十多年，物业管理一直很差，绿化没有人修剪，"
    "路灯坏了多次报修也没有人来修，停车位被外来车辆占用，保安从来不管。垃圾房天天有异味，电梯三天两头"
    "停运，老人上下楼很不方便。希望有关部门重视起来，督促物业公司整改，让物业费花得明白。"
)


@pytest.mark.parametrize(
    ("end", "kind"), [("现在隔壁楼着火了快来人！", "fire"), ("我不想活了。", "self_harm")]
)
def test_a_short_last_sentence_of_a_letter_is_heard(end, kind):
    assert detect(LETTER) is None
    found = detect(LETTER + end)
    assert found is not None
    assert found.kind == kind
    assert found.span[0] >= len(LETTER)
