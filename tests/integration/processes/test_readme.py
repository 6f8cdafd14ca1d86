"""The product in several processes, started and tried by the READMEs' own commands alone."""

import asyncio
import os
import re
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from patience import PATIENCE

from bench.servers import ROOT, Server, free_port

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.valkey]

SECTIONS = [("README.md", "In several processes"), ("README.zh-CN.md", "多进程部署")]
EXAMPLES = {
    "postgresql://solvefirst@127.0.0.1/solvefirst": "$CITY_DATABASE",
    "redis://127.0.0.1:6379/0": "$CITY_REDIS",
}
"""What a reader replaces: the servers of their own."""
NEWS = re.compile(r'"recipient_id":"me","text":"[^"]*签收')
"""What the citizen is told: words of the REST channel, not the unit's own answer."""


def commands(page: str, title: str) -> list[str]:
    """Give the blocks of commands of one section."""
    text = (ROOT / page).read_text("utf-8")
    section = text.split(f"\n## {title}\n")[1].split("\n## ")[0]
    return re.findall(r"^```\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


def on_this_machine(script: str) -> str:
    """Put free ports and the test's own servers in the place of the page's."""
    for example, ours in EXAMPLES.items():
        assert example in script
        script = script.replace(example, ours)
    for port in sorted(set(re.findall(r"\b83\d\d\b", script))):
        script = re.sub(rf"\b{port}\b", str(free_port()), script)
    return script


def test_both_pages_give_the_same_commands():
    (first, second) = (commands(*section) for section in SECTIONS)
    assert len(first) == 2
    assert first == second


async def test_a_case_is_opened_taken_in_hand_and_its_citizen_told_by_the_pages_commands_alone(
    tmp_path: Path, postgres_database_url: str, valkey_url: str
):
    program = tmp_path / "bin" / "solvefirst"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m solvefirst "$@"\n')
    program.chmod(0o755)
    start, use = commands(*SECTIONS[0])
    # The last line is said until the news is there, as a reader would say it again.
    *steps, last = use.rstrip().splitlines()
    again = f"until {last} | tee /dev/stderr | grep -q 签收; do echo >&2; done; echo >&2"
    script = on_this_machine("\n".join(["set -e", start, *steps, f"set +e; {again}", "kill 0"]))
    whole = await asyncio.create_subprocess_exec(
        "bash", "-c", script,
        cwd=ROOT,
        env=Server.environment(
            {
                "PATH": f"{program.parent}:{os.environ['PATH']}",
                "SOLVEFIRST_VAR": str(tmp_path / "var"),
                "CITY_DATABASE": postgres_database_url,
                "CITY_REDIS": valkey_url,
            }
        ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip
    assert whole.stdout is not None
    said = ""
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(100):
                while not NEWS.search(said) and (part := await whole.stdout.readline()):
                    said += part.decode()
    finally:
        for kind in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(whole.pid, kind)
            except ProcessLookupError:
                break
            async with asyncio.timeout(PATIENCE):
                await whole.communicate()  # to the end of its output, which closes the pipe
    assert NEWS.search(said), said[-4000:]
