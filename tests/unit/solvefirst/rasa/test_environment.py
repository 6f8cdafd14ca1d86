"""Which Python 3.10 is taken for Rasa, and what is said where there is none."""

import sys
from pathlib import Path

import pytest
from rich.console import Console

from solvefirst.rasa import environment
from solvefirst.rasa.environment import NotBuilt, find_python

SAYS_310 = "#!/bin/sh\necho 3 10\n"
SAYS_312 = "#!/bin/sh\necho 3 12\n"
SHIM = "#!/bin/sh\necho 'pyenv: python3.10: command not found' >&2\nexit 127\n"


def program(path: Path, script: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script)
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """A machine with nothing on it: its environment."""
    monkeypatch.setattr(environment.sys, "executable", str(tmp_path / "venv" / "bin" / "python"))
    (tmp_path / "bin").mkdir()
    return {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}


def test_the_named_python_is_taken(tmp_path, alone):
    program(tmp_path / "bin" / "python3.10", SAYS_310)
    named = program(tmp_path / "mine", SAYS_310)
    assert find_python({**alone, "RASA_PYTHON": named}) == named


@pytest.mark.parametrize("script", [SAYS_312, SHIM])
def test_a_named_python_that_does_not_fit_is_refused_though_another_would_do(
    tmp_path, alone, script
):
    program(tmp_path / "bin" / "python3.10", SAYS_310)
    named = program(tmp_path / "mine", script)
    with pytest.raises(NotBuilt, match="RASA_PYTHON names"):
        find_python({**alone, "RASA_PYTHON": named})


def test_the_python_of_the_path_is_taken_before_that_of_pyenv(tmp_path, alone):
    program(tmp_path / ".pyenv/versions/3.10.13/bin/python3.10", SAYS_310)
    ours = program(tmp_path / "bin" / "python3.10", SAYS_310)
    assert find_python(alone) == ours


def test_a_shim_without_a_python_behind_it_is_passed_over_for_the_version_that_pyenv_has(
    tmp_path, alone
):
    program(tmp_path / "bin" / "python3.10", SHIM)
    program(tmp_path / ".pyenv/versions/3.12.1/bin/python3.10", SAYS_312)
    managed = program(tmp_path / ".pyenv/versions/3.10.13/bin/python3.10", SAYS_310)
    assert find_python(alone) == managed


def test_uv_is_asked_last(tmp_path, alone):
    managed = program(tmp_path / "uv-python", SAYS_310)
    program(tmp_path / "bin" / "uv", f"#!/bin/sh\necho {managed}\n")
    assert find_python(alone) == managed


def test_without_any_it_is_told_what_to_install_and_what_runs_without(alone):
    with pytest.raises(NotBuilt) as error:
        find_python(alone)
    for word in ("Python 3.10", "uv python install 3.10", "RASA_PYTHON", "make run"):
        assert word in str(error.value)


def test_an_environment_of_another_lock_or_half_made_is_not_used(tmp_path):
    with pytest.raises(NotBuilt, match="make rasa"):
        environment.python(tmp_path)
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv" / environment.MARK).write_text("of another lock")
    with pytest.raises(NotBuilt, match="out of date"):
        environment.python(tmp_path)
    (tmp_path / "venv" / environment.MARK).write_text(environment.digest())
    assert environment.python(tmp_path) == tmp_path / "venv" / "bin" / "python"


def test_an_environment_that_is_there_is_not_made_again(tmp_path, monkeypatch):
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv" / environment.MARK).write_text(environment.digest())
    monkeypatch.setenv("RASA_PYTHON", str(tmp_path / "nowhere"))
    assert environment.prepare(Console(quiet=True), tmp_path).parts[-2:] == ("bin", "python")


def test_what_could_not_be_installed_leaves_no_environment_and_its_reason(tmp_path, monkeypatch):
    lock = tmp_path / "short.lock"
    lock.write_text(f"solvefirst-is-no-package==0 --hash=sha256:{'0' * 64}\n")
    monkeypatch.setattr(environment, "LOCK", lock)
    monkeypatch.setattr(environment, "find_python", lambda _: sys.executable)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    home = tmp_path / "home"
    with pytest.raises(NotBuilt, match="solvefirst-is-no-package"):
        environment.prepare(Console(quiet=True), home)
    with pytest.raises(NotBuilt):
        environment.python(home)


def test_the_lock_pins_and_hashes_everything_and_names_no_address():
    lines = environment.LOCK.read_text().splitlines()
    pinned = [line for line in lines if line and not line.startswith((" ", "#", "-"))]
    assert "rasa==3.6.21 \\" in pinned
    assert len(pinned) > 100
    assert all("==" in line and line.endswith("\\") for line in pinned)
    assert not [line for line in lines if "://" in line]
