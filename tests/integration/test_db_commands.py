"""`solvefirst db`: tokens and the key of blind indexes, on a store of its own."""

import pytest
from stores import copied
from typer.testing import CliRunner

from kernel.privacy.crypto import Keyring
from solvefirst.cli import app


@pytest.fixture(autouse=True)
def store(tmp_path, migrated_file, monkeypatch):
    monkeypatch.setenv("SOLVEFIRST_VAR", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "var").mkdir()
    copied(migrated_file, tmp_path / "var" / "solvefirst.db")


def run(*words):
    result = CliRunner().invoke(app, ["db", *words], env={"COLUMNS": "200"})
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def test_a_token_is_listed_until_it_is_revoked():
    assert run("token", "dashboard", "--role", "admin")[0] == 0
    _, listed = run("tokens")
    (line,) = (line for line in listed.splitlines() if "dashboard" in line)
    id_, name, role, *_ = line.split()
    assert (name, role) == ("dashboard", "admin")
    assert run("revoke-token", id_)[0] == 0
    assert "dashboard" not in run("tokens")[1]
    assert run("revoke-token", id_)[0] == 2


def test_the_entry_of_the_index_key_keeps_indexes_when_the_last_key_is_taken_out(monkeypatch):
    old, new = "the-first-secret-of-a-city", "the-second-secret-of-a-city"
    monkeypatch.setenv("SOLVEFIRST_SECRET_KEY", old)
    code, entry = run("index-key")
    assert code == 0
    before, after = (Keyring.from_setting(text) for text in (old, f"{new},{entry.strip()}"))
    index = before.blind_index("13800138000", context="phone")
    assert after.blind_index("13800138000", context="phone") == index
