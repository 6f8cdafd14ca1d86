"""Hold the console's dependencies, made once where the process is wired."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from api.catalogue.rules.units import Level
from api.console.texts import ConsoleTexts
from api.people.rules.actor import Role
from api.people.service.sign_in import StaffSignIn
from api.ports import Files
from api.services.attachments.uploads import Uploads
from api.services.cases.numbers import CaseNumbers
from api.services.desk import ServiceDesk
from api.store.events.events import DELIVERIES
from kernel.bell.port import Bell
from kernel.database.database import Database

COOKIE = "solvefirst_staff"
DEVICE_COOKIE = "solvefirst_device"
LANGUAGE_COOKIE = "solvefirst_language"
ROOT = "/console"
CASES_TOPIC = DELIVERIES
"""Bell topic that is signalled at every event for subscribers."""

STATIC = Path(__file__).with_name("static")


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account with a public password, shown only in demo mode."""

    login: str
    password: str
    name: str
    role: Role
    about: Mapping[str, str]
    level: Level | None = None
    unit: str | None = None
    title: str | None = None


@dataclass(frozen=True, repr=False)
class ConsoleContext:
    """Dependencies of one running console.

    `origins` are further origins, besides its own, that may open its socket and post its forms.
    """

    database: Database
    desk: ServiceDesk
    door: StaffSignIn
    bell: Bell
    numbers: CaseNumbers
    files: Files
    uploads: Uploads
    origins: frozenset[str] = frozenset()
    demo: tuple[DemoAccount, ...] = ()
    texts: ConsoleTexts = field(default_factory=ConsoleTexts.load)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
