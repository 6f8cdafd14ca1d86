"""A city's own labelled file: read however it is written, scored, and learned from."""

import json
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from nlu.classify import ModelUnusable
from nlu.evaluation.labelled import Labelled, LabelledInvalid, LabelledRow, read_map
from nlu.evaluation.labelled_scores import score_labelled
from nlu.evaluation.picture import labelled_picture
from nlu.features import Features
from nlu.serve.labeller import LabelGuess, load
from nlu.serve.stacked import ExtraFeatures
from nlu.training.labeller import draw, train_labeller
from nlu.training.lifting import GAIN, gain_of, lifted
from nlu.training.samples import stack

TABLE = "标题,内容,类别\n路灯坏了,三天没人修,市政\n,,市政\n工资没发,,劳动\n半夜施工,吵得睡不着,\n"
LAMPS = ["路灯坏了", "路灯不亮", "灯坏了没人修", "路灯一闪一闪", "灯杆倒了", "路灯全黑了"]
WAGES = ["老板不发工资", "拖欠工资", "工资没发", "欠薪三个月", "工资还没结清", "讨要工资"]
CHATTER = [
    "今天股票涨了吗", "讲个笑话", "帮我写首诗", "哪部电影好看", "明天买什么菜", "推荐一本小说",
    "世界杯谁赢了", "怎么做红烧肉", "陪我聊聊天", "唱首歌吧", "给我算个命", "猜个谜语",
]  # fmt: skip
ALONE = ExtraFeatures()


@pytest.fixture
def table(tmp_path):
    def write(content, encoding="utf-8"):
        file = tmp_path / "rows.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return file

    return write


def rows_of(file, text=("标题", "内容"), label="类别"):
    labelled = Labelled.open(file, text, label)
    return list(labelled.rows()), labelled


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_a_file_is_read_however_it_was_saved_and_empty_cells_are_counted(
    table, encoding, separator
):
    rows, labelled = rows_of(table(TABLE.replace(",", separator), encoding))
    assert rows == [LabelledRow("路灯坏了\n三天没人修", "市政"), LabelledRow("工资没发", "劳动")]
    assert (labelled.read, labelled.empty) == (2, 2)


def test_missing_columns_are_named_with_those_that_are_there(table):
    with pytest.raises(
        LabelledInvalid, match=r"no column 分类, 正文; .* there are: 标题, 内容, 类别"
    ):
        Labelled.open(table(TABLE), ["标题", "正文"], "分类")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "first line must name the columns"),
        (b"\xff\xff\xff,\x80\n", "neither UTF-8 nor GB18030"),
    ],
)
def test_a_file_that_is_no_table_is_refused(table, content, says):
    with pytest.raises(LabelledInvalid, match=says):
        Labelled.open(table(content), ["a"], "b")


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(LabelledInvalid, match="No such file"):
        Labelled.open(tmp_path / "none.csv", ["a"], "b")


def test_a_quotation_mark_left_open_is_told_with_its_line(table, monkeypatch):
    monkeypatch.setattr("nlu.evaluation.labelled.LONGEST_CELL", 100)
    labelled = Labelled.open(table('标题,类别\n"路灯,市政\n' + "x,y\n" * 100), ["标题"], "类别")
    with pytest.raises(LabelledInvalid, match="quotation mark left open"):
        list(labelled.rows())


def test_rows_stream_and_progress_goes_up(table, monkeypatch):
    monkeypatch.setattr("nlu.evaluation.labelled._TOLD", 1)
    file = table("t,l\n" + "街口的路灯又坏了,a\n" * 40_000)
    seen = []
    rows = Labelled.open(file, ["t"], "l").rows(seen.append)
    next(rows)
    assert seen[-1] < 0.5
    assert sum(1 for _ in rows) == 39_999
    assert seen == sorted(seen)
    assert seen[-1] > 0.9


