import re
import threading
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from kernel.clock import ManualClock
from kernel.ids import RandomIds, SequentialIds

SHAPE = re.compile(r"cnv_[0-9A-HJKMNP-TV-Z]{26}")


def test_an_identifier_is_its_prefix_and_26_characters(clock: ManualClock) -> None:
    assert SHAPE.fullmatch(RandomIds(clock).new("cnv"))
    assert SHAPE.fullmatch(SequentialIds().new("cnv"))


def test_identifiers_of_one_millisecond_are_unique_and_sorted(clock: ManualClock) -> None:
    ids = RandomIds(clock)
    made = [ids.new("x") for _ in range(5000)]
    assert made == sorted(set(made))


@given(st.lists(st.integers(min_value=0, max_value=10**7), max_size=30))
def test_identifiers_sort_by_the_time_they_were_made(steps: list[int]) -> None:
    clock = ManualClock()
    ids = RandomIds(clock)
    made = []
    for milliseconds in steps:
        clock.advance(milliseconds=milliseconds)
        made.append(ids.new("x"))
    assert made == sorted(set(made))


def test_a_clock_that_was_set_back_does_not_break_the_order() -> None:
    class Wobbling(ManualClock):
        def turn_back(self) -> None:
            self._now -= timedelta(seconds=5)

    clock = Wobbling()
    ids = RandomIds(clock)
    first = ids.new("x")
    clock.turn_back()
    assert ids.new("x") > first


def test_two_makers_of_one_moment_do_not_collide(clock: ManualClock) -> None:
    one, two = RandomIds(clock), RandomIds(clock)
    made = [maker.new("x") for _ in range(500) for maker in (one, two)]
    assert len(set(made)) == 1000


def test_threads_may_share_a_maker(clock: ManualClock) -> None:
    ids = RandomIds(clock)
    made: list[list[str]] = [[] for _ in range(4)]

    def work(mine: list[str]) -> None:
        mine.extend(ids.new("x") for _ in range(500))

    threads = [threading.Thread(target=work, args=(mine,)) for mine in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each for mine in made for each in mine}) == 2000
    assert all(mine == sorted(mine) for mine in made)


def test_the_time_of_an_identifier_can_be_read_back(clock: ManualClock) -> None:
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    number = 0
    for character in RandomIds(clock).new("x")[2:12]:
        number = number * 32 + alphabet.index(character)
    assert number == int(clock.now().timestamp() * 1000)


def test_secrets_are_as_long_as_asked_and_never_the_same() -> None:
    for ids in (RandomIds(), SequentialIds()):
        secrets = {ids.secret() for _ in range(100)}
        assert len(secrets) == 100
        assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", secret) for secret in secrets)
        assert len(ids.secret(32)) == 43


def test_sequential_identifiers_are_the_same_in_every_run() -> None:
    one, two = SequentialIds(), SequentialIds()
    assert [one.new("a"), one.secret(), one.new("b")] == [two.new("a"), two.secret(), two.new("b")]
    assert one.new("a") == "a_00000000000000000000000004"
