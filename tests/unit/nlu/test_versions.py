"""Versions of the model: which one serves, what is refused, and the way back."""

import json
import shutil
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from nlu.classify import ModelUnusable
from nlu.serve.understanding import MODEL
from nlu.serve.versions import SHIPPED, Versions, VersionUnknown, open_checked

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
def versions(tmp_path):
    return Versions(tmp_path / "nlu")


def make(versions, days=0, before=None):
    def fill(folder):
        shutil.copytree(MODEL, folder, dirs_exist_ok=True)
        return {"corrections": 3}

    return versions.make(fill, NOON + timedelta(days=days), before or versions.current())


def weights(folder, **changes):
    with np.load(folder / "weights.npz") as archive:
        arrays = {name: archive[name] for name in archive.files}
    np.savez(folder / "weights.npz", **(arrays | changes))


def test_without_any_version_the_shipped_model_serves(versions):
    assert versions.names() == [SHIPPED]
    assert versions.current() == SHIPPED
    assert versions.open().name == SHIPPED


def test_a_version_serves_once_it_is_pointed_to(versions):
    name = make(versions)
    assert versions.current() == SHIPPED
    versions.point(name)
    opened = versions.open()
    assert (opened.name, opened.refused) == (name, ())
    assert opened.understanding.parse("路灯坏了")["intent"]["name"]
    assert versions.about(name)["corrections"] == 3


def test_what_fails_while_it_is_made_leaves_nothing(versions):
    def fill(folder):
        (folder / "half").write_text("x")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        versions.make(fill, NOON, SHIPPED)
    assert versions.names() == [SHIPPED]
    assert not list((versions.path(SHIPPED) / "..").resolve().glob(".making*"))


def test_the_way_back_is_the_version_that_served_before_and_not_a_younger_one_left_behind(versions):
    first = make(versions)
    versions.point(first)
    second = make(versions, days=1)
    versions.point(second)
    assert versions.rollback() == first
    third = make(versions, days=2)
    versions.point(third)
    assert versions.rollback() == first
    assert versions.rollback() == SHIPPED
    with pytest.raises(VersionUnknown, match="none before it"):
        versions.rollback()
    assert versions.rollback(third) == third
    with pytest.raises(VersionUnknown, match="no version nobody"):
        versions.rollback("nobody")


def _json(folder, **changes):
    file = folder / "model.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | changes), encoding="utf-8")


BREAKS = {
    "a missing file": lambda folder: (folder / "weights.npz").unlink(),
    "a file cut off": lambda folder: (folder / "weights.npz").write_bytes(
        (folder / "weights.npz").read_bytes()[:200_000]
    ),
    "no archive": lambda folder: (folder / "weights.npz").write_bytes(b"\x80\x04not ours"),
    "another description": lambda folder: (folder / "model.json").write_text('["x"]'),
    "a description without its heads": lambda folder: _json(folder, heads={}),
    "a vocabulary that is not its own": lambda folder: _json(folder, vocabulary=["a", "b"]),
    "idf of another vocabulary": lambda folder: weights(folder, idf=np.ones(3)),
    "weights that are no numbers": lambda folder: weights(
        folder, intent_bias=np.full(26, np.nan, dtype=np.float32)
    ),
    "a gazetteer that is none": lambda folder: (folder / "gazetteer.json").write_text("{}"),
}


@pytest.mark.parametrize("what", BREAKS)
def test_a_version_with_broken_or_foreign_files_is_refused_and_the_last_good_one_serves(
    versions, what
):
    first = make(versions)
    versions.point(first)
    second = make(versions, days=1)
    versions.point(second)
    BREAKS[what](versions.path(second))
    opened = versions.open()
    assert opened.name == first
    assert [name for name, _ in opened.refused] == [second]
    with pytest.raises(ModelUnusable):
        versions.point(second)


def test_a_pointer_to_a_version_that_is_gone_is_passed_over(versions):
    name = make(versions)
    versions.point(name)
    shutil.rmtree(versions.path(name))
    opened = versions.open()
    assert opened.name == SHIPPED
    assert opened.refused[0][0] == name


def test_when_not_one_can_be_opened_each_reason_is_told(tmp_path):
    with pytest.raises(ModelUnusable, match="solvefirst nlu train"):
        Versions(tmp_path / "nlu", tmp_path / "empty").open()


def test_the_last_few_stay_and_those_that_serve(versions):
    names = []
    for day in range(4):
        names.append(make(versions, days=day))
        versions.point(names[-1])
    versions.point(names[1])
    assert versions.prune(1) == [names[2]]
    assert versions.names() == [SHIPPED, names[0], names[1], names[3]]


def test_the_shipped_model_is_whole():
    assert open_checked(MODEL)
