"""Run `solvefirst staff`: manage the accounts of the console."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar

from rich.console import Console
from rich.table import Table

from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.store.loading import load_catalogue, shipped_catalogue
from api.errors import Refusal
from api.people.rules.actor import Role
from api.people.service.accounts import add_staff, list_staff, set_active
from kernel.clock import SystemClock
from kernel.database.database import Database
from kernel.database.transaction import Transaction
from kernel.ids import RandomIds
from solvefirst.settings import Settings
from solvefirst.stores import Stores

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StaffAddOptions:
    """Options of `staff add`."""

    login: str
    name: str
    role: str
    unit: str | None
    title: str | None


def add(account: StaffAddOptions, password: str, console: Console) -> int:
    """Open an account."""
    settings = Settings()
    try:
        person = _run(
            settings,
            add_staff,
            RandomIds(),
            SystemClock(),
            _catalogue(settings),
            login=account.login,
            password=password,
            name=account.name,
            role=Role(account.role),
            unit=account.unit,
            title=account.title,
        )
    except (ValueError, Refusal) as refused:
        console.print(f"No account was opened: {refused}", markup=False)
        return 2
    console.print(f"{person.login} may sign in as {person.role}.")
    return 0


def show(console: Console) -> int:
    """List all accounts."""
    table = Table("login", "name", "role", "unit", "may sign in", box=None)
    for person in _run(Settings(), list_staff):
        yes = "no" if not person.active else "in demo mode" if person.demo else "yes"
        table.add_row(person.login, person.name, person.role, person.unit or "", yes)
    console.print(table)
    return 0


def activate(login: str, console: Console, *, active: bool) -> int:
    """Close an account and end its sessions at once, or open it again."""
    try:
        person = _run(Settings(), set_active, SystemClock(), login, active=active)
    except Refusal as refused:
        console.print(f"Nothing was changed: {refused}", markup=False)
        return 2
    state = "may sign in again" if active else "is signed out and may not sign in"
    console.print(f"{person.login} {state}.")
    return 0


def _run(
    settings: Settings,
    function: Callable[Concatenate[Transaction, P], T],
    *args: P.args,
    **kw: P.kwargs,
) -> T:
    async def in_store() -> T:
        stores = Stores.open(settings)
        try:
            stores.upgrade()
            database: Database = stores.api
            return await database.run(function, *args, **kw)
        finally:
            await stores.close()

    return asyncio.run(in_store())


def _catalogue(settings: Settings) -> Catalogue:
    return load_catalogue(settings.catalogue or shipped_catalogue())
