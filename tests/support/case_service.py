"""A case service for tests: the tiny city, a clock that tests move, its app and its callers."""

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from patience import PATIENCE

from api.app import build
from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.store.loading import load_catalogue
from api.client import ApiClient
from api.contract import OpenCase
from api.migrations import MIGRATIONS, VERSION_TABLE
from api.people.rules.actor import Role
from api.people.service.tokens import issue_token
from api.ports import Files, Understanding
from api.retention import expire
from api.store.events.events import Events, StoredEvent
from api.transport import AsgiTransport, HttpResponse
from kernel import json
from kernel.clock import Clock
from kernel.database.database import Database
from kernel.database.migrate import upgrade
from kernel.ids import Ids, RandomIds
from kernel.privacy.crypto import Keyring

SECRET = "a secret of the tests long enough"
TOKEN = "the-token-of-our-own-processes"
TINY = Path(__file__).parents[1] / "cities" / "tiny"
LANE = "990101001"  # a street
LANTERN = "990101001002"  # a community in it
EAST = "990101"  # its district


def tiny_catalogue() -> Catalogue:
    """The tiny city of the tests."""
    return load_catalogue(TINY)


def order(**changes: Any) -> OpenCase:
    """A matter that goes straight to a street, unless changed."""
    return OpenCase.model_validate(
        {
            "contact_point": "cnv_1",
            "channel": "web",
            "kind": "complaint",
            "category": "0201",
            "happened": "老街门口的石板松了，已经绊倒两个人",
            "place": {"text": "老街街道灯市口3号", "district": EAST, "street": LANE},
            "demand": "请铺平",
            "contact": {"mode": "named", "name": "王小河", "phone": "13800001234"},
        }
        | changes
    )


@dataclass
class CaseService:
    """One running service on one database."""

    database: Database
    clock: Clock
    ids: Ids
    catalogue: Catalogue
    keyring: Keyring
    app: FastAPI
    client: ApiClient
    _tokens: dict[Role, str] = field(default_factory=dict)

    async def token(self, role: Role, unit: str | None = None) -> str:
        """Issue a token for a role."""
        issued = await self.database.run(
            issue_token,
            self.ids,
            self.clock,
            self.catalogue,
            name=f"A {role}",
            role=role,
            unit=unit,
        )
        return issued.secret

    async def as_role(self, role: Role, unit: str | None = None) -> ApiClient:
        """A client that holds a token of a role."""
        return ApiClient.over_asgi(self.app, await self.token(role, unit), timeout=PATIENCE)

    async def open(self, key: str = "key-1", **changes: Any) -> Any:
        """Open a case through the client."""
        return await self.client.open_case(order(**changes), idempotency_key=key)

    async def expire(self, *, bodies: float = 90, talks: float = 365) -> int:
        """Wipe and delete one batch of what is kept no longer than so many days."""
        days = {"keep_bodies_days": bodies, "keep_talks_days": talks}
        periods = {name: timedelta(days=count) for name, count in days.items()}
        return await self.database.run(expire, self.clock.now(), periods)

    async def events(self, order: str) -> list[StoredEvent]:
        """Read what the world outside was told of a case, oldest first."""
        return await self.database.read(lambda tx: Events(tx, self.keyring, self.ids).of(order))

    async def raw(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        token: str | None = TOKEN,
        **headers: str,
    ) -> HttpResponse:
        """Send a request of any shape; header names have underscores for hyphens."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        return await AsgiTransport(self.app).send(method, path, sent, body)


@asynccontextmanager
async def case_service(
    url: str,
    clock: Clock,
    ids: Ids | None = None,
    understanding: Understanding | None = None,
    files: Files | None = None,
) -> AsyncIterator[CaseService]:
    """Migrate a database and run a service on it."""
    database = Database(url)
    upgrade(database.engine, MIGRATIONS, VERSION_TABLE)
    ids = ids or RandomIds(clock)
    keyring = Keyring.from_setting(SECRET)
    catalogue = tiny_catalogue()
    app = build(
        database=database,
        clock=clock,
        ids=ids,
        keyring=keyring,
        catalogue=catalogue,
        service_token=TOKEN,
        understanding=understanding,
        files=files,
    )
    try:
        client = ApiClient.over_asgi(app, TOKEN, timeout=PATIENCE)
        yield CaseService(database, clock, ids, catalogue, keyring, app, client)
    finally:
        await database.close()


class _Server(uvicorn.Server):
    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off")
        )
        self.listening = threading.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@contextmanager
def over_http(app: FastAPI) -> Iterator[str]:
    """Serve an app on a free port, in a thread with its own loop; gives its address."""
    server = _Server(app)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        assert server.listening.wait(10)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def body_of(reply: HttpResponse) -> Any:
    """Read a reply's JSON."""
    return json.loads(reply.body.decode())
