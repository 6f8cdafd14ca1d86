"""Served processes that tests start as forks behave as those that are started anew."""

import signal
from pathlib import Path

import pytest
from patience import PATIENCE

from bench import servers
from bench.servers import Server

pytestmark = pytest.mark.slow


@pytest.fixture
def run(tmp_path: Path):
    """Starts a command of the product; its output goes to `log`."""

    def run(*words: str, **settings: str) -> servers.Process:
        with (tmp_path / "log").open("wb") as log:
            return servers.spawn(["-m", "solvefirst", *words], Server.environment(settings), log)

    return run


def test_a_fork_has_its_own_words_settings_output_and_exit_status(run, tmp_path: Path):
    log = tmp_path / "log"
    assert run("--help").wait(PATIENCE) == 0
    assert "dead-letters" in log.read_text()
    assert run("no-such-command").wait(PATIENCE) == 2
    assert run("serve", SOLVEFIRST_PORT="none").wait(PATIENCE) == 2
    assert "SOLVEFIRST_PORT" in log.read_text()


def test_a_fork_that_is_killed_says_so_and_takes_no_other_with_it(run, tmp_path: Path):
    settings = {"SOLVEFIRST_VAR": str(tmp_path / "var"), "SOLVEFIRST_PORT": "0"}
    first, second = run("serve", **settings), run("--help")
    first.kill()
    assert first.wait(PATIENCE) == -signal.SIGKILL
    assert second.wait(PATIENCE) == 0
