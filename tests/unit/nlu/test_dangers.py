"""The emergency rules on the sentences written to develop them."""

from pathlib import Path

import pytest
import yaml

from nlu.dangers import DANGERS
from nlu.emergency import detect

HERE = Path(__file__).parent
DANGER = yaml.safe_load((HERE / "dangers.yml").read_text(encoding="utf-8"))
NEAR_MISSES = yaml.safe_load((HERE / "near_misses.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", DANGER)
def test_of_a_hundred_dangers_at_most_one_is_missed(kind):
    missed = [text for text in DANGER[kind] if detect(text) is None]
    assert len(missed) <= len(DANGER[kind]) / 100, missed


@pytest.mark.parametrize("sort", NEAR_MISSES)
def test_of_a_hundred_near_misses_at_most_two_alarm(sort):
    alarms = [text for text in NEAR_MISSES[sort] if detect(text) is not None]
    assert len(alarms) <= len(NEAR_MISSES[sort]) / 50, alarms


def test_the_sets_are_of_a_size_that_says_something_and_hold_every_kind():
    assert sum(map(len, DANGER.values())) >= 250
    assert sum(map(len, NEAR_MISSES.values())) >= 350
    assert set(DANGER) == {danger.kind for danger in DANGERS}
