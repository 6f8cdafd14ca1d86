"""Random dialogues in random projects come to the same on both engines."""

import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from conformance import deeds
from conformance.adr import features, unmet
from conformance.walking import Tally, explored

WALKS = 120
SEEDS = (20_260_305, 20_270_305)
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def walked(rasa_python: Path) -> Tally:
    """What came of the walks; a difference found is in it. Half of them each in two processes."""
    strict = {"initializer": warnings.simplefilter, "initargs": ("error",)}  # as all tests are
    with ProcessPoolExecutor(2, mp_context=get_context("spawn"), **strict) as pool:
        halves = [
            pool.submit(explored, rasa_python, walks=WALKS // 2, seed_=seed) for seed in SEEDS
        ]
        first, second = (half.result() for half in halves)
    return first + second


def test_random_dialogues_come_to_the_same_on_both_engines(walked: Tally) -> None:
    assert walked.found is None, walked.found
    assert walked.whole >= WALKS
    assert walked.turns >= 4 * WALKS
    # A dialogue that runs away is compared up to there; few may.
    assert walked.cut.total() < walked.walks / 4, walked.cut


def test_every_feature_that_the_adr_says_is_run_has_a_generator(walked: Tally) -> None:
    assert len(features()) > 60
    returned = {str(event["event"]) for events in deeds.EVENTS for event in events}
    assert unmet(walked.met | returned) == []
