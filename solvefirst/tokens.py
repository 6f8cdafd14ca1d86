"""Make, list and revoke API tokens of services and staff programs: `solvefirst db token`, …."""

import asyncio
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from rich.console import Console
from rich.table import Table

from api.catalogue.store.loading import load_catalogue, shipped_catalogue
from api.errors import Refusal
from api.people.rules.actor import Role
from api.people.service.tokens import issue_token, list_tokens, revoke_token
from kernel.clock import SHANGHAI, SystemClock
from kernel.database.transaction import Transaction
from kernel.ids import RandomIds
from solvefirst.settings import Settings
from solvefirst.stores import Stores

P = ParamSpec("P")
T = TypeVar("T")


def make_token(name: str, role: str, unit: str | None, console: Console) -> int:
    """Make a token and print it; only its hash is stored."""
    settings = Settings()
    catalogue = load_catalogue(settings.catalogue or shipped_catalogue())
    try:
        chosen = Role(role)
        issued = asyncio.run(
            _run(
                settings,
                issue_token,
                RandomIds(),
                SystemClock(),
                catalogue,
                name=name,
                role=chosen,
                unit=unit,
            )
        )
    except (ValueError, Refusal) as refused:
        console.print(f"No token was made: {refused}", markup=False)
        return 2
    console.print(f"[bold]{issued.secret}[/bold]")
    console.print(f"For {name}, role {role}. It is shown this once: keep it now.")
    return 0


def show_tokens(console: Console) -> int:
    """List the tokens that are not revoked; their secrets are stored nowhere."""
    table = Table("id", "name", "role", "unit", "since", box=None)
    for token in asyncio.run(_run(Settings(), list_tokens)):
        since = f"{token.created_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        table.add_row(token.id, token.name, token.role, token.unit or "", since)
    console.print(table, soft_wrap=True)
    return 0


def end_token(id_: str, console: Console) -> int:
    """Revoke a token at once; 2 when no valid token has this id."""
    if not asyncio.run(_run(Settings(), revoke_token, SystemClock(), id_)):
        console.print(f"No valid token has the id {id_}: see `solvefirst db tokens`.", markup=False)
        return 2
    console.print(f"{id_} is revoked.", markup=False)
    return 0


async def _run(
    settings: Settings,
    function: Callable[Concatenate[Transaction, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    stores = Stores.open(settings)
    try:
        stores.upgrade()
        return await stores.api.run(function, *args, **kwargs)
    finally:
        await stores.close()
