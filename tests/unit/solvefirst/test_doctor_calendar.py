"""The doctor says when limits are counted without the nation's holidays."""

from datetime import date

import pytest

from api.catalogue.rules.calendar import OfficialDays
from solvefirst.doctor.run import FindingLevel, calendar_of

KNOWN = OfficialDays(years=frozenset({2025, 2026}))


@pytest.mark.parametrize(
    ("today", "verdict", "said"),
    [
        (date(2026, 5, 4), FindingLevel.FINE, "up to 2026"),
        (date(2026, 11, 1), FindingLevel.MIND, "of 2027"),
        (date(2027, 1, 1), FindingLevel.MIND, "of 2027"),
        (date(2027, 12, 1), FindingLevel.MIND, "of 2027 and 2028"),
    ],
)
def test_a_year_without_official_days_is_minded_before_limits_reach_it(today, verdict, said):
    finding = calendar_of(today, KNOWN)
    assert finding.verdict is verdict
    assert said in finding.seen
    assert bool(finding.advice) is (verdict is FindingLevel.MIND)
