"""Make missing keys and tokens at the first start; store them readable by the owner only."""

import base64
import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from pydantic import SecretStr

from api.contract.signing import derived_secret, is_secret
from solvefirst.settings import Settings

BOT = "bot"
"""Name of the citizen's side among the subscribers of events."""


def secret_key(settings: Settings) -> str:
    """Return the keys of encrypted columns: the setting, or the ones stored under var.

    Without this file the encrypted data is lost. It needs a backup, separate from the
    database.
    """
    fresh = f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}"
    return _set_or_kept(settings.secret_key, settings.var / "secret_key", fresh)


def service_token(settings: Settings) -> str:
    """Return the token between our own processes: the setting, or the one stored under var."""
    return _set_or_kept(
        settings.service_token, settings.var / "service_token", secrets.token_urlsafe(32)
    )


def _set_or_kept(setting: SecretStr | None, path: Path, fresh: str) -> str:
    if setting is not None:
        return setting.get_secret_value()
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _make(path, fresh)
    return path.read_text().strip()


def _make(path: Path, content: str) -> None:
    """Create the file atomically: of two processes that start together, only one makes it."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    with os.fdopen(handle, "w") as file:
        file.write(content + "\n")
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    Path(draft).unlink()


def bot_secret(service_token: str) -> str:
    """Derive the secret that signs events to the citizen's side; each process can derive it."""
    return derived_secret(service_token, BOT)


def hook_secrets(settings: Settings) -> list[str]:
    """Return the further secrets that may sign events.

    Raises:
        ValueError: one of them is invalid.
    """
    further = [secret.get_secret_value().strip() for secret in settings.hook_secrets]
    if not all(map(is_secret, further)):
        message = (
            'SOLVEFIRST_HOOK_SECRETS is a JSON list of secrets as they are given out: ["whsec_…"],'
            " each with the base64 of 24 to 64 bytes."
        )
        raise ValueError(message)
    return further
