"""A served example city: a token for each role, and the names of what is in it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from some_files import photo

from bench.servers import ROOT, SERVICE, Server, defaults, free_port
from bench.staff import token

ROLES = ("service", "unit", "clerk", "leader", "supervisor", "admin")
CITIZENS = tuple(f"cnv_fuzz_{n}" for n in range(6))


@dataclass(frozen=True, slots=True)
class City:
    """A served city: its address, who may call it, and the names of what is in it."""

    base: str
    tokens: dict[str, str]
    names: dict[str, tuple[str, ...]]


@asynccontextmanager
async def city(folder: Path, cases: int = 60) -> AsyncIterator[City]:
    """Fill a folder with an example city and serve it on loopback."""
    port = free_port()
    settings = defaults(folder, port) | {"SOLVEFIRST_LIMIT_WAITING_FILES": "0"}
    await _fill(settings, cases)
    server = await Server.start(
        ("-m", "fuzz.server"),
        port,
        ready="/health/live",
        env=settings,
        log=folder / "server.log",
        patience=180.0,
    )
    try:
        yield await _look(server.base, folder / "var")
    finally:
        server.stop()


async def _fill(settings: dict[str, str], cases: int) -> None:
    words = ("-m", "solvefirst", "demo", "--cases", str(cases), "--days", "20")
    process = await asyncio.create_subprocess_exec(
        *Server.command(*words),
        cwd=ROOT,
        env=Server.environment(settings),
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0


async def _look(base: str, var: Path) -> City:
    tokens = {"service": SERVICE}
    async with httpx.AsyncClient(base_url=base, timeout=30) as client:
        for role in ("clerk", "leader", "supervisor", "admin"):
            tokens[role] = await token(var, role)

        async def ask(role: str, method: str, path: str, **how) -> dict:
            headers = {"Authorization": f"Bearer {tokens[role]}", **how.pop("headers", {})}
            reply = await client.request(method, path, headers=headers, **how)
            assert reply.is_success, reply.text
            return reply.json()

        catalogue = await ask("service", "GET", "/v1/catalogue")
        categories = [category["code"] for category in catalogue["categories"]]
        listed = (await ask("supervisor", "GET", "/v1/cases?limit=100"))["items"]
        units = sorted({item["unit"]["code"] for item in listed if item["unit"]})
        tokens["unit"] = await token(var, "unit", units[0])
        own, files = [], []
        for n, citizen in enumerate(CITIZENS):
            order = {
                "contact_point": citizen,
                "channel": "web",
                "kind": "complaint",
                "category": categories[n],
                "happened": "楼道灯坏了半个月",
            }
            speaks = {"Idempotency-Key": f"fuzz-{n}", "Contact-Point": citizen}
            made = await ask("service", "POST", "/v1/cases", json=order, headers=speaks)
            own.append(made["number"])
            kind = {"Content-Type": "image/jpeg", "Contact-Point": citizen}
            kept = await ask("service", "POST", "/v1/attachments", content=photo(), headers=kind)
            files.append(kept["id"])
        sessions = [
            item["id"] for item in (await ask("clerk", "GET", "/v1/live/sessions"))["items"]
        ]
        talks = []
        for session in sessions:
            shown = await ask("supervisor", "GET", f"/v1/live/sessions/{session}/talks")
            talks += [talk["id"] for part in ("live", "waiting", "over") for talk in shown[part]]
        subscriber = {"name": "fuzz", "url": "https://city.example/hook"}
        made = await ask("admin", "POST", "/v1/webhooks", json=subscriber)
    names = {
        "numbers": (*own, *(item["number"] for item in listed)),
        "units": tuple(units),
        "categories": tuple(categories),
        "citizens": CITIZENS,
        "files": tuple(files),
        "talks": tuple(talks),
        "sessions": tuple(sessions),
        "subscribers": (made["id"],),
    }
    return City(base, tokens, names)
