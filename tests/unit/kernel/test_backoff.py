"""Back-off: how long to wait after so many failures."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.backoff import Backoff
from kernel.jobs.port import Retry


def test_the_waits_grow_up_to_the_longest() -> None:
    waits = [Backoff(2, 3, 50, jitter=0).seconds(failures) for failures in range(6)]
    assert waits == [2, 2, 6, 18, 50, 50]


def test_the_usual_waits_double_from_one_second_to_one_minute() -> None:
    assert [Backoff().seconds(failures) for failures in (1, 2, 3, 6, 7)] == [1, 2, 4, 32, 60]
    assert Backoff().seconds(7, 0.5) == 54


def test_a_back_off_that_begins_with_nothing_never_waits() -> None:
    assert Backoff(0, 2, 60).seconds(1) == 0
    assert Backoff(0, 2, 60).seconds(1000, 0.5) == 0


def test_a_wait_is_the_same_as_a_span_of_time() -> None:
    backoff = Backoff(10, 2, 60, jitter=0.2)
    assert backoff.wait(1) == timedelta(seconds=10)
    assert backoff.wait(2, 0.5) == timedelta(seconds=18)


def test_a_constant_back_off_stays_as_it_is() -> None:
    assert Backoff(5, 1, 60, jitter=0).seconds(10**9) == 5


def test_what_begins_above_the_longest_waits_for_the_longest() -> None:
    assert Backoff(90, 2, 60, jitter=0).seconds(1) == 60


@given(
    failures=st.integers(0, 10**12),
    first=st.floats(0.001, 1e4),
    factor=st.floats(1, 1e6),
    longest=st.floats(0.001, 1e6),
    chance=st.floats(0, 1, exclude_max=True),
)
def test_no_number_of_failures_overflows_or_leaves_the_bounds(
    failures: int, first: float, factor: float, longest: float, chance: float
) -> None:
    wait = Backoff(first, factor, longest, jitter=0.5).seconds(failures, chance)
    assert min(first, longest) * 0.499 <= wait <= longest * 1.000001


def test_jitter_takes_off_no_more_than_its_share() -> None:
    backoff = Backoff(10, 2, 60, jitter=0.2)
    assert backoff.seconds(1, 0.0) == 10
    assert backoff.seconds(1, 0.5) == 9


@pytest.mark.parametrize(
    "wrong", [(-1, 2, 60, 0.2), (1, 0.5, 60, 0.2), (1, 2, 0, 0.2), (1, 2, 60, 1.5)]
)
def test_a_back_off_without_meaning_is_refused(wrong: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="no back-off"):
        Backoff(*wrong)


def test_the_jobs_wait_by_the_same_rule() -> None:
    retry = Retry(first=5, factor=3, longest=3600)
    assert [retry.backoff.wait(attempt).total_seconds() for attempt in (1, 2, 3)] == [5, 15, 45]
    assert retry.backoff.wait(100_000).total_seconds() == 3600
