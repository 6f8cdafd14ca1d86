"""Random bytes are given out once, also between threads and after a fork."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from kernel.randomness import Randomness


def test_no_bytes_are_given_out_twice():
    randomness = Randomness()
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda _: randomness.bytes(12), range(5_000)))
    assert len(set(given)) == len(given)
    assert {len(item) for item in given} == {12}


def test_more_than_a_block_comes_from_the_system_at_once():
    assert len(Randomness().bytes(10_000)) == 10_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # other threads of the test process
def test_a_child_does_not_give_out_its_parents_bytes():
    randomness = Randomness()
    randomness.bytes(1)
    read, write = os.pipe()
    if os.fork() == 0:
        os.write(write, randomness.bytes(16))
        os._exit(0)
    own = randomness.bytes(16)
    os.wait()
    assert os.read(read, 16) != own
