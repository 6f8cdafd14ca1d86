"""Read the settings of a process, and record the source of each."""

import os
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any, ClassVar

from pydantic import PrivateAttr, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from kernel.privacy.redaction import MASK, is_secret_name, redact_text

PREFIX = "SOLVEFIRST_"
DEFAULT = "default"
SECRETS_DIRECTORY = Path("/run/secrets")
"""Where containers mount secrets; `SOLVEFIRST_SECRETS_DIR` sets another folder."""

_noted: ContextVar[dict[str, str]] = ContextVar("noted_origins")


class ProcessSettings(BaseSettings):
    """Base class of settings: a field such as `port` is set by `SOLVEFIRST_PORT`.

    The first source that has a value wins: the arguments of the call, the environment, the file
    `.env` in the working directory, a file `SOLVEFIRST_…` (upper or lower case) in the secrets
    folder, the default. Secrets are declared as `SecretStr`. Settings of other processes are
    ignored, as all processes share one environment.
    """

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    def __init__(self, **values: Any) -> None:  # noqa: ANN401 - fields of subclasses, which pydantic checks
        noted: dict[str, str] = {}
        token = _noted.set(noted)
        try:
            super().__init__(**values)
        finally:
            _noted.reset(token)
        self._origins.update(noted)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources, and make each record the fields that it set."""
        folder = os.environ.get(PREFIX + "SECRETS_DIR")
        if folder is not None or SECRETS_DIRECTORY.is_dir():
            file_secret_settings = SecretsSettingsSource(
                settings_cls, secrets_dir=folder or SECRETS_DIRECTORY
            )
        return (
            _Noting(init_settings, "argument"),
            _Noting(env_settings, "environment"),
            _Noting(dotenv_settings, ".env"),
            _Noting(file_secret_settings, "secret file"),
        )


def origins(settings: ProcessSettings) -> dict[str, str]:
    """Return the source of each field's value.

    It is one of `argument`, `environment`, `.env`, `secret file` and `default`.
    """
    noted = settings._origins  # noqa: SLF001 - its own module
    return {name: noted.get(name, DEFAULT) for name in type(settings).model_fields}


def masked(settings: ProcessSettings) -> dict[str, str]:
    """Return the value of each field for display, with secrets and passwords in URLs masked.

    A secret that is not set is shown as not set.
    """
    return {name: _show(name, getattr(settings, name)) for name in type(settings).model_fields}


def _show(name: str, value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, SecretStr):
        return MASK if value.get_secret_value() else "not set"
    if is_secret_name(name):
        return MASK
    return redact_text(str(value))


class _Noting(PydanticBaseSettingsSource):
    """Records the fields for which a source is the first to have a value."""

    def __init__(self, source: PydanticBaseSettingsSource, origin: str) -> None:
        super().__init__(source.settings_cls)
        self._source = source
        self._origin = origin

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return self._source.get_field_value(field, field_name)

    def _set_current_state(self, state: dict[str, Any]) -> None:
        self._source._set_current_state(state)  # noqa: SLF001 - a decorator of a pydantic source

    def _set_settings_sources_data(self, states: dict[str, dict[str, Any]]) -> None:
        self._source._set_settings_sources_data(states)  # noqa: SLF001 - as above

    def __call__(self) -> dict[str, Any]:
        values: Mapping[str, Any] = self._source()
        noted = _noted.get()
        for name in values:
            noted.setdefault(name, self._origin)
        return dict(values)
