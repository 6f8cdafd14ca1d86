"""Background tasks of a supervisor: counted, waited for, and ended with the loops."""

import asyncio

import pytest
from structlog.testing import capture_logs

from kernel import loops
from kernel.bell.local import LocalBell
from kernel.clock import ManualClock
from kernel.loops import cancelled, redacted, repeat
from kernel.supervisor import Supervisor


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


async def test_a_task_repeats_its_step_at_each_ring_and_pause_until_it_is_told_to_end(clock):
    bell, count = LocalBell(clock), []

    async def step():
        count.append(1)
        return len(count) < 4

    async with bell.listen("news") as listener:
        task = asyncio.create_task(repeat(listener, step, 30))
        await settle()
        assert len(count) == 1
        bell.ring("news")
        await settle()
        assert len(count) == 2
        await advance(clock, seconds=29)
        assert len(count) == 2
        await advance(clock, seconds=1)
        assert len(count) == 3
        bell.ring("news")
        await task
    assert len(count) == 4


async def test_a_task_that_loses_its_cancellation_is_cancelled_again_and_named():
    lost = []

    async def stubborn():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            lost.append(1)
        await asyncio.Event().wait()

    async def done():
        pass

    tasks = [asyncio.create_task(stubborn(), name=name) for name in ("b", "a")]
    over = asyncio.create_task(done())
    await settle()
    with capture_logs() as logs:
        await cancelled([*tasks, over], seconds=0.01)
    assert lost == [1, 1]
    assert all(task.cancelled() for task in tasks)
    assert not over.cancelled()
    assert logs == [{"event": "tasks_do_not_stop", "log_level": "warning", "tasks": ["a", "b"]}]


def test_what_is_kept_of_an_error_is_short():
    words = redacted(ValueError("x" * 500))
    assert words == "ValueError: " + "x" * 188
    assert len(words) == loops.LONGEST_ERROR


async def waits_of_a_stop(monkeypatch, *grace):
    """Stop a loop and a task that never end; the limits of each wait, none of which takes time."""
    waits = []
    wait = asyncio.wait

    async def noted(tasks, **limits):
        waits.append(limits.get("timeout"))
        return await wait(tasks, **{**limits, "timeout": 0})

    monkeypatch.setattr(asyncio, "wait", noted)
    supervisor = Supervisor(ManualClock(), random=lambda: 0.0)
    supervisor.loop("look", asyncio.Event().wait, every=5, limit=None).start()
    supervisor.spawn("turn", asyncio.Event().wait())
    await settle()
    with capture_logs():
        await supervisor.stop(*grace)
    assert supervisor.tasks[0].running == 0
    return waits


async def test_the_waits_of_a_stop_are_five_seconds_where_nothing_else_is_said(monkeypatch):
    assert set(await waits_of_a_stop(monkeypatch)) == {5.0}


async def test_the_grace_of_a_stop_is_given_to_the_loops_and_to_the_tasks(monkeypatch):
    waits = await waits_of_a_stop(monkeypatch, 3.0)
    assert [seconds for seconds in waits if seconds != 5.0] == [3.0, 3.0]


async def test_a_stop_ends_the_last_registered_loop_first_and_then_the_tasks():
    supervisor, ended = Supervisor(ManualClock(), random=lambda: 0.0), []

    def service(name):
        async def run():
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(name)

        return run

    for name in ("first", "second"):
        supervisor.service(name, service(name)).start()
    supervisor.spawn("task", service("task")())
    await settle()
    await supervisor.stop(0)
    assert ended == ["second", "first", "task"]


async def test_a_task_that_ends_within_the_grace_is_not_cancelled(supervisor):
    ended = []

    async def work():
        try:
            await asyncio.sleep(0.01)
            ended.append("done")
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    supervisor.spawn("turn", work())
    other = supervisor.spawn("other", asyncio.Event().wait())
    await settle()
    await supervisor.end("turn", 10)
    assert ended == ["done"]
    assert not other.done()
    await supervisor.end("nobody", 10)


async def test_idleness_is_waited_for_until_tasks_begun_meanwhile_have_ended(supervisor):
    events = [asyncio.Event(), asyncio.Event()]

    async def second():
        await events[1].wait()

    async def first():
        await events[0].wait()
        supervisor.spawn("turn", second())

    supervisor.spawn("turn", first())
    idle = asyncio.create_task(supervisor.idle("turn"))
    await settle()
    events[0].set()
    await settle()
    assert not idle.done()
    events[1].set()
    await idle


async def test_room_is_there_when_one_of_the_tasks_has_ended(supervisor):
    assert not await supervisor.room("turn")
    events = [asyncio.Event(), asyncio.Event()]
    for event in events:
        supervisor.spawn("turn", event.wait())
    room = asyncio.create_task(supervisor.room("turn"))
    await settle()
    assert not room.done()
    events[1].set()
    assert await room
    assert supervisor.tasks[0].running == 1


async def test_a_cancelled_task_has_not_failed(supervisor):
    ends = []
    task = supervisor.spawn("turn", asyncio.Event().wait(), ended=ends.append)
    assert task.get_name() == "turn"
    assert supervisor.tasks[0].running == 1
    await settle()
    task.cancel()
    await settle()
    assert ends == [None]
    (found,) = supervisor.tasks
    assert (found.running, found.failed, found.last_error) == (0, 0, None)


async def test_tasks_are_listed_by_name_with_their_failures(supervisor):
    async def broken(error):
        raise error

    first, second = OSError("one"), OSError("two")
    with capture_logs() as logs:
        supervisor.spawn("turn", broken(first))
        supervisor.spawn("turn", broken(second))
        supervisor.spawn("answer", asyncio.sleep(0))
        await settle()
    listed = [(task.name, task.running, task.failed, task.last_error) for task in supervisor.tasks]
    assert listed == [("answer", 0, 0, None), ("turn", 0, 2, "OSError: two")]
    about = {"event": "task_failed", "log_level": "error", "task": "turn"}
    assert logs == [{**about, "exc_info": first}, {**about, "exc_info": second}]
