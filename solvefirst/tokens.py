"""Run `solvefirst db token`: make an API token for a service or a staff program."""

import asyncio

from rich.console import Console

from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.store.loading import load_catalogue, shipped_catalogue
from api.errors import Refusal
from api.people.rules.actor import Role
from api.people.service.tokens import issue_token
from kernel.clock import SystemClock
from kernel.ids import RandomIds
from solvefirst.settings import Settings
from solvefirst.stores import Stores


def make_token(name: str, role: str, unit: str | None, console: Console) -> int:
    """Make a token and print it; only its hash is stored."""
    settings = Settings()
    catalogue = load_catalogue(settings.catalogue or shipped_catalogue())
    try:
        chosen = Role(role)
        secret = asyncio.run(_issue(settings, name, chosen, unit, catalogue))
    except (ValueError, Refusal) as refused:
        console.print(f"No token was made: {refused}", markup=False)
        return 2
    console.print(f"[bold]{secret}[/bold]")
    console.print(f"For {name}, role {role}. It is shown this once: keep it now.")
    return 0


async def _issue(
    settings: Settings, name: str, role: Role, unit: str | None, catalogue: Catalogue
) -> str:
    stores = Stores.open(settings)
    try:
        stores.upgrade()
        issued = await stores.api.run(
            issue_token,
            RandomIds(),
            SystemClock(),
            catalogue,
            name=name,
            role=role,
            unit=unit,
        )
    finally:
        await stores.close()
    return issued.secret
