"""The server is killed -9 in the middle of pushes to Telegram: none is lost, what was in flight may
come twice.

The whole product as one process, its Telegram simulated here: five citizens file a case each, their
unit tells of its progress six times a case, and the server is killed twice while it sends.
"""

from collections import Counter
from pathlib import Path

import pytest
from patience import PATIENCE

from api.client import ApiClient
from bench.citizens import MATTER
from bench.servers import SERVICE, Server, free_port
from bench.staff import unit_token
from kernel.clock import SystemClock
from kernel.ids import RandomIds
from tools.telegram_sim.server import TOKEN, Simulator, serving

CITIZENS = (101, 102, 103, 104, 105)
NOTES = 6
KILLS = (7, 16)
"""Arrived notes at which the server is killed."""


async def start(port: int, var: Path, log: Path, telegram: str) -> Server:
    env = {
        "SOLVEFIRST_PORT": str(port),
        "SOLVEFIRST_VAR": str(var),
        "SOLVEFIRST_SERVICE_TOKEN": SERVICE,
        "SOLVEFIRST_TELEGRAM_TOKEN": TOKEN,
        "SOLVEFIRST_TELEGRAM_API_URL": telegram,
        "SOLVEFIRST_QUIET_FROM": "00:00",
        "SOLVEFIRST_QUIET_UNTIL": "00:00",
        "SOLVEFIRST_LOG_LEVEL": "warning",
    }
    return await Server.start(
        ("-m", "solvefirst", "serve"), port, ready="/health/ready", env=env, log=log
    )


@pytest.mark.slow
async def test_pushes_survive_kill_9_and_only_what_was_in_flight_comes_twice(tmp_path: Path):
    simulator = Simulator.make(clock=SystemClock(), ids=RandomIds())
    record, until = simulator.world.record, simulator.world.until

    def notes(chat: int) -> list[int]:
        words = [
            str(call.arguments.get("text")) for call in record.of("sendMessage", chat) if call.sent
        ]
        return [int(word.split("[")[1].split("]")[0]) for word in words if "[" in word]

    def arrived() -> int:
        return sum(len(set(notes(chat))) for chat in CITIZENS)

    port, var, log = free_port(), tmp_path / "var", tmp_path / "server.log"
    async with serving(simulator) as telegram:
        server = await start(port, var, log, telegram)
        try:
            for text in MATTER:
                for citizen in CITIZENS:
                    simulator.citizens.say(citizen, text)

            def receipts() -> int:
                return sum("025-" in text for text in _texts(simulator, CITIZENS))

            await until(lambda: receipts() >= len(CITIZENS), seconds=90)
            unit = ApiClient.over_http(
                server.base, await unit_token(server.base, var), timeout=PATIENCE
            )
            numbers = [item.number for item in (await unit.cases(limit=20)).items]
            assert len(numbers) == len(CITIZENS)
            for number in numbers:
                await unit.sign_in(number)
            for note in range(NOTES):
                for number in numbers:
                    await unit.progress(number, f"[{note}] on it")
            for goal in KILLS:
                await until(lambda goal=goal: arrived() >= goal, seconds=60)
                server.kill()
                server = await start(port, var, log, telegram)
            await until(lambda: arrived() == NOTES * len(CITIZENS), seconds=90)
            await unit.close()
        finally:
            server.stop()
    for citizen in CITIZENS:
        came = notes(citizen)
        assert list(dict.fromkeys(came)) == list(range(NOTES)), "in order, none is missing"
        assert sum(count - 1 for count in Counter(came).values()) <= len(KILLS)


def _texts(simulator: Simulator, citizens: tuple[int, ...]) -> list[str]:
    return [shown.text for citizen in citizens for shown in simulator.citizens.shown(citizen)]