def test_a_map_leads_codes_by_the_longest_beginning_that_it_has(tmp_path):
    file = tmp_path / "map.yml"
    file.write_text('"02": 市政\n"0203": 照明\n', encoding="utf-8")
    assert read_map(file, ["0201", "0203", "0801"]) == {"0201": "市政", "0203": "照明"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("0203: 照明\n", "quotes"),
        ('"77": 照明\n', "the model knows no 77"),
        ('"02": [a, b]\n', "one label is expected"),
        ("- 02\n", "are expected"),
        ("a: [\n", "map.yml"),
    ],
)
def test_a_map_that_leads_nowhere_is_refused(tmp_path, content, says):
    file = tmp_path / "map.yml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(LabelledInvalid, match=says):
        read_map(file, ["0201", "0203"])


GUESSES = {"a": ("0201", 0.9), "b": ("0801", 0.8), "c": ("9900", 0.6), "d": (None, 0.0)}


def score(table, rows, lead=None, labels=("0201", "0801", "9900")):
    text = "t,l\n" + "".join(f"{item},{label}\n" for item, label in rows)
    labelled = Labelled.open(table(text), ["t"], "l")
    return score_labelled(labelled, lambda item: LabelGuess(*GUESSES[item]), labels, lead)


def test_figures_are_those_worked_out_by_hand(table):
    report = score(
        table,
        [("a", "市政"), ("a", "劳动"), ("b", "劳动"), ("c", "劳动"), ("d", "环保"), ("", "环保")],
        {"0201": "市政", "0801": "劳动"},
    )
    assert report.score.sentences == 5
    assert (report.empty, report.unanswered) == (1, 1)
    assert report.score.accuracy == pytest.approx(2 / 5)
    # 市政: 1 of 2 guesses, 1 of 1 rows; 劳动: 1 of 1 and 1 of 3; 环保 never.
    assert report.score.macro_f1 == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    assert report.unmapped == {"9900": 1}
    assert report.unreachable == {"环保": 1}
    assert {(confusion.truth, confusion.guess) for confusion in report.score.confusions} == {
        ("劳动", "市政"),
        ("劳动", ""),
        ("环保", ""),
    }
    text = report.as_text()
    assert "no entry in the map, so wrong: 9900 (1)" in text
    assert "cannot tell, so wrong: 环保 (1)" in text
    assert json.loads(json.dumps(report.as_dict()))["score"]["accuracy"] == pytest.approx(0.4)


def test_a_file_of_which_the_model_tells_no_label_is_refused_with_what_to_do(table):
    with pytest.raises(LabelledInvalid, match=r"none of the labels \(市政.*--map"):
        score(table, [("a", "市政")])


def test_a_file_without_one_full_row_is_refused(table):
    with pytest.raises(LabelledInvalid, match="no row has both"):
        score(table, [("", "市政")])


def test_a_column_that_is_no_label_is_noticed(table, monkeypatch):
    monkeypatch.setattr("nlu.evaluation.labelled_scores.MOST_LABELS", 3)
    with pytest.raises(LabelledInvalid, match="is l the label"):
        score(table, [("a", str(number)) for number in range(9)])


def test_the_picture_has_a_bar_for_each_label(table):
    report = score(table, [("a", "0201"), ("b", "0801"), ("b", "0201")])
    words = [
        item.text
        for item in ET.fromstring(labelled_picture(report)).iter("{http://www.w3.org/2000/svg}text")
    ]
    assert {"0201 (2)", "0801 (1)", "accuracy", "macro-F1"} <= set(words)


ROWS = [LabelledRow(lamp, "市政") for lamp in LAMPS] + [LabelledRow(item, "劳动") for item in WAGES]


