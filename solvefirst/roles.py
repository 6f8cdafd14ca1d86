"""List the settings that each part needs (`serve --only api|bot|jobs`), in one table.

`serve` refuses to start without the required ones and warns of the others; `doctor` reports both.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from kernel.database.database import normalise
from solvefirst.settings import Settings
from solvefirst.wiring.foundation import NotConfigured

PARTS: Final = ("api", "bot", "jobs")


@dataclass(frozen=True, slots=True)
class SettingNeed:
    """One setting that parts need.

    `missing` checks whether it is missing; `without` describes the effect. A part does not start
    without a `required` setting.
    """

    setting: str
    parts: tuple[str, ...]
    required: bool
    missing: Callable[[Settings], bool]
    without: str


def _on_sqlite(settings: Settings) -> bool:
    urls = (settings.api_database, settings.bot_database)
    return any(normalise(url).get_backend_name() == "sqlite" for url in urls)


NEEDS: Final = (
    SettingNeed(
        "SOLVEFIRST_API_URL",
        ("bot",),
        required=True,
        missing=lambda settings: settings.api_url is None,
        without="Nothing says where the case service is: no case could be opened. Set it to the"
        " address of `serve --only api`.",
    ),
    SettingNeed(
        "SOLVEFIRST_SERVICE_TOKEN",
        ("bot",),
        required=True,
        missing=lambda settings: settings.service_token is None,
        without="The case service would refuse every call. Set it to the same token for all parts.",
    ),
    SettingNeed(
        "SOLVEFIRST_BOT_URL",
        ("api", "jobs"),
        required=True,
        missing=lambda settings: settings.bot_url is None,
        without="Nothing says where the citizen's side is: no citizen would hear of their case"
        " again. Set it to the address of `serve --only bot`.",
    ),
    SettingNeed(
        "SOLVEFIRST_SERVICE_TOKEN",
        ("api", "jobs"),
        required=False,
        missing=lambda settings: settings.service_token is None,
        without="The one kept under SOLVEFIRST_VAR is used; parts with another folder have another"
        " and refuse each other. Set it to the same token for all parts.",
    ),
    SettingNeed(
        "SOLVEFIRST_SECRET_KEY",
        PARTS,
        required=False,
        missing=lambda settings: settings.secret_key is None,
        without="The one kept under SOLVEFIRST_VAR is used; parts with another folder cannot read"
        " what this one writes. Set it to the same keys for all parts.",
    ),
    SettingNeed(
        "SOLVEFIRST_DATABASE_URL",
        PARTS,
        required=False,
        missing=_on_sqlite,
        without="SQLite takes one process of each part, all on one machine. For more set it to a"
        " PostgreSQL database.",
    ),
    SettingNeed(
        "SOLVEFIRST_REDIS_URL",
        PARTS,
        required=False,
        missing=lambda settings: settings.redis_url is None,
        without="Parts find each other's work by looking every few seconds. Set it to a Redis or"
        " Valkey to have it at once.",
    ),
)


def missing(settings: Settings, part: str) -> Iterator[SettingNeed]:
    """Yield the missing settings of a part."""
    return (need for need in NEEDS if part in need.parts and need.missing(settings))


def require(settings: Settings, part: str) -> None:
    """Check that a part has all its required settings.

    Raises:
        NotConfigured: the message names each missing setting and what to write.
    """
    lacking = [need for need in missing(settings, part) if need.required]
    if lacking:
        raise NotConfigured(
            "\n".join(f"{need.setting} is not set. {need.without}" for need in lacking)
        )
