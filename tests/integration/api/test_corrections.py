"""Staff file a case anew: what is kept of it, seen, learned, and unlearned."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from case_service import SECRET, case_service, tiny_catalogue
from sqlalchemy import select
from typer.testing import CliRunner

from api.contract import Recategorise
from api.people.rules.actor import Role
from api.store.cases.corrections import Corrections, category_correction
from nlu.serve.versions import Versions
from nlu.training.train import train
from solvefirst.cli import app
from solvefirst.nlu import models
from solvefirst.settings import Settings

WORDS = "我叫王小河，老街街道灯市口3号门前的石板松了，已经绊倒两个人，电话13800001234"


@asynccontextmanager
async def learning(url, clock, var):
    """A case service that keeps corrections, and a clerk's client."""
    understanding = models.behind_cases(Settings(var=var), tiny_catalogue())
    async with case_service(url, clock, understanding=understanding) as service:
        yield service, await service.as_role(Role.CLERK)


async def file_anew(clerk, number, category):
    order = Recategorise(category=category, reason="不归这里")
    return await clerk.move(number, "recategorise", order)


async def kept(service):
    return await service.database.read(lambda tx: Corrections(tx, service.keyring).all())


async def test_a_case_filed_anew_is_kept_with_its_words_masked_and_sealed(
    database_url, clock, tmp_path
):
    async with learning(database_url, clock, tmp_path) as (service, clerk):
        case = await service.open(category="9900", happened=WORDS)
        assert (await file_anew(clerk, case.number, "0201")).category.code == "0201"
        [one] = await kept(service)
        assert (one.number, one.before, one.after) == (case.number, "9900", "0201")
        assert (one.model, one.at) == ("shipped", clock.now())
        assert "石板松了，已经绊倒两个人" in one.words
        for personal in ("王小河", "灯市口", "3号", "13800001234"):
            assert personal not in one.words
        sealed = await service.database.read(
            lambda tx: tx.scalar(select(category_correction.c.words_sealed))
        )
        assert "石板".encode() not in sealed


async def test_the_last_word_of_staff_counts_and_a_change_taken_back_is_none(
    database_url, clock, tmp_path
):
    async with learning(database_url, clock, tmp_path) as (service, clerk):
        case = await service.open(category="9900", happened=WORDS)
        for category in ("0101", "0201"):
            await file_anew(clerk, case.number, category)
        assert [(item.before, item.after) for item in await kept(service)] == [("9900", "0201")]
        await file_anew(clerk, case.number, "9900")
        assert await kept(service) == []


async def test_nothing_is_kept_of_a_report_or_where_nothing_learns(sqlite_url, clock, tmp_path):
    async with learning(sqlite_url, clock, tmp_path) as (service, clerk):
        case = await service.open(category="9900", kind="report")
        await file_anew(clerk, case.number, "0201")
        assert await kept(service) == []
    async with case_service(sqlite_url, clock) as service:
        clerk = await service.as_role(Role.CLERK)
        case = await service.open("key-2", category="9900")
        await file_anew(clerk, case.number, "0201")
        assert await kept(service) == []


async def test_a_correction_goes_when_its_case_is_erased(database_url, clock, tmp_path):
    async with learning(database_url, clock, tmp_path) as (service, clerk):
        case = await service.open(category="9900", happened=WORDS)
        await file_anew(clerk, case.number, "0201")
        await service.client.erase_citizen("cnv_1", withdraw=True)
        assert await kept(service) == []


PAVING = [
    "石板松了", "路面石板翘起来", "人行道石板碎了", "地砖松动", "砖缺了一块", "路砖踩上去晃",
]  # fmt: skip
BROOK = ["河水发臭", "小河漂着垃圾", "河道堵了", "河里倒脏水", "河边臭气", "水面一层油"]
INTENTS = {
    "greet": ["你好", "您好", "早上好", "在吗", "hello", "hi"],
    "emergency": ["着火了", "有人落水了", "快救火", "有人晕倒了", "起火了救命", "爆炸了"],
    "out_of_scope": ["讲个笑话", "唱首歌", "写首诗", "算个命", "猜个谜", "聊聊天"],
}
EVALUATION = {
    "categories.yml": {
        "0201": [{"complaint": "石板松动了"}, {"complaint": "人行道的砖碎了"}],
        "0101": [{"complaint": "小河发臭了"}, {"complaint": "河道里有垃圾"}],
    },
    "intents.yml": {"greet": ["早上好呀"]},
    "out_of_scope.yml": {"chatter": ["讲个笑话吧"]},
    "emergencies.yml": {"fire": {"call": ["119"], "sentences": ["我家着火了快来人"]}},
    "near_misses.yml": {"over": ["灭火器过期了"]},
    "places_times.yml": [
        {
            "text": "昨天堵车",
            "now": "2026-03-18T10:30:00+08:00",
            "times": [{"start": 0, "end": 2, "text": "昨天", "from": "2026-03-17"}],
        }
    ],
}


