"""Random dialogues in random projects come to the same on both engines."""

import logging
from pathlib import Path

import pytest
from conformance import deeds
from conformance.adr import features, unmet
from conformance.engines import Theirs
from conformance.walking import Parted, Tally, Walker, explore

from kernel.clock import ManualClock

WALKS = 300
SEED = 20_260_302
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def walked(rasa_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Tally:
    """What came of the walks; a difference found is in it."""
    clock = ManualClock()
    theirs = Theirs(rasa_python, clock, tmp_path_factory.mktemp("rasa") / "rasa.log")
    tally = Tally()
    logging.disable(logging.CRITICAL)  # actions fail on purpose
    try:
        explore(Walker(theirs, clock, tally), walks=WALKS, seed_=SEED)
    except Parted as parted:
        tally.found = str(parted)
    finally:
        logging.disable(logging.NOTSET)
        theirs.close()
    return tally


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