def test_a_classifier_learns_a_file_and_is_the_same_after_a_journey_through_its_folder(tmp_path):
    trained = train_labeller([*ROWS, LabelledRow("一只猫", "猫")], ALONE)
    assert trained.report.rare == ["猫"]
    assert (trained.report.rows, trained.report.offered) == (12, 13)
    trained.write(tmp_path / "model")
    read = load(tmp_path / "model")
    for text in ("小区路灯坏了", "公司拖欠工资", "？"):
        assert read(text).label == trained.labeller(text).label
        assert read(text).confidence == pytest.approx(trained.labeller(text).confidence, abs=1e-3)
    assert read("小区路灯坏了").label == "市政"
    assert read("？") == LabelGuess(None, 0.0)


@pytest.mark.parametrize("taught", [True, False])
def test_what_is_out_of_scope_is_told_by_a_threshold_chosen_on_rows_for_validation(
    tmp_path, taught
):
    outside = [LabelledRow(item, "其他") for item in CHATTER]
    trained = train_labeller(
        [*ROWS, *(outside if taught else ())],
        ALONE,
        validation=[*ROWS, *outside],
        out_of_scope="其他",
    )
    trained.write(tmp_path / "model")
    read = load(tmp_path / "model")
    assert read("讲个笑话").label == "其他"
    assert read("路灯坏了").label == "市政"


def test_too_few_rows_out_of_scope_teach_nothing(tmp_path):
    with pytest.raises(LabelledInvalid, match="what is out of scope"):
        train_labeller(ROWS, ALONE, out_of_scope="其他")


def test_a_piece_of_one_label_is_lifted_above_a_piece_of_all():
    texts, truth = ["路灯", "路灯", "工资", "工灯"], np.array([0, 0, 1, 1])
    plain = Features(["灯", "工", "路"], np.array([1.0, 2.0, 3.0]), sign_weight=0.0)
    vectors = stack([plain.vector(text) for text in texts], plain.size)
    gain = gain_of(vectors, truth, plain.text_size)
    # 灯 is in all texts of one label and half of the other: 1 / (1 + 2 * 0.5).
    assert gain.tolist() == pytest.approx([1 + GAIN / 2, 1 + GAIN, 1 + GAIN])
    weighed = Features(["灯", "工", "路"], np.array([1.0, 2.0, 3.0]) * gain, sign_weight=0.0)
    served = stack([weighed.vector(text) for text in texts], weighed.size)
    np.testing.assert_allclose(lifted(vectors, gain).toarray(), served.toarray(), rtol=1e-5)


def test_one_label_is_none():
    with pytest.raises(LabelledInvalid, match="two labels"):
        train_labeller(ROWS[:6], ALONE)


def test_of_a_long_stream_a_random_part_is_learned_from():
    chosen, seen = draw((LabelledRow(str(number), "a") for number in range(10_000)), 100, seed=7)
    assert (len(chosen), seen) == (100, 10_000)
    assert 3_500 < np.mean([int(row.text) for row in chosen]) < 6_500


@pytest.fixture
def folder(tmp_path):
    train_labeller(ROWS, ALONE).write(tmp_path / "model")
    return tmp_path / "model"


def _spoil(folder, **changes):
    file = folder / "model.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | changes), encoding="utf-8")


@pytest.mark.parametrize(
    "break_it",
    [
        lambda folder: (folder / "weights.npz").unlink(),
        lambda folder: (folder / "weights.npz").write_bytes(b"PK\x03\x04 not a zip"),
        lambda folder: (folder / "weights.npz").write_bytes(
            (folder / "weights.npz").read_bytes()[:-40]
        ),
        lambda folder: (folder / "model.json").write_text("[]", encoding="utf-8"),
        lambda folder: (folder / "model.json").write_text("{", encoding="utf-8"),
        lambda folder: _spoil(folder, kind="other"),
        lambda folder: _spoil(folder, labels=["a"]),
        lambda folder: _spoil(folder, vocabulary=["a"]),
        lambda folder: _spoil(folder, scale=None),
    ],
)
def test_files_that_are_broken_or_foreign_are_refused(folder, break_it):
    break_it(folder)
    with pytest.raises(ModelUnusable):
        load(folder)
