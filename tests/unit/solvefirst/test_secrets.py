"""Secrets that nobody set are made once and kept for the owner alone."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.contract import signing
from kernel.privacy.crypto import Keyring
from solvefirst import secrets
from solvefirst.settings import Settings


def test_what_is_set_is_used_and_nothing_is_written(tmp_path: Path):
    settings = Settings(var=tmp_path, secret_key="k9:" + "A" * 43 + "=", service_token="given")
    assert secrets.secret_key(settings) == "k9:" + "A" * 43 + "="
    assert secrets.service_token(settings) == "given"
    assert list(tmp_path.iterdir()) == []


def test_a_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path):
    settings = Settings(var=tmp_path / "new")
    first = secrets.secret_key(settings)
    assert secrets.secret_key(settings) == first
    kept = tmp_path / "new" / "secret_key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    keyring = Keyring.from_setting(first)
    assert keyring.decrypt(keyring.encrypt(b"x", context="c"), context="c") == b"x"


def test_two_processes_that_start_at_once_agree_on_a_secret(tmp_path: Path):
    settings = Settings(var=tmp_path)
    with ThreadPoolExecutor(8) as pool:
        seen = set(pool.map(lambda _: secrets.service_token(settings), range(32)))
    assert len(seen) == 1


def test_secrets_of_a_rotation_are_taken_as_a_list(tmp_path: Path, monkeypatch):
    old, older = (signing.secret_of(bytes([item]) * 32) for item in (1, 2))
    monkeypatch.setenv("SOLVEFIRST_HOOK_SECRETS", f'["{old}", " {older} "]')
    settings = Settings(var=tmp_path)
    assert secrets.hook_secrets(settings) == [old, older]
    assert old not in repr(settings)
    assert secrets.hook_secrets(Settings(var=tmp_path, hook_secrets=[])) == []


@pytest.mark.parametrize("given", ["plain words", "whsec_", "whsec_AAAA", "whsec_?" + "A" * 43])
def test_what_is_no_secret_is_refused_by_name(tmp_path: Path, given: str):
    with pytest.raises(ValueError, match="SOLVEFIRST_HOOK_SECRETS"):
        secrets.hook_secrets(Settings(var=tmp_path, hook_secrets=[given]))
