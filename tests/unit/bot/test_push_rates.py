"""The rates against a checker that knows nothing but the calls: every sliding second is counted."""

import asyncio
import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.outbound.rates import RateGate
from kernel.clock import ManualClock

REPLY, PROGRESS, BROADCAST = 0, 1, 2


def most_in_a_second(moments: list[float]) -> int:
    """Count by brute force: the most of `moments` within any window of one second."""
    return max(
        (sum(1 for moment in moments if start <= moment < start + 1) for start in moments),
        default=0,
    )


async def settled() -> None:
    for _ in range(12):
        await asyncio.sleep(0)


class Line:
    """Calls through a gate on a clock that the test moves; each reaches the channel at a moment
    between its begin and its end."""

    def __init__(self, total: int, chat: int = 1) -> None:
        self.clock = ManualClock()
        self.gate = RateGate(self.clock, total=total, chat=chat)
        self.arrivals: list[tuple[float, str, int]] = []
        self.begun: list[tuple[float, str, int]] = []

    def now(self) -> float:
        return self.clock.now().timestamp()

    async def call(self, chat: str, urgency: int, before: float = 0, after: float = 0) -> None:
        async with self.gate.passing(chat, urgency):
            self.begun.append((self.now(), chat, urgency))
            if before:
                await self.clock.sleep(before)
            self.arrivals.append((self.now(), chat, urgency))
            if after:
                await self.clock.sleep(after)

    async def run(self, *tasks: asyncio.Task, longest: float = 600, step: float = 0.01) -> None:
        end = self.now() + longest
        await settled()
        while not all(task.done() for task in tasks):
            assert self.now() < end, "somebody waits for ever"
            self.clock.advance(seconds=step)
            await settled()
        for task in tasks:
            task.result()


calls = st.lists(
    st.tuples(
        st.floats(0, 3),  # comes at
        st.integers(0, 5),  # chat
        st.sampled_from([REPLY, PROGRESS, BROADCAST]),
        st.sampled_from([0, 0.02, 0.3, 1.4]),  # on the way there
        st.sampled_from([0, 0.01, 0.2]),  # on the way back
    ),
    max_size=40,
)


@settings(max_examples=40, deadline=None)
@given(calls, st.integers(1, 5), st.integers(1, 2))
def test_no_sliding_second_of_the_channel_holds_more_than_is_allowed(plan, total, chat):
    async def scene() -> None:
        line = Line(total, chat)

        async def caller(at, name, urgency, before, after):
            await line.clock.sleep(at)
            await line.call(str(name), urgency, before, after)

        tasks = [asyncio.ensure_future(caller(*item)) for item in plan]
        await line.run(*tasks, step=0.05)
        assert len(line.arrivals) == len(plan)
        assert most_in_a_second([at for at, _, _ in line.arrivals]) <= total
        for name in {name for _, name, _ in line.arrivals}:
            mine = [at for at, item, _ in line.arrivals if item == name]
            assert most_in_a_second(mine) <= chat

    asyncio.run(scene())


async def test_almost_all_of_the_allowed_rate_is_used():
    line = Line(28)
    tasks = [asyncio.ensure_future(line.call(f"c{n}", BROADCAST, 0.002, 0.002)) for n in range(420)]
    begin = line.now()
    await line.run(*tasks, step=0.002)
    took = line.arrivals[-1][0] - begin
    assert 420 / took >= 0.95 * 28
    assert most_in_a_second([at for at, _, _ in line.arrivals]) <= 28


async def test_a_reply_does_not_wait_for_the_broadcast_before_it():
    line = Line(28)
    pushes = [asyncio.ensure_future(line.call(f"c{n}", BROADCAST, 0.002)) for n in range(300)]
    await settled()
    waits = []
    for n in range(20):
        for _ in range(100):
            line.clock.advance(milliseconds=3)
            await settled()
        asked = line.now()
        reply = asyncio.ensure_future(line.call(f"reply {n}", REPLY))
        await line.run(reply, step=0.003)
        waits.append(line.arrivals[-1][0] - asked)
    assert max(waits) < 0.15
    await line.run(*pushes)


async def test_the_more_urgent_goes_first_and_equals_in_turn():
    line = Line(1)
    await line.run(asyncio.ensure_future(line.call("first", REPLY)))
    order = [("a", BROADCAST), ("b", PROGRESS), ("c", REPLY), ("d", PROGRESS), ("e", REPLY)]
    tasks = [asyncio.ensure_future(line.call(*item)) for item in order]
    await line.run(*tasks)
    assert [name for _, name, _ in line.begun] == ["first", "c", "e", "b", "d", "a"]


async def test_what_waits_can_become_urgent():
    line = Line(1)
    await line.run(asyncio.ensure_future(line.call("first", REPLY)))
    tasks = [asyncio.ensure_future(line.call(name, BROADCAST)) for name in "abc"]
    await settled()
    line.gate.hasten("c", REPLY)
    line.gate.hasten("nobody", REPLY)
    await line.run(*tasks)
    assert [name for _, name, _ in line.begun] == ["first", "c", "a", "b"]


async def test_a_pause_holds_everybody_back():
    line = Line(28)
    begin = line.now()
    line.gate.hold(5)
    tasks = [asyncio.ensure_future(line.call(name, REPLY)) for name in "abc"]
    await line.run(*tasks)
    assert all(at >= begin + 5 for at, _, _ in line.begun)


async def test_a_turn_that_was_not_used_does_not_count():
    line = Line(1)
    begin = line.now()
    for _ in range(5):
        async with line.gate.passing("a", REPLY) as turn:
            turn.used = False
    await line.run(asyncio.ensure_future(line.call("a", REPLY)))
    assert line.begun[0][0] == pytest.approx(begin, abs=0.01)


async def test_who_gives_up_waiting_leaves_the_way_free():
    line = Line(2)
    rng = random.Random(7)
    tasks = [asyncio.ensure_future(line.call(f"c{n % 7}", n % 3, 0.01)) for n in range(40)]
    await settled()
    given_up = rng.sample(range(40), 15)
    for number in given_up:
        tasks[number].cancel()
    left = [task for number, task in enumerate(tasks) if number not in given_up]
    await line.run(*left)
    await asyncio.gather(*tasks, return_exceptions=True)
    begun = [at for at, _, _ in line.begun]
    assert len(begun) >= len(left)
    assert all(later - first >= 1 for first, later in itertools.pairwise(sorted(begun)[::2]))
