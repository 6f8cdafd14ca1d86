"""Loops and background tasks in detail: what is noted, waited for, and ended in which order."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from patience import PATIENCE
from structlog.testing import capture_logs

from kernel.backoff import Backoff
from kernel.bell.local import LocalBell
from kernel.clock import ManualClock
from kernel.loops import Phase, TryAgain
from kernel.supervisor import Supervisor

QUICK = Backoff(first=10, factor=2, longest=80, jitter=0)


@pytest.fixture
async def supervisor(clock: ManualClock):
    supervisor = Supervisor(clock, random=lambda: 0.0)
    yield supervisor
    await supervisor.stop(0)


async def settle():
    for _ in range(20):
        await asyncio.sleep(0)


async def advance(clock, **time):
    clock.advance(**time)
    await settle()


def failing(*errors):
    """Make a step that raises each error in turn; an error that is None is a success."""
    left, count = list(errors), []

    async def step():
        count.append(1)
        error = left.pop(0) if left else None
        if error is not None:
            raise error

    step.count = count
    return step


class DeafBell:
    """A bell that cannot be listened to as often as it is told, and then can."""

    def __init__(self, bell, times):
        self.bell, self.times = bell, times

    @asynccontextmanager
    async def listen(self, topic):
        if self.times:
            self.times -= 1
            raise ConnectionError("no line to 13800138000")
        async with self.bell.listen(topic) as listener:
            yield listener


async def test_a_loop_whose_bell_is_silent_goes_on_and_listens_again(supervisor, clock):
    local, step = LocalBell(clock), failing()
    with capture_logs() as logs:
        loop = supervisor.loop("look", step, every=5, bell=DeafBell(local, 2))
        loop.start()
        await settle()
        assert len(step.count) == 1
        assert loop.state.last_error == "ConnectionError: no line to [redacted]"
        assert (loop.state.phase, loop.state.failures) == (Phase.WAITING, 0)
        await advance(clock, seconds=5)
        await advance(clock, seconds=5)
    assert len(step.count) == 3
    assert (
        logs
        == [
            {
                "event": "loop_without_bell",
                "log_level": "warning",
                "loop": "look",
                "error": "ConnectionError: no line to [redacted]",
            }
        ]
        * 2
    )
    local.ring("look")
    await settle()
    assert len(step.count) == 4


async def test_a_bell_that_never_answers_delays_a_loop_by_two_seconds_at_most(
    supervisor, clock, monkeypatch
):
    waits = []
    timeout = asyncio.timeout

    def noted(seconds):
        waits.append(seconds)
        return timeout(seconds)

    monkeypatch.setattr(asyncio, "timeout", noted)
    bell = LocalBell(clock)
    for limit in (None, 1.0, 30.0):
        supervisor.loop(f"look {limit}", failing(), every=5, bell=bell, limit=limit).start()
        await settle()
    supervisor.loop("usual", failing(), every=5, bell=bell).start()
    await settle()
    assert waits == [2.0, None, 1.0, 1.0, 2.0, 30.0, 2.0, 60.0]


async def test_a_start_after_failures_begins_anew(supervisor, clock):
    step = failing(OSError("a"), OSError("b"))
    with capture_logs():
        loop = supervisor.loop("look", step, every=5, backoff=QUICK)
        loop.start()
        await settle()
        await advance(clock, seconds=10)
        assert loop.state.failures == 2
        await loop.stop()
        loop.start()
        state = loop.state
        assert (state.failures, state.failing_since) == (0, None)
        assert state.last_error == "OSError: b"
        await settle()
    assert loop.state.phase is Phase.WAITING


async def test_a_second_start_of_a_running_loop_changes_nothing(supervisor, clock):
    step = failing()
    loop = supervisor.loop("look", step, every=5)
    loop.start()
    await settle()
    loop.start()
    await settle()
    assert len(step.count) == 1
    await loop.stop()
    await loop.stop()
    assert (loop.state.phase, loop.stopping) == (Phase.STOPPED, True)


async def test_a_failure_is_logged_with_its_number_its_wait_and_its_traceback(supervisor, clock):
    error = OSError("away")
    step = failing(error, error)
    with capture_logs() as logs:
        supervisor.loop("look", step, every=5, backoff=QUICK).start()
        await settle()
        await advance(clock, seconds=10)
        await advance(clock, seconds=20)
    about = {"event": "loop_failed", "log_level": "error", "loop": "look", "exc_info": error}
    assert logs == [
        {**about, "failures": 1, "seconds": 10},
        {**about, "failures": 2, "seconds": 20},
        {"event": "loop_recovered", "log_level": "info", "loop": "look", "failures": 2},
    ]


async def test_a_known_failure_is_logged_with_its_reason_and_repeated_in_a_whisper(
    supervisor, clock
):
    step = failing(TryAgain("full"), TryAgain("full"), TryAgain("full", seconds=0))
    with capture_logs() as logs:
        supervisor.loop("look", step, every=5, backoff=QUICK).start()
        await settle()
        await advance(clock, seconds=10)
        await advance(clock, seconds=20)
    about = {"event": "loop_failed", "loop": "look", "reason": "full"}
    assert logs == [
        {**about, "log_level": "warning", "failures": 1, "seconds": 10},
        {**about, "log_level": "debug", "failures": 2, "seconds": 20},
        {**about, "log_level": "debug", "failures": 3, "seconds": 0},
        {"event": "loop_recovered", "log_level": "info", "loop": "look", "failures": 3},
    ]
    assert len(step.count) == 4  # after no seconds, as the other side said


async def test_a_service_that_has_run_for_longer_than_its_longest_wait_has_recovered(
    supervisor, clock
):
    ends = []

    async def run():
        ends.append(asyncio.Event())
        await ends[-1].wait()
        raise OSError("ended")

    with capture_logs() as logs:
        loop = supervisor.service("serve", run, backoff=QUICK)
        loop.start()
        await settle()
        ends[-1].set()
        await settle()
        assert (loop.state.failures, loop.state.phase) == (1, Phase.FAILING)
        await advance(clock, seconds=10)
        ends[-1].set()
        await settle()
        assert loop.state.failures == 2
        await advance(clock, seconds=20)
        began = clock.now()
        await advance(clock, seconds=80)
        state = loop.state
        assert (state.failures, state.phase) == (2, Phase.RUNNING)
        await advance(clock, seconds=1)
        state = loop.state
        assert (state.name, state.failures, state.failing_since) == ("serve", 0, None)
        assert (state.last_error, state.last_success) == ("OSError: ended", None)
        ends[-1].set()
        await settle()
    assert (loop.state.failures, loop.state.failing_since) == (1, clock.now())
    assert clock.now() == began + timedelta(seconds=81)
    assert [log["seconds"] for log in logs] == [10, 20, 10]


async def test_a_loop_of_steps_recovers_by_a_step_and_not_by_time(supervisor, clock):
    go_on = asyncio.Event()
    step = failing(OSError("away"))

    async def slow():
        await step()
        await go_on.wait()

    with capture_logs():
        loop = supervisor.loop("look", slow, every=5, backoff=QUICK, limit=None)
        loop.start()
        await settle()
        await advance(clock, seconds=10)
        await advance(clock, seconds=1000)
        assert (loop.state.phase, loop.state.failures) == (Phase.RUNNING, 1)
        go_on.set()
        await settle()
    assert loop.state.failures == 0


async def test_a_service_that_ends_by_itself_says_so(supervisor):
    async def run():
        pass

    with capture_logs():
        loop = supervisor.service("serve", run, backoff=QUICK)
        loop.start()
        await settle()
    assert loop.state.last_error == "RuntimeError: it ended by itself"
    assert loop.vital


async def test_a_service_is_interrupted_by_a_stop_without_a_wait(supervisor):
    ended = []

    async def run():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(1)

    loop = supervisor.service("serve", run)
    loop.start()
    await settle()
    async with asyncio.timeout(PATIENCE):
        await loop.stop(grace=1000)
    assert ended == [1]


async def test_a_loop_that_waits_is_stopped_without_a_wait(supervisor):
    loop = supervisor.loop("look", failing(), every=1000)
    loop.start()
    await settle()
    async with asyncio.timeout(PATIENCE):
        await loop.stop(grace=1000)
    assert loop.state.phase is Phase.STOPPED


async def test_a_step_under_way_is_interrupted_at_once_where_no_grace_is_given(supervisor):
    begun, ended = [], []

    async def step():
        begun.append(1)
        try:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            ended.append("done")
        except asyncio.CancelledError:
            ended.append("interrupted")
            raise

    loop = supervisor.loop("look", step, every=5)
    loop.start()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert begun == [1]
    await loop.stop(grace=0)
    assert ended == ["interrupted"]


async def test_a_loop_that_is_stopped_in_a_step_does_no_further_one(supervisor, clock):
    counts = []

    async def step():
        counts.append(1)
        loop.stopping = True

    loop = supervisor.loop("look", step, every=0)
    loop.start()
    await settle()
    assert counts == [1]
    assert loop.state.phase is Phase.STOPPED
    assert loop.state.failures == 0


async def test_a_loop_that_is_stopped_while_it_fails_ends(supervisor, clock):
    async def step():
        loop.stopping = True
        raise OSError("away")

    with capture_logs():
        loop = supervisor.loop("look", step, every=5)
        loop.start()
        await settle()
    assert loop.state.phase is Phase.STOPPED
    assert loop.state.failures == 1


async def test_a_step_that_wants_the_next_at_once_gets_it_in_spite_of_its_bell(supervisor, clock):
    left = [0.0, 0.0]
    count = []

    async def step():
        count.append(1)
        return left.pop() if left else None

    supervisor.loop("look", step, every=5, bell=LocalBell(clock)).start()
    await settle()
    await settle()
    assert len(count) == 3


async def test_a_heeded_ring_brings_the_next_step_forward_and_never_puts_it_off(supervisor, clock):
    bell, step, answers, heard = LocalBell(clock), failing(), [None, 20.0, 3.0], []

    async def heed(payload):
        heard.append(payload)
        return answers.pop(0)

    loop = supervisor.loop("look", step, every=10, bell=bell, heed=heed)
    loop.start()
    await settle()
    for payload in ("a", "b"):
        bell.ring("look", payload)
        await settle()
    assert (heard, len(step.count)) == (["a", "b"], 1)
    assert loop.state.phase is Phase.WAITING
    await advance(clock, seconds=9)
    assert len(step.count) == 1
    await advance(clock, seconds=1)
    assert len(step.count) == 2
    bell.ring("look", "c")
    await settle()
    await advance(clock, seconds=3)
    assert len(step.count) == 3


async def test_a_heeded_ring_that_fails_is_a_failure_of_the_loop(supervisor, clock):
    bell, step = LocalBell(clock), failing()

    async def heed(_):
        raise OSError("away")

    with capture_logs():
        loop = supervisor.loop("look", step, every=10, bell=bell, heed=heed, backoff=QUICK)
        loop.start()
        await settle()
        bell.ring("look", "a")
        await settle()
        assert (loop.state.phase, loop.state.failures) == (Phase.FAILING, 1)


async def test_a_loop_that_is_stopped_while_it_heeds_ends(supervisor, clock):
    bell, step = LocalBell(clock), failing()

    async def heed(_):
        loop.stopping = True
        return 0.0

    loop = supervisor.loop("look", step, every=10, bell=bell, heed=heed)
    loop.start()
    await settle()
    bell.ring("look", "a")
    await settle()
    assert len(step.count) == 1
    assert loop.state.phase is Phase.STOPPED


async def test_rings_that_come_together_are_one_reason_to_look(supervisor, clock):
    bell, step = LocalBell(clock), failing()
    supervisor.loop("look", step, every=60, bell=bell, gather=2).start()
    await settle()
    bell.ring("look", "a")
    await settle()
    await advance(clock, seconds=1)
    bell.ring("look", "b")
    assert len(step.count) == 1
    await advance(clock, seconds=1)
    assert len(step.count) == 2
    await advance(clock, seconds=59)
    assert len(step.count) == 2  # the second ring was answered with the first


async def test_a_loop_waits_for_the_topic_of_its_own_name_unless_it_is_given_another(
    supervisor, clock
):
    bell, named, other, silent = LocalBell(clock), failing(), failing(), failing()
    supervisor.loop("look", named, every=60, bell=bell).start()
    supervisor.loop("listen", other, every=60, bell=bell, topic="news").start()
    supervisor.loop("empty", silent, every=60, bell=bell, topic="").start()
    await settle()
    for topic in ("look", "news", "news"):
        bell.ring(topic)
        await settle()
    bell.ring("listen")
    bell.ring("empty")
    await settle()
    assert [len(step.count) for step in (named, other, silent)] == [2, 3, 1]


async def test_a_wait_after_a_failure_is_spread_by_the_chance_that_was_handed_in(clock):
    waits = []
    for share in (0.0, 1.0):
        supervisor = Supervisor(clock, random=lambda share=share: share)
        backoff = Backoff(first=10, factor=2, longest=80, jitter=0.5)
        with capture_logs() as logs:
            supervisor.loop("look", failing(OSError("away")), every=5, backoff=backoff).start()
            await settle()
        waits.append(logs[0]["seconds"])
        await supervisor.stop(0)
    assert waits == [backoff.seconds(1, 0.0), backoff.seconds(1, 1.0)]
    assert waits[0] != waits[1]


def test_the_phases_have_the_names_that_readiness_tells():
    assert [phase.value for phase in Phase] == ["stopped", "running", "waiting", "failing"]


def test_a_known_failure_is_told_by_its_reason_alone():
    failure = TryAgain("full", 3.0)
    assert (str(failure), failure.seconds) == ("full", 3.0)
    assert TryAgain("full").seconds is None


async def test_a_loop_that_was_never_started_has_not_failed_and_is_not_stopping(supervisor):
    loop = supervisor.loop("look", failing(), every=5)
    assert (loop.state.failures, loop.stopping) == (0, False)
    assert (loop.state.failing_since, loop.state.last_error) == (None, None)


async def test_a_task_of_a_loop_bears_its_name(supervisor):
    supervisor.loop("look", failing(), every=5).start()
    assert "look" in {task.get_name() for task in asyncio.all_tasks()}


async def test_a_loop_is_told_as_running_in_each_of_its_steps(supervisor, clock):
    phases = []

    async def step():
        phases.append(loop.state.phase)

    loop = supervisor.loop("look", step, every=5)
    loop.start()
    await settle()
    await advance(clock, seconds=5)
    assert phases == [Phase.RUNNING, Phase.RUNNING]


async def test_a_heeded_ring_may_want_a_step_in_half_a_second_or_at_once(supervisor, clock):
    bell, order, answers = LocalBell(clock), [], [0.5, 0.0, 0.0]

    async def step():
        order.append("step")

    async def heed(payload):
        order.append(payload)
        return answers.pop(0)

    supervisor.loop("look", step, every=10, bell=bell, heed=heed).start()
    await settle()
    bell.ring("look", "a")
    await settle()
    assert order == ["step", "a"]
    await advance(clock, seconds=0.5)
    assert order == ["step", "a", "step"]
    bell.ring("look", "b")
    bell.ring("look", "c")
    await settle()
    assert order[3:] == ["b", "step", "c", "step"]


async def test_a_ring_is_heard_in_a_pause_of_less_than_a_second(supervisor, clock):
    bell, count = LocalBell(clock), []

    async def step():
        count.append(1)
        return 0.5

    supervisor.loop("look", step, every=10, bell=bell).start()
    await settle()
    bell.ring("look")
    await settle()
    assert len(count) == 2


async def test_a_loop_without_pauses_leaves_room_for_others(supervisor, clock):
    count = []

    async def step():
        count.append(1)
        return 0.0

    loop = supervisor.loop("look", step, every=10, bell=LocalBell(clock))
    loop.start()
    await settle()
    await loop.stop()
    assert len(count) > 1


async def test_the_same_known_failure_is_told_again_after_a_recovery(supervisor, clock):
    step = failing(TryAgain("full"), None, TryAgain("full"))
    with capture_logs() as logs:
        supervisor.loop("look", step, every=5, backoff=QUICK).start()
        await settle()
        await advance(clock, seconds=10)
        await advance(clock, seconds=5)
    assert [(log["event"], log["log_level"]) for log in logs] == [
        ("loop_failed", "warning"),
        ("loop_recovered", "info"),
        ("loop_failed", "warning"),
    ]


@pytest.mark.parametrize(("grace", "waited"), [(20.0, 20.0), (0.0, 5.0)])
async def test_a_service_may_clean_up_for_the_whole_grace_before_it_is_cancelled_again(
    supervisor, monkeypatch, grace, waited
):
    # The queue on PostgreSQL waits for the jobs under way after it was cancelled.
    waits, wait = [], asyncio.wait

    async def noted(tasks, **limits):
        waits.append(limits.get("timeout"))
        return await wait(tasks, **limits)

    loop = supervisor.service("serve", asyncio.Event().wait)
    loop.start()
    await settle()
    monkeypatch.setattr(asyncio, "wait", noted)
    await loop.stop(grace)
    assert waits == [waited]


async def test_a_stop_is_no_failure(supervisor):
    loop = supervisor.service("serve", asyncio.Event().wait)
    loop.start()
    await settle()
    with capture_logs() as logs:
        await loop.stop()
    assert logs == []
    assert (loop.state.failures, loop.state.phase) == (0, Phase.STOPPED)
