from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

import kernel.settings
from kernel.privacy.redaction import MASK
from kernel.settings import ProcessSettings, masked, origins


class Settings(ProcessSettings):
    port: int = 8311
    host: str = "127.0.0.1"
    database_url: str = "sqlite:///var/solvefirst.db"
    secret_key: SecretStr | None = None
    service_token: SecretStr | None = None
    demo: bool = False


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory and an environment without settings of the developer's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(kernel.settings, "SECRETS_DIRECTORY", tmp_path / "none")
    for name in [*Settings.model_fields, "secrets_dir"]:
        monkeypatch.delenv(f"SOLVEFIRST_{name.upper()}", raising=False)
    return tmp_path


def test_each_value_is_taken_from_the_first_that_has_it_and_tells_where_from(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = elsewhere / "secrets"
    secrets.mkdir()
    (secrets / "SOLVEFIRST_SECRET_KEY").write_text("from a file\n")
    (secrets / "solvefirst_port").write_text("1")
    (elsewhere / ".env").write_text("SOLVEFIRST_HOST=0.0.0.0\nSOLVEFIRST_PORT=2\nOTHER=x\n")
    monkeypatch.setenv("SOLVEFIRST_SECRETS_DIR", str(secrets))
    monkeypatch.setenv("SOLVEFIRST_PORT", "3")
    settings = Settings(demo=True)
    assert (settings.port, settings.host, settings.demo) == (3, "0.0.0.0", True)
    assert settings.secret_key is not None
    assert settings.secret_key.get_secret_value() == "from a file"
    assert origins(settings) == {
        "port": "environment",
        "host": ".env",
        "database_url": "default",
        "secret_key": "secret file",
        "service_token": "default",
        "demo": "argument",
    }


def test_the_mounted_folder_is_read_when_it_is_there(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted = elsewhere / "mounted"
    mounted.mkdir()
    (mounted / "solvefirst_service_token").write_text("t")
    monkeypatch.setattr(kernel.settings, "SECRETS_DIRECTORY", mounted)
    assert origins(Settings())["service_token"] == "secret file"


def test_without_any_setting_all_are_defaults() -> None:
    assert set(origins(Settings()).values()) == {"default"}


def test_names_of_other_processes_are_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLVEFIRST_OF_SOMEONE_ELSE", "1")
    Settings()


def test_secrets_are_masked_and_one_can_see_which_are_set() -> None:
    settings = Settings(
        secret_key=SecretStr("hidden"),
        database_url="postgresql://user:hidden@db/solvefirst",
    )
    shown = masked(settings)
    assert "hidden" not in str(shown)
    assert shown["secret_key"] == MASK
    assert shown["service_token"] == "not set"
    assert shown["database_url"] == f"postgresql://user:{MASK}@db/solvefirst"
    assert shown["port"] == "8311"


def test_a_wrong_value_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLVEFIRST_PORT", "hunter2")
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert "port" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_settings_do_not_change_once_they_are_made() -> None:
    settings = Settings()
    with pytest.raises(ValidationError):
        settings.port = 1
