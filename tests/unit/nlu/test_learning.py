"""What is learned from staff, and which model is not taken."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from nlu.examples import Word
from nlu.learning.corrections import FiledWords, FilingConfusion, confusions, words_of
from nlu.learning.learn import ModelWorse, learn
from nlu.serve.versions import SHIPPED, Versions
from nlu.training.train import train

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
LAMPS = ["路灯坏了", "路灯不亮", "灯坏了没人修", "路灯一闪一闪", "灯杆倒了", "the lamp is broken"]
WAGES = ["老板不发工资", "拖欠工资", "工资没发", "欠薪三个月", "讨薪", "my wages are unpaid"]
GREETINGS = ["你好", "您好", "早上好", "在吗", "hello", "hi"]


def block(lines, intent, category=None):
    meta = f'  metadata:\n    category: "{category}"\n' if category else ""
    return f"- intent: {intent}\n{meta}  examples: |\n" + "".join(
        f"    - {line}\n" for line in lines
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    (folder / "a.yml").write_text(
        "nlu:\n"
        + block(LAMPS, "complaint", "0203")
        + block(WAGES, "complaint", "0801")
        + block(GREETINGS, "greet"),
        encoding="utf-8",
    )
    return folder


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory):
    """An evaluation set of a few sentences, in the shape of the held-out one."""
    folder = tmp_path_factory.mktemp("evaluation")
    files = {
        "categories.yml": {
            "0203": [{"complaint": "路灯坏了好几天"}, {"complaint": "路灯全都不亮"}],
            "0801": [{"complaint": "公司拖欠工资不给"}, {"complaint": "工资一直没发呢"}],
        },
        "intents.yml": {"greet": ["早上好呀"]},
        "out_of_scope.yml": {"chatter": ["讲个笑话"]},
        "emergencies.yml": {"fire": {"call": ["119"], "sentences": ["我家着火了快来人"]}},
        "near_misses.yml": {"over": ["灭火器过期了"]},
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    (folder / "places_times.yml").write_text(
        json.dumps([{"text": "昨天堵车", "now": "2026-03-18T10:30:00+08:00", "times": [
            {"start": 0, "end": 2, "text": "昨天", "from": "2026-03-17"}]}], ensure_ascii=False),
        encoding="utf-8",
    )  # fmt: skip
    return folder


@pytest.fixture
def versions(tmp_path, data):
    train([data], tmp_path / "shipped", None, seed=7)
    return Versions(tmp_path / "nlu", tmp_path / "shipped")


def test_confusions_are_counted_by_pair_with_the_newest_words():
    filed = [FiledWords(f"话{number}", "0203", "0801") for number in range(4)] + [
        FiledWords("灯", "0801", "0203")
    ]
    assert confusions(filed) == [
        FilingConfusion("0203", "0801", 4, ("话3", "话2", "话1")),
        FilingConfusion("0801", "0203", 1, ("灯",)),
    ]


def test_the_newest_word_of_staff_counts_and_categories_without_sentences_are_told():
    filed = [
        FiledWords("灯", "0801", "0203"),
        FiledWords("灯", "0801", "0801"),
        FiledWords("***", "0203", "0801"),
        FiledWords("猫", "0203", "7777"),
    ]
    assert words_of(filed, ["0203", "0801"]) == ([Word("灯", "category", "0801")], ("7777",))


def test_a_version_that_has_learned_serves_and_the_way_back_forgets_it(versions, data, evaluation):
    odd = "血汗钱被赖掉了"
    assert versions.open().understanding.parse(odd)["category"]["code"] != "0801"
    filed = [FiledWords(odd, "0203", "0801"), FiledWords("血汗钱要不回来", "0203", "0801")]
    steps = []
    learned = learn(
        versions, filed, [data], None, NOON, evaluation=evaluation,
        progress=lambda step, share: steps.append(step),
    )  # fmt: skip
    assert (learned.before, learned.learned, learned.unknown) == (SHIPPED, 2, ())
    assert "comparing" in steps
    assert all(figure.kept for figure in learned.figures)
    opened = versions.open()
    assert opened.name == learned.version == versions.current()
    assert opened.understanding.parse(odd)["category"]["code"] == "0801"
    assert versions.about(learned.version)["corrections"] == 2
    assert versions.rollback() == SHIPPED
    assert versions.open().understanding.parse(odd)["category"]["code"] != "0801"


def test_a_model_that_is_worse_is_refused_with_its_figures_and_the_old_one_stays(
    versions, data, evaluation
):
    # Somebody filed all lamps under wages.
    filed = [
        FiledWords(f"{start}路灯{end}", "0203", "0801")
        for start in ("", "街口", "门前", "村里")
        for end in ("坏了好几天", "全都不亮", "坏了", "不亮", "都不亮了")
    ]
    with pytest.raises(
        ModelWorse, match=r"worse on the evaluation set: category top-1 0\.\d+ instead"
    ):
        learn(versions, filed, [data], None, NOON, evaluation=evaluation)
    assert versions.current() == SHIPPED
    assert versions.names() == [SHIPPED]


def test_only_the_last_few_versions_stay(versions, data, evaluation, monkeypatch):
    monkeypatch.setattr("nlu.serve.versions.KEPT", 1)
    first = learn(versions, [], [data], None, NOON, evaluation=evaluation)
    later = learn(versions, [], [data], None, NOON + timedelta(days=1), evaluation=evaluation)
    assert (later.before, later.dropped) == (first.version, ())
    last = learn(versions, [], [data], None, NOON + timedelta(days=2), evaluation=evaluation)
    assert last.dropped == (first.version,)
