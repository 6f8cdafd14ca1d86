"""The parts in processes of their own: actions call the case service over HTTP."""

import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.citizens import CONVERSATION, PATH, has_receipt
from bench.http import Connection
from bench.servers import Server, free_port
from solvefirst.settings import Settings
from solvefirst.stores import Stores

pytestmark = [pytest.mark.slow]

TOKEN = "a-token-between-our-own-processes"


@dataclass(frozen=True)
class Parts:
    """Two running processes and the ports they listen on."""

    api: Server
    bot: Server


@pytest.fixture
async def parts(tmp_path: Path, postgres_database_url: str) -> AsyncIterator[Parts]:
    """The case service and the citizen's side apart, on one PostgreSQL database."""
    shared = {
        "SOLVEFIRST_DATABASE_URL": postgres_database_url,
        "SOLVEFIRST_VAR": str(tmp_path / "var"),
        "SOLVEFIRST_SERVICE_TOKEN": TOKEN,
        "SOLVEFIRST_DEMO": "1",
        "SOLVEFIRST_LOG_LEVEL": "warning",
    }
    async with AsyncExitStack() as stack:
        api_port, bot_port = free_port(), free_port()
        shared["SOLVEFIRST_BOT_URL"] = f"http://127.0.0.1:{bot_port}"
        api = await Server.start(
            ("-m", "solvefirst", "serve", "--only", "api", "--port", str(api_port)),
            api_port,
            ready="/health/ready",
            env=shared,
            log=tmp_path / "api.log",
        )
        stack.callback(api.stop)
        bot = await Server.start(
            ("-m", "solvefirst", "serve", "--only", "bot", "--port", str(bot_port)),
            bot_port,
            ready="/health/ready",
            env={**shared, "SOLVEFIRST_API_URL": f"http://127.0.0.1:{api_port}"},
            log=tmp_path / "bot.log",
        )
        stack.callback(bot.stop)
        yield Parts(api, bot)


@pytest.mark.postgres
async def test_a_conversation_becomes_a_case_across_processes(parts: Parts):
    async with Connection("127.0.0.1", parts.bot.port) as connection:
        for message in CONVERSATION:
            status, answer = await connection.post(PATH, {"sender": "x", "message": message})
            assert status == 200
    assert has_receipt(answer)


@pytest.mark.postgres
async def test_a_case_service_that_stops_costs_no_word_and_no_second_case(
    parts: Parts, tmp_path: Path
):
    async with Connection("127.0.0.1", parts.bot.port) as connection:
        for message in CONVERSATION[:-1]:
            await connection.post(PATH, {"sender": "y", "message": message})
        parts.api.process.send_signal(signal.SIGSTOP)
        try:
            status, answer = await connection.post(PATH, {"sender": "y", "message": "确认"})
        finally:
            parts.api.process.send_signal(signal.SIGCONT)
        assert status == 200
        assert answer
        assert not has_receipt(answer)
        status, answer = await connection.post(PATH, {"sender": "y", "message": "确认"})
        assert has_receipt(answer), answer
        status, answer = await connection.post(PATH, {"sender": "y", "message": "我的事怎么样了"})
    assert "000002" not in str(answer)


@pytest.mark.parametrize(
    ("only", "unneeded"),
    [
        (
            "bot",
            {
                "api.routes",
                "api.services",
                "api.console",
                "api.jobs",
                "api.figures",
                "api.live.service",
                "api.live.routes",
                "api.privacy.routes",
                "api.privacy.service",
                "api.webhooks.service",
                "api.webhooks.routes",
            },
        ),
        (
            "api",
            {
                "actions",
                "bot.app",
                "bot.inbound.intake",
                "bot.dialogue.engine.embedded.agent",
                "rasa_sdk",
            },
        ),
    ],
)
def test_a_part_alone_loads_nothing_of_the_others(only: str, unneeded: set[str], tmp_path: Path):
    settings = {
        "SOLVEFIRST_VAR": str(tmp_path),
        "SOLVEFIRST_SERVICE_TOKEN": TOKEN,
        "SOLVEFIRST_API_URL": "http://127.0.0.1:1",
        "SOLVEFIRST_BOT_URL": "http://127.0.0.1:1",
    }
    subprocess.run(
        Server.command("-m", "solvefirst", "db", "upgrade"),
        env=Server.environment(settings), check=True, capture_output=True,
    )  # fmt: skip
    script = f"""
import sys
import solvefirst.serve
from solvefirst.settings import Settings
from solvefirst.wiring.assembly import assemble, web_app

web_app(assemble(Settings(), "{only}"), "{only}")
print(*sys.modules)
"""
    done = subprocess.run(
        Server.command("-c", script),
        env=Server.environment(settings), check=True, capture_output=True, text=True,
    )  # fmt: skip
    loaded = set(done.stdout.split())
    assert "solvefirst.wiring.assembly" in loaded
    assert not unneeded & loaded


async def test_a_part_whose_tables_were_never_made_says_what_makes_them(tmp_path: Path):
    settings = {"SOLVEFIRST_VAR": str(tmp_path)}
    with pytest.raises(RuntimeError, match="solvefirst db upgrade"):
        await Server.start(
            ("-m", "solvefirst", "serve", "--only", "api", "--port", str(free_port())),
            0,
            ready="/health/ready",
            env=settings,
            log=tmp_path / "api.log",
        )


def test_a_database_that_is_away_does_not_keep_a_part_from_starting(tmp_path: Path):
    away = f"postgresql://nobody@127.0.0.1:{free_port()}/city"
    settings = Settings(var=tmp_path, bot_database_url=away, api_database_url=away)
    assert Stores.open(settings).empty(("api", "bot")) == []
