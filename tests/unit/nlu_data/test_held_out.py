"""The held-out set is whole, sound, and has never been learned from."""

import json
import re
import shutil
from collections import Counter

import pytest

from api.catalogue.store.loading import load_catalogue, shipped_catalogue
from nlu.classify import load
from nlu.evaluation.heldout import EVALUATION, REQUESTS, HeldOutInvalid, read_held_out, same
from nlu.examples import read_data
from nlu.extract.places.gazetteer import FILE
from nlu.serve.understanding import MODEL
from solvefirst.project import TRAINING_DATA

HAN = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def held_out():
    return read_held_out()


def test_each_category_has_ten_sentences_one_of_them_english(held_out):
    catalogue = load_catalogue(shipped_catalogue())
    codes = {code for code in catalogue.categories if len(code) == 4}
    times = Counter(request.category for request in held_out.requests)
    assert set(times) == codes
    assert min(times.values()) >= 10
    assert {
        request.category for request in held_out.requests if not HAN.search(request.text)
    } == codes


def test_each_intent_of_the_model_has_sixty_sentences_and_nothing_has_another_intent(held_out):
    times = Counter(example.intent for example in held_out.examples())
    assert set(times) == set(load(MODEL).heads["intent"].labels)
    assert min(times.values()) >= 60
    assert {request.intent for request in held_out.requests} == REQUESTS


def test_there_are_enough_of_the_other_sorts(held_out):
    assert len(held_out.outside) >= 300
    assert len(held_out.dangers) >= 150
    assert len(held_out.near_misses) >= 300
    assert len(held_out.marked) >= 300


def test_marked_districts_are_districts_of_the_shipped_city(held_out):
    areas = json.loads((MODEL / FILE).read_text(encoding="utf-8"))["areas"]
    names = {area["name"] for area in areas if area["level"] == "district"}
    marked = {span.value for item in held_out.marked for span in item.places} - {None}
    assert marked == names


def test_no_sentence_is_learned_from(held_out):
    learned = {same(example.text) for example in read_data([TRAINING_DATA]).examples}
    leaks = [text for text in held_out.texts() if same(text) in learned]
    assert not leaks, "take these out of the training data"


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("categories.yml", "  - complaint: ", "  - grumble: ", "a kind and a sentence"),
        ("intents.yml", '  - "您好呀"', '  - "您好呀"\n  - "您好呀！"', "stands twice"),
        ("emergencies.yml", '["119"]', '["911"]', "not numbers"),
        ("emergencies.yml", "fire:", "boredom:", "not a kind"),
        ("places_times.yml", "{start: ", "{start: 1", "is not at"),
        ("places_times.yml", "+08:00", "", "time zone"),
        ("near_misses.yml", "past:", "past: [", "near_misses.yml"),
    ],
)
def test_a_damaged_set_is_refused_with_its_file(tmp_path, file, old, new, message):
    folder = shutil.copytree(EVALUATION, tmp_path / "evaluation")
    content = (folder / file).read_text(encoding="utf-8")
    assert old in content
    (folder / file).write_text(content.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(HeldOutInvalid, match=message) as refused:
        read_held_out(folder)
    assert str(folder) in str(refused.value)


def test_a_set_without_a_file_is_refused(tmp_path):
    with pytest.raises(HeldOutInvalid, match=r"categories\.yml"):
        read_held_out(tmp_path)
