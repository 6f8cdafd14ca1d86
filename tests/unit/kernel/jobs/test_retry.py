from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from kernel.jobs.port import Retry


def test_the_waits_grow_up_to_the_longest() -> None:
    retry = Retry(first=5, factor=3, longest=60)
    assert [retry.backoff.wait(n).total_seconds() for n in range(1, 6)] == [5, 15, 45, 60, 60]


@given(st.integers(min_value=1, max_value=10**9))
def test_no_number_of_attempts_is_too_much(attempt: int) -> None:
    assert timedelta(0) < Retry().backoff.wait(attempt) <= timedelta(hours=1)


def test_a_first_wait_of_nothing_stays_nothing() -> None:
    assert Retry(first=0).backoff.wait(50) == timedelta(0)


def test_a_first_wait_longer_than_the_longest_is_the_longest() -> None:
    assert Retry(first=100, longest=10).backoff.wait(1) == timedelta(seconds=10)
