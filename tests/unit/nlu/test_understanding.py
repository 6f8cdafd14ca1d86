"""Readings of whole messages that no model is asked about, and models that cannot be opened."""

import asyncio
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from nlu.classify import ModelUnusable
from nlu.serve.understanding import MODEL, MessageUnderstanding


@pytest.mark.parametrize("code", ["EM3K-9RK3", "thx0-byes", "B3HZ-4422-B6FQ", "  7QZP-OKAY\n"])
def test_a_code_alone_is_a_bare_fact(code: str) -> None:
    intent = MessageUnderstanding.open().parse(code)["intent"]
    assert intent == {"name": "inform", "confidence": 1.0}


def test_words_with_a_dash_are_no_code() -> None:
    assert MessageUnderstanding.open().parse("good-byes")["intent"]["name"] != "inform"


def test_the_probabilities_of_all_categories_agree_with_the_ranking() -> None:
    understanding = MessageUnderstanding.open()
    words = "小区门口的路灯坏了一个星期，晚上什么都看不见"
    categories = understanding.categories(words)
    ranking = understanding.parse(words)["category"]["ranking"]
    assert len(categories) == len(understanding.model.heads["category"].labels)
    assert sum(categories.values()) == pytest.approx(1, abs=1e-4)
    assert [row["code"] for row in ranking] == sorted(
        categories, key=lambda code: -categories[code]
    )[: len(ranking)]
    assert ranking[0]["confidence"] == pytest.approx(categories[ranking[0]["code"]])


def test_a_text_without_a_letter_has_no_category() -> None:
    assert MessageUnderstanding.open().categories("？！…") == {}


async def test_the_loop_goes_on_while_a_long_message_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    understanding = MessageUnderstanding.open()
    extract, released = understanding._extractor.extract, threading.Event()

    def slow(*args: Any) -> Any:
        assert released.wait(5), "the loop waits for the reading"
        return extract(*args)

    monkeypatch.setattr(understanding._extractor, "extract", slow)
    long = "中山路的路灯坏了三天了，请派人来修。" * 100
    waiting = asyncio.create_task(understanding.parse_async(long))
    await asyncio.sleep(0)
    assert not waiting.done()
    released.set()
    assert await waiting == understanding.parse(long)


@pytest.mark.parametrize(
    ("file", "content"),
    [("weights.npz", b"PK\x03\x04 torn"), ("spans.npz", b"no archive"), ("model.json", b"[]")],
)
def test_a_damaged_file_is_told_as_a_model_that_is_unusable(
    tmp_path: Path, file: str, content: bytes
) -> None:
    shutil.copytree(MODEL, tmp_path, dirs_exist_ok=True)
    (tmp_path / file).write_bytes(content)
    with pytest.raises(ModelUnusable, match="nlu train"):
        MessageUnderstanding.open(tmp_path)
