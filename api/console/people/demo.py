"""Open demo accounts, only with `SOLVEFIRST_DEMO=1`: their passwords are on the page."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.rules.units import Level
from api.console.context import ConsoleContext, DemoAccount
from api.people.rules.actor import Role
from api.people.rules.staff import LoginTaken
from api.people.service.accounts import add_staff, list_staff

_FILE = Path(__file__).with_name("demo.yml")


def demo_accounts() -> tuple[DemoAccount, ...]:
    """Read the accounts of `demo.yml`."""
    content: Mapping[str, Any] = yaml.safe_load(_FILE.read_text("utf-8"))
    return tuple(
        DemoAccount(
            login=account["login"],
            password=content["password"],
            name=account["name"],
            role=Role(account["role"]),
            about=account["about"],
            level=Level(account["level"]) if "level" in account else None,
            unit=account.get("unit"),
            title=account.get("title"),
        )
        for account in content["accounts"]
    )


async def open_demo_accounts(context: ConsoleContext) -> None:
    """Open the missing demo accounts."""
    there = {staff.login for staff in await context.database.read(list_staff)}
    desk = context.desk
    for account in context.demo:
        unit = _unit(desk.catalogue, account)
        if account.login in there or (account.role is Role.UNIT and unit is None):
            continue
        try:
            await context.database.run_long(  # hashing takes long
                add_staff,
                desk.ids,
                desk.clock,
                desk.catalogue,
                login=account.login,
                password=account.password,
                name=account.name,
                role=account.role,
                unit=unit,
                title=account.title,
                demo=True,
            )
        except LoginTaken:
            continue  # another process was faster


def _unit(catalogue: Catalogue, account: DemoAccount) -> str | None:
    """Return the named unit, or the first of its level that is responsible for a category."""
    if account.level is None:
        return None
    if account.unit in catalogue.units:
        return account.unit
    in_charge = {category.unit_type for category in catalogue.categories.values()}
    return next(
        (
            unit.code
            for unit in catalogue.units.values()
            if unit.level is account.level and unit.type in in_charge
        ),
        None,
    )
