"""Settings of one process, read once where the process is wired."""

from datetime import time, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from bot.channels.telegram import TELEGRAM
from kernel.settings import ProcessSettings


def _split(value: object) -> object:
    """Split a list that is written as names separated by commas."""
    if isinstance(value, str):
        return [part.strip(' "[]') for part in value.split(",") if part.strip(' "[]')]
    return value


def _networks(value: list[str]) -> list[str]:
    for network in value:
        ip_network(network)
    return value


Names = Annotated[list[str], NoDecode, BeforeValidator(_split)]
Networks = Annotated[Names, AfterValidator(_networks)]


class Settings(ProcessSettings):
    """All settings, as `SOLVEFIRST_<NAME>` in the environment, `.env` or a secret file.

    Times are seconds. The defaults work on one machine without any further server.
    """

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8311, ge=0, le=65535, description="Port to listen on.")
    var: Path = Field(default=Path("var"), description="Folder of everything that must be kept.")
    demo: bool = Field(
        default=False, description="Open REST channel, no secrets asked for; never in a city."
    )

    engine: Literal["embedded", "rasa"] = Field(
        default="embedded", description="Which dialogue engine runs."
    )
    rasa_url: str = Field(
        default="http://127.0.0.1:5005", description="The Rasa server, for engine rasa."
    )
    rasa_actions_url: str = Field(
        default="http://127.0.0.1:5055", description="The action server that Rasa calls."
    )
    rasa_tracker_url: str | None = Field(
        default=None,
        description="Rasa's tracker store, to forget in; default: the one of `make rasa`.",
    )
    catalogue: Path | None = Field(default=None, description="A city's own catalogue folder.")
    project: Path | None = Field(
        default=None, description="Folder of config.yml; default: the checkout."
    )

    database_url: str | None = Field(
        default=None, description="Both stores; default SQLite under var."
    )
    bot_database_url: str | None = Field(
        default=None, description="The citizen side's store alone."
    )
    api_database_url: str | None = Field(
        default=None, description="The case service's store alone."
    )
    redis_url: str | None = Field(
        default=None, description="Redis or Valkey, for several processes."
    )

    api_url: str | None = Field(
        default=None, description="Where the case service is, for `--only bot`."
    )
    service_token: SecretStr | None = Field(
        default=None, description="Token between our own processes."
    )
    secret_key: SecretStr | None = Field(
        default=None, description="Keys of encrypted columns, `id:base64,…`, the current one first."
    )
    bot_url: str | None = Field(
        default=None, description="Where the citizen's side is, for `--only api` and `--only jobs`."
    )
    webhooks_private: bool = Field(
        default=False, description="Webhooks may be posted to private addresses."
    )
    hook_secrets: list[SecretStr] = Field(
        default_factory=list,
        description="Further secrets (`whsec_…`) that events may be signed with, in a rotation.",
    )
    allowed_origins: list[str] = Field(
        default_factory=list, description="Further origins that may open the web chat's socket."
    )

    telegram_token: SecretStr | None = Field(
        default=None, description="Token of the city's Telegram bot; without it there is none."
    )
    telegram_api_url: str = Field(default=TELEGRAM, description="Base of the Telegram Bot API.")
    telegram_webhook_url: str | None = Field(
        default=None,
        description="Our public https address, for Telegram to post to; polling when unset.",
    )
    telegram_secret: SecretStr | None = Field(
        default=None,
        description="What Telegram shows with each post; made from the secret key when unset.",
    )

    hosts: Names = Field(
        default_factory=list,
        description="Names under which it is reached, with commas; addresses and localhost always.",
    )
    trusted_proxies: Networks = Field(
        default_factory=list,
        description="Addresses and networks of proxies whose X-Forwarded-For and -Proto count.",
    )
    limit_sockets: int = Field(default=200, ge=0, description="Open chats of one address; 0: any.")
    limit_sockets_all: int = Field(default=5_000, ge=0, description="Open chats together.")
    limit_conversations: int = Field(
        default=120, ge=0, description="New conversations of one address in an hour; 0: any."
    )
    limit_conversations_all: int = Field(
        default=6_000, ge=0, description="New conversations together in an hour."
    )
    limit_messages: int = Field(
        default=300, ge=0, description="Messages of one address in a minute; 0: any."
    )
    limit_messages_all: int = Field(
        default=12_000, ge=0, description="Messages of all addresses in a minute."
    )

    limit_waiting_files: int = Field(
        default=200, ge=0, description="Files of one address that wait for a case; 0: any."
    )
    limit_waiting_megabytes: int = Field(
        default=400, ge=0, description="Megabytes of them; 0: any."
    )

    connections: int | None = Field(
        default=None,
        ge=8,
        description="Most open connections; default: 10,000, or what descriptors leave.",
    )
    header_timeout: float = Field(default=10.0, gt=0, description="For a request's header to come.")
    body_timeout: float = Field(
        default=20.0, gt=0, description="For a request's body to come; more at 1 kB/s or faster."
    )

    api_timeout: float = Field(
        default=2.0, gt=0, description="An action's call of the case service."
    )
    engine_timeout: float = Field(default=5.0, gt=0, description="One turn of the dialogue engine.")
    lease: float = Field(default=15.0, gt=0, description="How long a turn holds its conversation.")
    sweep: float = Field(
        default=3.0, gt=0, description="Between two looks at what was left undone."
    )
    desk_patience: float = Field(
        default=180.0,
        gt=0,
        description="How long a talk with a leader waits for a desk that cannot be reached.",
    )
    keep_bodies_days: int = Field(
        default=90, ge=1, description="Days until message bodies are wiped."
    )

    keep_talks_days: int = Field(
        default=365, ge=1, description="Days until the words of a talk with a leader are wiped."
    )

    attachment_megabytes: int = Field(
        default=10, ge=1, le=100, description="Most megabytes of one photo, document or film."
    )

    quiet_from: time = Field(
        default=time(21), description="From then on, in Shanghai, no push rings a telephone."
    )
    quiet_until: time = Field(default=time(8), description="Until then.")

    metrics_token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Token of whoever reads /metrics; without it there are none.",
    )

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_json: bool = Field(default=False, description="One JSON object a line instead of colour.")

    @property
    def bot_database(self) -> str:
        """The URL of the citizen side's store."""
        return self.bot_database_url or self._both_stores

    @property
    def api_database(self) -> str:
        """The URL of the case service's store."""
        return self.api_database_url or self._both_stores

    @property
    def periods(self) -> dict[str, timedelta]:
        """Return how long personal data is kept, by the name of the setting."""
        return {
            name: timedelta(days=getattr(self, name))
            for name in ("keep_bodies_days", "keep_talks_days")
        }

    @property
    def rasa_trackers(self) -> str:
        """The URL of Rasa's tracker store."""
        default = self.var.resolve() / "rasa" / "tracker.db"
        return self.rasa_tracker_url or f"sqlite:///{default}"

    @property
    def _both_stores(self) -> str:
        return self.database_url or f"sqlite:///{self.var.resolve() / 'solvefirst.db'}"
