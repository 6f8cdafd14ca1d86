"""Serve `/bot<token>/<method>`, `/file/bot<token>/…` and `/sim`."""

import asyncio
import contextlib
import hmac
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from kernel import json
from kernel.clock import Clock
from kernel.ids import Ids
from tools.telegram_sim.admin import Admin
from tools.telegram_sim.citizens import SimulatedCitizens
from tools.telegram_sim.faults import Fault, FaultKind
from tools.telegram_sim.methods import CallRefusal, Methods
from tools.telegram_sim.posting import Posting
from tools.telegram_sim.record import RecordedCall
from tools.telegram_sim.world import Json, World

TOKEN = "100000001:AAF-simulated-token-of-nobody-0001"  # noqa: S105 - opens nothing but the simulator
"""The simulator's default token."""


class BotApi:
    """Answers the bot's calls, with the injected faults."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._methods = Methods(world)
        self.routes = [
            Route("/bot{token}/{method}", self._call, methods=["GET", "POST"]),
            Route("/file/bot{token}/files/{id}/{name}", self._file),
        ]

    async def _call(self, request: Request) -> Response:
        name = request.path_params["method"]
        try:
            given = await arguments(request)
        except ClientDisconnect:  # the bot's process was killed; nobody reads the answer
            return Response(status_code=400)
        if not hmac.compare_digest(request.path_params["token"], self._world.token):
            return _refused(CallRefusal(401, "Unauthorized"))
        method = self._methods.table.get(name)
        if method is None:
            return _refused(CallRefusal(404, "Not Found"))
        chat = _number(given.get("chat_id"))
        fault = self._world.faults.strike(name, chat)
        try:
            if fault is not None:
                await self._before(fault)
            result = await method(given)
        except CallRefusal as refusal:
            self._note(name, chat, given, refusal.status)
            return _refused(refusal)
        message_id = result.get("message_id") if isinstance(result, dict) else None
        self._note(name, chat, given, 200, message_id)
        if fault is not None and fault.kind in (FaultKind.LATE, FaultKind.LOST):
            await self._world.clock.sleep(fault.value)
        return _json({"ok": True, "result": result})

    def _note(
        self, name: str, chat: int | None, given: Json, status: int, message: int | None = None
    ) -> None:
        now = self._world.clock.now()
        self._world.record.calls.append(RecordedCall(now, name, chat, given, status, message))
        self._world.changed()

    async def _before(self, fault: Fault) -> None:
        match fault.kind:
            case FaultKind.RETRY_AFTER:
                seconds = int(fault.value)
                raise CallRefusal(
                    429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds}
                )
            case FaultKind.FORBIDDEN:
                raise CallRefusal(403, "Forbidden: bot was blocked by the user")
            case FaultKind.MIGRATE:
                raise CallRefusal(
                    400,
                    "Bad Request: group chat was upgraded to a supergroup chat",
                    {"migrate_to_chat_id": int(fault.value)},
                )
            case FaultKind.SERVER_ERROR:
                status = int(fault.value) if fault.value >= 500 else 500
                raise CallRefusal(status, "Internal Server Error")
            case FaultKind.BAD_REQUEST:
                raise CallRefusal(400, "Bad Request: MESSAGE_NOT_TAKEN")
            case FaultKind.SILENT:
                await self._world.clock.sleep(fault.value)
                raise CallRefusal(504, "Gateway Timeout")
            case _:
                return

    async def _file(self, request: Request) -> Response:
        found = self._world.files.get(request.path_params["id"])
        if request.path_params["token"] != self._world.token or found is None:
            return Response(status_code=404)
        return Response(found[1], media_type="application/octet-stream")


def _json(value: object, status: int = 200) -> Response:
    return Response(json.dumps(value).encode(), status, media_type="application/json")


def _refused(refusal: CallRefusal) -> Response:
    parameters = {"parameters": refusal.parameters} if refusal.parameters else {}
    return _json(
        {"ok": False, "error_code": refusal.status, "description": refusal.words, **parameters},
        refusal.status,
    )


def _number(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


async def arguments(request: Request) -> Json:
    """Read a call's arguments from the query, a form or JSON, as the Bot API does."""
    given: Json = dict(request.query_params)
    kind = request.headers.get("content-type", "")
    body = await request.body()
    if kind.startswith("application/json"):
        given |= json.loads(body.decode())
    elif kind.startswith("application/x-www-form-urlencoded"):
        given |= dict(parse_qsl(body.decode(), keep_blank_values=True))
    elif kind.startswith("multipart/form-data"):
        given |= _multipart(kind, body)
    return {key: _value(value) if key in STRUCTURED else value for key, value in given.items()}


def _multipart(kind: str, body: bytes) -> Json:
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    found: Json = {}
    for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        plain = content if isinstance(content, bytes) else b""
        found[name] = plain if part.get_filename() else plain.decode()
    return found


STRUCTURED = frozenset({"allowed_updates", "commands", "drop_pending_updates", "reply_markup"})
"""Arguments that are JSON inside forms."""


def _value(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            return json.loads(value)
    return value


@dataclass(frozen=True, slots=True)
class Simulator:
    """The simulated Telegram, wired and not yet served."""

    world: World
    citizens: SimulatedCitizens
    app: Starlette

    @classmethod
    def make(cls, *, clock: Clock, ids: Ids, token: str = TOKEN) -> "Simulator":
        """Wire the simulator."""
        world = World(token, clock, ids)
        citizens = SimulatedCitizens(world)
        admin = Admin(world, citizens)
        return cls(world, citizens, Starlette(routes=[*BotApi(world).routes, *admin.routes]))


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the loop's owner."""
        yield


def listen(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """Open a port, by default any free one."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


@asynccontextmanager
async def serving(
    simulator: Simulator,
    *,
    listener: socket.socket | None = None,
    client: httpx.AsyncClient | None = None,
) -> AsyncIterator[str]:
    """Serve in this loop; yield the base address. `client` posts the updates of a webhook."""
    listener = listener or listen()
    host, port = listener.getsockname()[:2]
    config = uvicorn.Config(
        simulator.app,
        lifespan="off",
        ws="none",
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    own = client or httpx.AsyncClient()
    running = asyncio.create_task(server.serve(sockets=[listener]))
    posting = asyncio.create_task(Posting(simulator.world, own).run())
    try:
        yield f"http://{host}:{port}"
    finally:
        posting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await posting
        server.should_exit = True
        simulator.world.close()
        await running
        if client is None:
            await own.aclose()
