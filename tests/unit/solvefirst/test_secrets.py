"""Secrets that nobody set are made once and kept for the owner alone."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kernel.crypto import Keyring
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
