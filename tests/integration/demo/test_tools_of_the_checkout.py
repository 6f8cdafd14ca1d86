"""The example city and the simulated Telegram lie beside the product; its commands find them."""

import socket
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
from typer.testing import CliRunner

from solvefirst.cli import app
from solvefirst.project import ROOT, tool


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Be in another folder, with only what is installed to import from."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [item for item in sys.path if Path(item).resolve() != ROOT])
    for name in [module for module in sys.modules if module.partition(".")[0] == "tools"]:
        monkeypatch.delitem(sys.modules, name)


@pytest.mark.usefixtures("elsewhere")
def test_a_tool_is_imported_from_the_checkout_wherever_the_command_runs():
    found = tool("telegram_sim.record").__file__
    assert found == str(ROOT / "tools/telegram_sim/record.py")


@pytest.mark.usefixtures("elsewhere")
def test_the_command_of_the_simulated_telegram_says_that_its_port_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = CliRunner().invoke(app, ["telegram-sim", "--port", port])
    assert said.exit_code == 2
    assert port in said.output


@pytest.mark.usefixtures("elsewhere")
def test_the_command_of_the_example_city_fills_no_store_that_is_not_for_a_demo(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("SOLVEFIRST_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("SOLVEFIRST_DEMO", raising=False)
    said = CliRunner().invoke(app, ["demo"])
    assert said.exit_code == 2
    assert "SOLVEFIRST_DEMO=1" in said.output
    assert not (tmp_path / "var").exists()


def test_the_package_contains_no_development_tool():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    patterns = settings["packages"]["find"]["include"]
    assert any(fnmatch("solvefirst", pattern) for pattern in patterns)
    assert [
        name for name in ("tools", "tests", "bench") if any(fnmatch(name, p) for p in patterns)
    ] == []
