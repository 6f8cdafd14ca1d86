"""Rights are asked of one table: with an empty table no route and no service does anything."""

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from unittest.mock import MagicMock

import pytest
from case_service import LANE, TOKEN, body_of, case_service
from fastapi import FastAPI

import api
from api.errors import Forbidden
from api.people.rules import permissions
from api.people.rules.actor import TOKEN_ROLES, Actor, Role
from api.people.rules.permissions import PERMISSIONS, Action
from api.routes.auth import Holder
from api.routes.documentation import examples
from kernel import json

PUBLIC = {"read_announced_session", "live", "ready"}
"""Routes that need no token: who is on duty, and health."""

ROLES = sorted(TOKEN_ROLES)
HOOK = {"name": "dashboard", "url": "https://dashboard.example.org/hook", "types": ["case.*"]}
DAYS = "since=2026-01-01&until=2026-01-31"
QUERY = f"{DAYS}&month=2026-01"
PATH_VALUES = {"of": "poor", "number": "20260101-000001-1"}


@dataclass(frozen=True)
class Operation:
    """One method of one path, with a request that the contract lets through."""

    name: str
    method: str
    address: str
    body: bytes | None


@pytest.fixture
async def service(sqlite_url, clock):
    async with case_service(sqlite_url, clock) as running:
        yield running


@pytest.fixture
def nobody_may(monkeypatch):
    """Empty the table, so that whatever asks it is refused."""
    monkeypatch.setattr(permissions, "PERMISSIONS", MappingProxyType({}))


def operations(app: FastAPI) -> Iterator[Operation]:
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            address = path
            for item in operation.get("parameters", ()):
                if item["in"] == "path":
                    value = PATH_VALUES.get(item["name"], "one")
                    address = address.replace(f"{{{item['name']}}}", value)
            name = operation["operationId"]
            request = examples().get(name, {}).get("request")
            body = json.dumps(request).encode() if request is not None else None
            yield Operation(name, method.upper(), f"{address}?{QUERY}", body)


async def passing(service, token: str) -> list[str]:
    """Call every operation; name those that are not refused with 403."""
    found = []
    for operation in operations(service.app):
        if operation.name not in PUBLIC:
            reply = await service.raw(
                operation.method, operation.address, operation.body, token=token
            )
            if reply.status != 403:
                found.append(operation.name)
    return found


def use_cases() -> Iterator[Callable]:
    """Give the public functions of services, of core and slices, that take `tx` and `actor`."""
    for module in pkgutil.walk_packages(api.__path__, "api."):
        if not {"services", "service"} & set(module.name.split(".")):
            continue
        for name, function in inspect.getmembers(import_module(module.name), inspect.isfunction):
            asked = inspect.signature(function).parameters
            own = function.__module__ == module.name and not name.startswith("_")
            if own and {"tx", "actor"} <= asked.keys():
                yield function


def refuses(function: Callable, actor: Actor) -> bool:
    """Call a use case with arguments that hold nothing; tell whether it refuses the actor first."""
    asked = inspect.signature(function).parameters
    with suppress(Exception):
        try:
            function(**{name: MagicMock() for name in asked} | {"actor": actor})
        except Forbidden:
            return True
    return False


@pytest.mark.parametrize("role", ROLES)
async def test_every_route_asks_the_table(service, nobody_may, role):
    assert len(list(operations(service.app))) > 90
    token = await service.token(role, LANE if role is Role.UNIT else None)
    assert await passing(service, token) == []


async def test_a_route_that_does_not_ask_is_found(service, nobody_may):
    async def planted(actor: Holder) -> dict[str, str]:
        return {"secret": actor.id}

    service.app.add_api_route("/v1/planted", planted, name="planted")
    assert await passing(service, TOKEN) == ["planted"]


@pytest.mark.parametrize("role", ROLES)
def test_every_use_case_asks_the_table_before_anything_else(nobody_may, role):
    found = list(use_cases())
    assert len(found) > 50
    actor = Actor("one", role, unit=LANE if role is Role.UNIT else None)
    assert [item.__qualname__ for item in found if not refuses(item, actor)] == []


def test_a_use_case_that_does_not_ask_is_found(nobody_may):
    def planted(tx, desk, actor):
        return desk.work(tx).cases.get("one")

    assert not refuses(planted, Actor("one", Role.CLERK))


def test_an_action_without_a_row_is_nobodys(monkeypatch):
    rows = {
        action: roles for action, roles in PERMISSIONS.items() if action is not Action.READ_CASE
    }
    monkeypatch.setattr(permissions, "PERMISSIONS", rows)
    for role in Role:
        with pytest.raises(Forbidden):
            permissions.authorize(Actor("one", role, contact_point="cnv_1"), Action.READ_CASE)


@pytest.mark.parametrize("role", ROLES)
async def test_only_an_administrator_registers_webhooks_and_rotates_their_secrets(service, role):
    admin = await service.token(Role.ADMIN)
    body = json.dumps(HOOK).encode()
    made = body_of(await service.raw("POST", "/v1/webhooks", body, token=admin))["id"]
    token = await service.token(role, LANE if role is Role.UNIT else None)
    other = json.dumps(HOOK | {"name": "other"}).encode()
    statuses = {
        (await service.raw("POST", "/v1/webhooks", other, token=token)).status,
        (await service.raw("POST", f"/v1/webhooks/{made}/rotate-secret", token=token)).status,
        (await service.raw("GET", "/v1/webhooks", token=token)).status,
    }
    assert statuses == ({200, 201} if role is Role.ADMIN else {403})


async def test_the_token_of_our_own_bots_changes_no_webhook(service):
    for path in ("/v1/webhooks", "/v1/webhooks/sub_1/rotate-secret"):
        reply = await service.raw("POST", path, json.dumps(HOOK).encode(), token=TOKEN)
        assert (reply.status, body_of(reply)["code"]) == (403, "forbidden"), path


@pytest.mark.parametrize("role", ROLES)
async def test_units_records_are_for_those_who_lead_and_the_unit_itself(service, role):
    token = await service.token(role, LANE if role is Role.UNIT else None)
    paths = (
        f"/v1/supervision/units?{DAYS}",
        f"/v1/supervision/units.csv?{DAYS}",
        f"/v1/supervision/circulars/poor?{DAYS}",
        "/v1/supervision/steps",
    )
    statuses = {(await service.raw("GET", path, token=token)).status for path in paths}
    may = role in {Role.UNIT, Role.LEADER, Role.SUPERVISOR}
    assert statuses == ({200} if may else {403})
