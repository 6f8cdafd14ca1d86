"""A second process of the citizen's side on one SQLite file."""

import asyncio
import subprocess
from pathlib import Path

import pytest

from bench.citizens import PATH
from bench.http import Connection
from bench.servers import SERVICE, Server, free_port, served

pytestmark = [pytest.mark.slow]


async def test_it_is_refused_in_words_with_what_to_do_and_the_first_goes_on(tmp_path: Path):
    async with served(tmp_path) as first:
        for part in ((), ("--only", "bot")):
            second = await asyncio.to_thread(
                subprocess.run,
                Server.command("-m", "solvefirst", "serve", *part, "--port", str(free_port())),
                env=Server.environment(
                    {
                        "SOLVEFIRST_VAR": str(tmp_path / "var"),
                        "SOLVEFIRST_SERVICE_TOKEN": SERVICE,
                        "SOLVEFIRST_API_URL": first.base,
                    }
                ),
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            said = second.stdout + second.stderr
            assert second.returncode == 2, said
            assert "Traceback" not in said
            assert "web chat" not in said  # no address is shown where nothing listens
            (line,) = [item for item in said.splitlines() if "Another process" in item]
            assert "SOLVEFIRST_DATABASE_URL" in line
            assert "PostgreSQL" in line
        async with Connection("127.0.0.1", first.port) as connection:
            status, answer = await connection.post(PATH, {"sender": "x", "message": "你好"})
        assert (status, bool(answer)) == (200, True)