def block(lines, intent, category=None):
    meta = f'  metadata:\n    category: "{category}"\n' if category else ""
    return f"- intent: {intent}\n{meta}  examples: |\n" + "".join(
        f"    - {line}\n" for line in lines
    )


@pytest.fixture
def city(tmp_path, monkeypatch):
    """A city with data, an evaluation set and a shipped model of its own, all of them small."""
    data, evaluation, shipped = (tmp_path / item for item in ("data", "evaluation", "shipped"))
    data.mkdir()
    evaluation.mkdir()
    (data / "a.yml").write_text(
        "nlu:\n"
        + block(PAVING, "complaint", "0201")
        + block(BROOK, "complaint", "0101")
        + "".join(block(lines, intent) for intent, lines in INTENTS.items()),
        encoding="utf-8",
    )
    for name, content in EVALUATION.items():
        (evaluation / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    train([data], shipped, None, seed=7)
    var = tmp_path / "var"
    monkeypatch.setenv("SOLVEFIRST_VAR", str(var))
    monkeypatch.setenv("SOLVEFIRST_SECRET_KEY", SECRET)
    monkeypatch.setattr("solvefirst.nlu.learning.TRAINING_DATA", data)
    monkeypatch.setattr("nlu.learning.learn.EVALUATION", evaluation)
    monkeypatch.setattr(
        models, "versions", lambda settings: Versions(settings.var / "nlu", shipped)
    )
    return var


def typed(*words):
    return CliRunner().invoke(app, ["nlu", *words])


def open_and_file(var, clock, cases):
    """Open cases in the store under `var`, and have a clerk file each anew."""

    async def run():
        var.mkdir(exist_ok=True)
        async with learning(f"sqlite:///{var / 'solvefirst.db'}", clock, var) as (service, clerk):
            for place, (words, before, after) in enumerate(cases):
                key = f"{clock.now().isoformat()}-{place}"
                case = await service.open(key, category=before, happened=words, place=None)
                await file_anew(clerk, case.number, after)

    asyncio.run(run())


def reads(words):
    return models.versions(Settings()).open().understanding.parse(words)["category"]["code"]


def test_from_a_correction_over_review_and_training_to_the_way_back(city, clock):
    odd = "小河边的台阶长了青苔，老人滑倒"
    assert reads(odd) == "0101"
    open_and_file(city, clock, [(f"王小河说{odd}", "9900", "0201"), (odd, "9900", "0201")])

    [pair] = json.loads(typed("review", "--json").stdout)
    assert (pair["from"], pair["to"], pair["times"]) == ("9900", "0201", 2)
    assert set(pair["examples"]) == {odd, f"***说{odd}"}
    assert odd in typed("review").stdout

    trained = typed("train", "--with-corrections")
    assert trained.exit_code == 0, trained.stdout
    assert "learned from 2 corrections and takes the place of shipped" in trained.stdout
    assert reads(odd) == "0201"
    version = models.versions(Settings()).current()
    assert version in typed("versions").stdout

    assert "Version shipped serves" in typed("rollback").stdout
    assert reads(odd) == "0101"
    assert typed("rollback").exit_code == 2
    assert typed("rollback", version).exit_code == 0
    assert reads(odd) == "0201"


def test_a_model_made_worse_by_wrong_corrections_is_refused_and_the_old_one_stays(city, clock):
    starts, ends = ("", "街口", "门前", "村里", "桥头"), ("松动了", "松了", "的砖碎了", "碎了")
    wrong = [(f"{start}石板{two}", "0201", "0101") for start in starts for two in ends]
    wrong += [(f"{start}人行道的砖{two}", "0201", "0101") for start in starts for two in ends]
    open_and_file(city, clock, [(words, "9900", after) for words, _, after in wrong])
    refused = typed("train", "--with-corrections")
    assert refused.exit_code == 1
    assert "Refused: the new model is worse on the evaluation set: category top-1" in (
        refused.stdout.replace("\n", " ")
    )
    assert "The old model stays." in refused.stdout
    assert models.versions(Settings()).names() == ["shipped"]


def test_without_a_store_review_says_so_and_without_corrections_it_says_that(city, clock):
    assert typed("review").exit_code == 2
    open_and_file(city, clock, [])
    assert "no case anew" in typed("review").stdout
