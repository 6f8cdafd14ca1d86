from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.clock import SHANGHAI
from kernel.jobs.cron import last_tick, next_tick


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("expression", "now", "last", "following"),
    [
        ("30 3 * * *", "2026-03-02 03:30:00", "2026-03-02 03:30", "2026-03-03 03:30"),
        ("30 3 * * *", "2026-03-02 03:30:59", "2026-03-02 03:30", "2026-03-03 03:30"),
        ("30 3 * * *", "2026-03-02 03:29:59.999999", "2026-03-01 03:30", "2026-03-02 03:30"),
        ("*/15 9-17 * * 1-5", "2026-03-02 08:59", "2026-02-27 17:45", "2026-03-02 09:00"),
        ("0 0 1 1 *", "2026-12-31 23:59", "2026-01-01 00:00", "2027-01-01 00:00"),
        ("0 0 29 2 *", "2026-03-02 00:00", "2024-02-29 00:00", "2028-02-29 00:00"),
    ],
)
def test_ticks_are_read_in_shanghai(expression: str, now: str, last: str, following: str) -> None:
    moment = shanghai(now).astimezone(UTC)
    assert last_tick(expression, moment) == shanghai(last)
    assert next_tick(expression, moment) == shanghai(following)


@given(
    st.integers(0, 10**9).map(lambda s: datetime.fromtimestamp(10**9 + s, UTC)),
    st.sampled_from(["* * * * *", "*/7 * * * *", "0 21 * * *", "15 8 * * 1", "0 0 31 * *"]),
)
def test_now_lies_between_the_last_tick_and_the_next(now: datetime, expression: str) -> None:
    assert last_tick(expression, now) <= now < next_tick(expression, now)
    assert next_tick(expression, last_tick(expression, now)) == next_tick(expression, now)
    assert next_tick(expression, now) - last_tick(expression, now) <= timedelta(days=62)
