"""Serve `/sim`: actions of citizens, what they see, faults, and a page to chat by hand.

`GET /sim/` is the page; `GET /sim/chats/{user}` is what a user sees, `GET /sim/calls` the bot's
calls, `GET /sim/rates` its sending rates. `POST /sim/{act}` with JSON performs a citizen's action:

    say         user, text, chat?, name?
    tap         user, title or data, message_id?
    photo       user, caption?, album?, base64?
    location    user, latitude, longitude
    contact     user, phone, of?
    edit        user, message_id, text
    sticker, block, unblock    user
    group       id, title, user        the bot is put into a group
    move        old, new               a chat gets another number
    update      any raw update, replayed or forged

`POST /sim/faults` (kind, method?, chat?, value?, times?) adds a fault, `DELETE` removes all.
"""

import base64
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from kernel import json
from tools.telegram_sim.citizens import SimulatedCitizens
from tools.telegram_sim.faults import Fault, FaultKind
from tools.telegram_sim.world import Impossible, Json, World

_PAGE = Path(__file__).with_name("page.html")

_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""A default picture."""

Endpoint = Callable[[Request], Awaitable[Response]]


class Admin:
    """The routes under `/sim`."""

    def __init__(self, world: World, citizens: SimulatedCitizens) -> None:
        self._world = world
        self._citizens = citizens
        self.routes = [
            Route("/sim/", self._page),
            Route("/sim/chats/{user:int}", self._chat),
            Route("/sim/calls", self._calls),
            Route("/sim/rates", self._rates),
            Route("/sim/faults", self._faults, methods=["GET", "POST", "DELETE"]),
            Route("/sim/{act}", self._act, methods=["POST"]),
        ]
        self._acts: dict[str, Callable[[Json], object]] = {
            "say": lambda a: citizens.say(
                a["user"], a["text"], chat=a.get("chat"), name=a.get("name", "")
            ),
            "tap": self._tap,
            "photo": lambda a: citizens.photo(
                a["user"],
                base64.b64decode(a["base64"]) if "base64" in a else _PIXEL,
                caption=a.get("caption", ""),
                album=a.get("album"),
            ),
            "location": lambda a: citizens.location(a["user"], a["latitude"], a["longitude"]),
            "contact": lambda a: citizens.contact(a["user"], a["phone"], of=a.get("of", a["user"])),
            "edit": lambda a: citizens.edit(a["user"], a["message_id"], a["text"]),
            "sticker": lambda a: citizens.sticker(a["user"]),
            "block": lambda a: world.block(a["user"]),
            "unblock": lambda a: world.unblock(a["user"]),
            "group": lambda a: world.group(a["id"], a["title"], a["user"]).info(),
            "move": lambda a: world.move(a["old"], a["new"]),
            "update": world.push_raw,
        }

    def _tap(self, given: Json) -> str:
        if "title" in given:
            return self._citizens.tap_title(given["user"], given["title"])
        return self._citizens.tap(given["user"], given["data"], message_id=given.get("message_id"))

    async def _act(self, request: Request) -> Response:
        act = self._acts.get(request.path_params["act"])
        if act is None:
            return _json({"error": f"one of {', '.join(self._acts)}"}, 404)
        try:
            return _json({"result": act(_object(await request.body()))})
        except Impossible as error:
            return _json({"error": str(error)}, 409)
        except (KeyError, TypeError, ValueError) as error:
            return _json({"error": f"{type(error).__name__}: {error}"}, 422)

    async def _page(self, _: Request) -> Response:
        return FileResponse(_PAGE)

    async def _chat(self, request: Request) -> Response:
        chat = self._world.chats.get(request.path_params["user"])
        return _json([*chat.messages.values()] if chat is not None else [])

    async def _calls(self, request: Request) -> Response:
        method = request.query_params.get("method")
        calls = self._world.record.of(method) if method else self._world.record.calls
        return _json(
            [{**asdict(call), "at": call.at.isoformat(), "arguments": _plain(call.arguments)}
             for call in calls]
        )  # fmt: skip

    async def _rates(self, _: Request) -> Response:
        return _json(asdict(self._world.record.rates()))

    async def _faults(self, request: Request) -> Response:
        faults = self._world.faults
        if request.method == "DELETE":
            faults.clear()
        elif request.method == "POST":
            try:
                given = _object(await request.body())
                faults.add(Fault(**{**given, "kind": FaultKind(str(given.get("kind")))}))
            except (TypeError, ValueError) as error:
                return _json({"error": str(error)}, 422)
        return _json([asdict(fault) for fault in faults.list()])


def _object(body: bytes) -> Json:
    value = json.loads(body.decode()) if body else {}
    if not isinstance(value, dict):
        raise TypeError("an object is wanted")
    return value


def _plain(arguments: Json) -> Json:
    return {
        key: f"<{len(value)} bytes>" if isinstance(value, bytes) else value
        for key, value in arguments.items()
    }


def _json(value: Any, status: int = 200) -> Response:  # noqa: ANN401 - any JSON
    return Response(json.dumps(value).encode(), status, media_type="application/json")
