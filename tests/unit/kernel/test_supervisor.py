"""The supervisor: loops are restarted, watched and stopped, background tasks are never silent."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from kernel.backoff import Backoff
from kernel.bell.local import LocalBell
from kernel.clock import ManualClock
from kernel.loops import Loop, Phase, TryAgain
from kernel.supervisor import Supervisor

QUICK = Backoff(first=10, factor=2, longest=80, jitter=0)


@pytest.fixture
async def supervisor(clock: ManualClock) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(clock, random=lambda: 0.0)
    yield supervisor
    await supervisor.stop(0)


class Steps:
    """A step that counts, and fails as often as it is told."""

    def __init__(self) -> None:
        self.count = 0
        self.error: BaseException | None = None
        self.next: float | None = None

    async def __call__(self) -> float | None:
        self.count += 1
        if self.error is not None:
            raise self.error
        return self.next


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def state(supervisor: Supervisor, loop: Loop):
    (found,) = [item for item in supervisor.loops if item.name == loop.name]
    return found


async def test_a_loop_steps_at_once_and_then_after_each_pause(supervisor, clock) -> None:
    step = Steps()
    loop = supervisor.loop("look", step, every=5)
    assert state(supervisor, loop).phase is Phase.STOPPED
    loop.start()
    await settle()
    assert step.count == 1
    assert state(supervisor, loop).phase is Phase.WAITING
    assert state(supervisor, loop).last_success == clock.now()
    clock.advance(seconds=4)
    await settle()
    assert step.count == 1
    clock.advance(seconds=1)
    await settle()
    assert step.count == 2


async def test_a_step_may_say_when_the_next_one_is_due(supervisor, clock) -> None:
    step = Steps()
    step.next = 1
    supervisor.loop("look", step, every=60).start()
    await settle()
    clock.advance(seconds=1)
    await settle()
    assert step.count == 2


async def test_a_ring_wakes_a_loop_and_many_rings_wake_it_once(supervisor, clock) -> None:
    bell, step = LocalBell(clock), Steps()
    supervisor.loop("look", step, every=60, bell=bell).start()
    await settle()
    for _ in range(5):
        bell.ring("look")
    await settle()
    assert step.count == 2


async def test_rings_are_gathered_before_they_are_answered(supervisor, clock) -> None:
    bell, step = LocalBell(clock), Steps()
    supervisor.loop("look", step, every=60, bell=bell, topic="news", gather=1).start()
    await settle()
    bell.ring("news")
    await settle()
    bell.ring("news")
    assert step.count == 1
    clock.advance(seconds=1)
    await settle()
    assert step.count == 2


async def test_a_ring_with_a_payload_is_heeded_without_a_whole_step(supervisor, clock) -> None:
    bell, step, heard = LocalBell(clock), Steps(), []

    async def heed(payload: str) -> float:
        heard.append(payload)
        return 2

    supervisor.loop("look", step, every=60, bell=bell, heed=heed).start()
    await settle()
    bell.ring("look", "cnv_1")
    await settle()
    assert (heard, step.count) == (["cnv_1"], 1)
    clock.advance(seconds=2)  # sooner than the usual pause, as it was told
    await settle()
    assert step.count == 2
    bell.ring("look")
    await settle()
    assert step.count == 3


async def test_a_closed_bell_does_not_make_a_loop_run_hot(supervisor, clock) -> None:
    bell, step = LocalBell(clock), Steps()
    supervisor.loop("look", step, every=5, bell=bell).start()
    await settle()
    await bell.close()
    await settle()
    assert step.count == 1
    clock.advance(seconds=5)
    await settle()
    assert step.count == 2


async def test_a_loop_that_fails_is_restarted_ever_more_slowly_and_recovers(
    supervisor, clock
) -> None:
    step = Steps()
    step.error = OSError("the line to 13800138000 broke")
    loop = supervisor.loop("look", step, every=5, backoff=QUICK)
    began = clock.now()
    with capture_logs() as logs:
        loop.start()
        await settle()
        for count, wait in enumerate((10, 20, 40, 80, 80), 1):
            assert step.count == count
            found = state(supervisor, loop)
            assert (found.phase, found.failures) == (Phase.FAILING, count)
            assert (found.failing_since, found.last_success) == (began, None)
            assert found.last_error == "OSError: the line to [redacted] broke"
            clock.advance(seconds=wait - 0.5)
            await settle()
            assert step.count == count
            clock.advance(seconds=0.5)
            await settle()
        step.error = None
        clock.advance(seconds=80)
        await settle()
    found = state(supervisor, loop)
    assert (found.phase, found.failures, found.failing_since) == (Phase.WAITING, 0, None)
    assert found.last_success == clock.now()
    assert [log["event"] for log in logs] == ["loop_failed"] * 6 + ["loop_recovered"]


async def test_restarts_are_counted_over_recoveries_and_over_a_new_start(supervisor, clock) -> None:
    step = Steps()
    loop = supervisor.loop("look", step, every=5, backoff=QUICK)
    loop.start()
    await settle()
    assert state(supervisor, loop).restarts == 0
    with capture_logs():
        for _ in range(2):
            step.error = OSError("away")
            clock.advance(seconds=5)
            await settle()
            step.error = None
            clock.advance(seconds=10)
            await settle()
            assert state(supervisor, loop).phase is Phase.WAITING
    assert (state(supervisor, loop).failures, state(supervisor, loop).restarts) == (0, 2)
    await loop.stop()
    loop.start()
    await settle()
    assert state(supervisor, loop).restarts == 2


async def test_a_loop_survives_more_failures_than_a_power_of_two_can_hold(
    supervisor, clock
) -> None:
    step = Steps()
    step.error = OSError("away")
    supervisor.loop("look", step, every=5).start()
    with capture_logs():
        for _ in range(1100):
            await settle()
            clock.advance(seconds=60)
        step.error = None
        await settle()
        clock.advance(seconds=60)
        await settle()
    assert step.count > 1100
    assert supervisor.loops[0].failures == 0


async def test_a_known_failure_waits_as_the_other_side_asked_and_shows_no_traceback(
    supervisor, clock
) -> None:
    step = Steps()
    step.error = TryAgain("too many requests", seconds=17)
    with capture_logs() as logs:
        supervisor.loop("look", step, every=5).start()
        await settle()
    assert (logs[0]["log_level"], logs[0]["seconds"]) == ("warning", 17)
    assert "exc_info" not in logs[0]
    clock.advance(seconds=17)
    await settle()
    assert step.count == 2


async def test_a_known_failure_is_told_once_until_its_reason_changes(supervisor, clock) -> None:
    step = Steps()
    with capture_logs() as logs:
        step.error = TryAgain("refused")
        supervisor.loop("look", step, every=5).start()
        for reason in ("refused", "refused", "forbidden"):
            await settle()
            step.error = TryAgain(reason)
            clock.advance(seconds=60)
        await settle()
    assert step.count == 4
    assert [log["reason"] for log in logs if log["log_level"] == "warning"] == [
        "refused",
        "forbidden",
    ]


async def test_a_service_that_is_not_vital_leaves_the_process_ready(supervisor, clock) -> None:
    async def away() -> None:
        raise TryAgain("away")

    supervisor.service("bell", away, vital=False).start()
    with capture_logs():
        await settle()
        clock.advance(minutes=10)
        await settle()
    assert supervisor.loops[0].failing_since is not None
    assert await supervisor.ready()


async def test_a_step_that_hangs_is_interrupted_and_counts_as_failed(supervisor) -> None:
    begun, ended = [], asyncio.Event()

    async def hang() -> float | None:
        begun.append(1)
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return None

    with capture_logs():
        loop = supervisor.loop("look", hang, every=5, limit=0.01)
        loop.start()
        await ended.wait()
        await settle()
    assert state(supervisor, loop).phase is Phase.FAILING


async def test_a_cancellation_that_nobody_asked_for_is_a_failure_and_no_end(
    supervisor, clock
) -> None:
    step = Steps()
    step.error = asyncio.CancelledError()
    with capture_logs():
        supervisor.loop("look", step, every=5, backoff=QUICK).start()
        await settle()
        step.error = None
        clock.advance(seconds=10)
        await settle()
    assert step.count == 2


async def test_five_minutes_of_failures_make_the_process_not_ready(supervisor, clock) -> None:
    step, fine = Steps(), Steps()
    step.error = OSError("away")
    supervisor.loop("look", step, every=5).start()
    supervisor.loop("other", fine, every=5).start()
    with capture_logs():
        await settle()
        clock.advance(seconds=299)
        await settle()
        assert await supervisor.ready()
        clock.advance(seconds=1)
        await settle()
        assert not await supervisor.ready()
        step.error = None
        clock.advance(seconds=60)
        await settle()
    assert await supervisor.ready()


async def test_a_service_that_ends_is_restarted_and_counts_as_well_when_it_stays(
    supervisor, clock
) -> None:
    runs: list[asyncio.Event] = []

    async def run() -> None:
        runs.append(asyncio.Event())
        await runs[-1].wait()

    loop = supervisor.service("serve", run, backoff=QUICK)
    with capture_logs():
        loop.start()
        await settle()
        runs[0].set()
        await settle()
        assert state(supervisor, loop).failures == 1
        clock.advance(seconds=10)
        await settle()
    assert len(runs) == 2
    assert state(supervisor, loop).failing_since is not None
    clock.advance(seconds=81)
    assert state(supervisor, loop).failing_since is None


async def test_a_stop_lets_the_step_under_way_end(supervisor) -> None:
    go_on, done = asyncio.Event(), []

    async def step() -> float | None:
        await go_on.wait()
        done.append(1)
        return None

    loop = supervisor.loop("look", step, every=5)
    loop.start()
    await settle()
    stopping = asyncio.ensure_future(loop.stop())
    await settle()
    assert not stopping.done()
    go_on.set()
    await stopping
    assert done == [1]
    assert state(supervisor, loop).phase is Phase.STOPPED


async def test_a_stop_does_not_wait_for_a_step_without_end(supervisor) -> None:
    loop = supervisor.loop("look", asyncio.Event().wait, every=5)
    loop.start()
    await settle()
    await loop.stop(grace=0.01)
    assert state(supervisor, loop).phase is Phase.STOPPED


async def test_a_stopped_loop_can_be_started_again(supervisor) -> None:
    step = Steps()
    loop = supervisor.loop("look", step, every=5)
    loop.start()
    await settle()
    await loop.stop()
    loop.start()
    await settle()
    assert step.count == 2


async def test_no_two_loops_have_one_name(supervisor) -> None:
    supervisor.loop("look", Steps(), every=5)
    with pytest.raises(ValueError, match="look"):
        supervisor.service("look", asyncio.Event().wait)


async def test_a_background_task_that_fails_is_logged_and_counted(supervisor) -> None:
    ends: list[BaseException | None] = []

    async def broken() -> None:
        raise OSError("of 13800138000")

    async def fine() -> None:
        pass

    with capture_logs() as logs:
        supervisor.spawn("turn", broken(), ended=ends.append)
        supervisor.spawn("turn", fine(), ended=ends.append)
        await supervisor.idle("turn")
        await settle()
    (found,) = supervisor.tasks
    assert (found.name, found.running, found.failed) == ("turn", 0, 1)
    assert found.last_error == "OSError: of [redacted]"
    assert [log["event"] for log in logs] == ["task_failed"]
    assert [type(end) for end in ends] == [OSError, type(None)]


async def test_the_end_waits_a_little_for_background_tasks_and_then_cancels_them(
    supervisor,
) -> None:
    cancelled = []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(1)
            raise

    supervisor.spawn("turn", endless())
    await settle()
    await supervisor.stop(0.01)
    assert cancelled == [1]
    assert supervisor.tasks[0].running == 0
