import re

import pytest
from typer.testing import CliRunner

from solvefirst.cli import app

PASSWORD = "a lantern in the lane"
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command of `solvefirst staff` on a store of its own."""
    monkeypatch.setenv("SOLVEFIRST_VAR", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)

    def run(*words: str, password: str = PASSWORD) -> tuple[int, str]:
        typed = f"{password}\n{password}\n"
        result = CliRunner().invoke(app, ["staff", *words], input=typed)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result.exit_code, ANSI.sub("", result.output)

    return run


def test_accounts_are_opened_listed_closed_and_opened_again(run):
    code, said = run("add", "Lu.Yun", "--name", "陆云", "--role", "unit", "--unit", "LABOUR")
    assert (code, said.splitlines()[-1]) == (0, "lu.yun may sign in as unit.")
    assert PASSWORD not in said
    code, listed = run("list")
    assert code == 0
    assert re.search(r"lu\.yun +陆云 +unit +LABOUR +yes", listed)
    assert run("disable", "lu.yun") == (0, "lu.yun is signed out and may not sign in.\n")
    assert re.search(r"LABOUR +no", run("list")[1])
    assert run("enable", "lu.yun") == (0, "lu.yun may sign in again.\n")


@pytest.mark.parametrize(
    ("words", "password", "message"),
    [
        (("--role", "unit"), PASSWORD, "needs a unit"),
        (("--role", "clerk", "--unit", "LABOUR"), PASSWORD, "unit and leader only"),
        (("--role", "citizen"), PASSWORD, "no account has the role"),
        (("--role", "clerk"), "short", "password_too_short"),
    ],
)
def test_what_cannot_be_an_account_is_told_and_not_opened(run, words, password, message):
    code, said = run("add", "lu", "--name", "陆云", *words, password=password)
    assert code == 2
    assert message in said
    assert "lu" not in run("list")[1].split()
    assert run("disable", "lu")[0] == 2
