"""Demo accounts: their published password opens nothing outside demo mode."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from api.catalogue.store.loading import load_catalogue, shipped_catalogue
from api.console.context import COOKIE
from api.console.people.demo import demo_accounts
from api.migrations import MIGRATIONS, VERSION_TABLE
from api.people.rules.actor import Role
from api.people.service import passwords
from api.people.service.accounts import add_staff, list_staff
from kernel.clock import SystemClock
from kernel.database.database import Database
from kernel.database.migrate import upgrade
from kernel.ids import RandomIds
from solvefirst.doctor import run as doctor
from solvefirst.settings import Settings
from solvefirst.wiring.assembly import assemble, web_app

ACCOUNTS = demo_accounts()
OWN = "a lantern in the lane"


@asynccontextmanager
async def product(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The whole product on one data folder, as `make run` starts it."""
    app = web_app(assemble(settings))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://city.test") as client:
            yield client


async def sign_in(client: httpx.AsyncClient, login: str, password: str) -> str | None:
    """Sign in as a browser does; the session's cookie, or nothing."""
    answer = await client.post(
        "/console/sign-in",
        data={"login": login, "password": password},
        headers={"Origin": "http://city.test"},
    )
    client.cookies.clear()
    return answer.cookies.get(COOKIE)


async def let_in(client: httpx.AsyncClient, session: str) -> bool:
    """Tell whether a session opens the console: a file that is not there, or the sign-in page."""
    answer = await client.get("/console/attachments/x", headers={"Cookie": f"{COOKIE}={session}"})
    return answer.status_code == 404


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(var=tmp_path / "var", database_url=database_url)


async def test_a_store_of_demo_mode_lets_nobody_in_with_the_published_password_outside_of_it(
    settings: Settings,
):
    assert len(ACCOUNTS) >= 6
    async with product(settings.model_copy(update={"demo": True})) as client:
        sessions = {
            account.login: await sign_in(client, account.login, account.password)
            for account in ACCOUNTS
        }
        assert all(sessions.values()), sessions
        assert all([await let_in(client, session) for session in sessions.values() if session])
    with capture_logs() as logs:
        async with product(settings) as client:
            refused = [
                await sign_in(client, account.login, account.password) for account in ACCOUNTS
            ]
            ended = [await let_in(client, session) for session in sessions.values() if session]
    assert refused == [None] * len(ACCOUNTS)
    assert ended == [False] * len(ACCOUNTS)
    warnings = [log for log in logs if log["event"] == "demo_accounts_refused"]
    assert [sorted(item["logins"]) for item in warnings] == [
        sorted(account.login for account in ACCOUNTS)
    ]


async def test_an_account_of_the_citys_own_is_let_in_though_it_was_opened_in_demo_mode(
    settings: Settings,
):
    demo = settings.model_copy(update={"demo": True})
    async with product(demo) as client:
        assert await sign_in(client, "admin", ACCOUNTS[0].password)
    database = Database(settings.api_database)
    await database.run(
        add_staff,
        RandomIds(),
        SystemClock(),
        load_catalogue(shipped_catalogue()),
        login="lu.yun",
        password=OWN,
        name="陆云",
        role=Role.CLERK,
    )
    await database.close()
    async with product(settings) as client:
        session = await sign_in(client, "lu.yun", OWN)
        assert session
        assert await let_in(client, session)


async def test_doctor_tells_of_demo_accounts_outside_demo_mode_only(settings: Settings):
    demo = settings.model_copy(update={"demo": True})
    async with product(demo):
        pass

    def findings(of: Settings) -> list[str]:
        return [item.seen for item in doctor.look(of) if item.subject == "demo accounts"]

    (seen,) = await asyncio.to_thread(findings, settings)
    assert "supervisor" in seen
    assert await asyncio.to_thread(findings, demo) == []


async def test_demo_accounts_of_an_earlier_version_are_marked_and_a_citys_own_admin_is_not(
    empty_database_url: str, tmp_path: Path
):
    (tmp_path / "versions").mkdir()
    for file in sorted((Path(MIGRATIONS) / "versions").glob("*.py")):
        if file.name < "0022":
            shutil.copy(file, tmp_path / "versions")
    database = Database(empty_database_url)
    upgrade(database.engine, tmp_path, VERSION_TABLE)
    with database.engine.begin() as connection:
        for login, password in (("clerk", ACCOUNTS[0].password), ("admin", OWN)):
            connection.execute(
                text(
                    "INSERT INTO staff (id, login, password_hash, name, role, active, created_at)"
                    " VALUES (:login, :login, :hash, 'x', :login, :yes, :now)"
                ),
                {
                    "login": login,
                    "hash": passwords.hashed(password),
                    "yes": True,
                    "now": SystemClock().now(),
                },
            )
    upgrade(database.engine, MIGRATIONS, VERSION_TABLE)
    people = await database.read(list_staff)
    await database.close()
    assert {person.login: person.demo for person in people} == {"admin": False, "clerk": True}
