"""A short form of `make faults`: the whole circle, killed -9 three times at random moments."""

from pathlib import Path

import pytest
from faults.rounds import run
from faults.tables import Findings


@pytest.mark.slow
async def test_the_whole_circle_survives_three_kills_at_random_moments(tmp_path: Path):
    seen, found = await run(tmp_path, database_url=None, kills=3, seed=14, at_once=1)
    assert found == Findings(
        messages=found.messages,
        cases=len(seen.citizens),
        pushes=found.pushes,
        in_flight_twice=found.in_flight_twice,
    )
    assert found.cases >= 3
    assert found.pushes >= 5 * found.cases
    assert len(seen.kills) == 3
    assert seen.moments.total() >= 3, "each kill meets something that is under way"
