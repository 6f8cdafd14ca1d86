"""Serve the two pages as an ASGI app: routes, templates, and the stream of refresh events."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import func, select
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.console.context import CASES_TOPIC, ROOT, ConsoleContext
from api.console.view.navigation import ways
from api.console.view.reader import Reader
from api.errors import Forbidden, NotFound, Refusal, Unauthenticated
from api.store.events.tables import event
from bench.pages.case import make_move, read_page, show_contact_of
from bench.pages.queue import read_list
from kernel.database.transaction import Transaction

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:;"
    " connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_NEWEST = select(func.max(event.c.id))
_LOOK = 5.0
"""Seconds between two polls for changes; a signal comes sooner."""
_PAUSE = 1.0
"""Fewest seconds between two refreshes, at any number of signals."""


class Pages:
    """Render the pages of one console.

    Args:
        context: the console's dependencies.
        scripts: a folder with `htmx.min.js` and `hx-sse.min.js` of the package htmx.org.
    """

    def __init__(self, context: ConsoleContext, scripts: Path) -> None:
        self._context = context
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).with_name("templates")),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.app: ASGIApp = _hardened(
            Router(
                [
                    Route("/", self._shown(self._home)),
                    Route("/cases", self._shown(self._queue)),
                    Route("/cases/{number}", self._shown(self._case)),
                    Route("/cases/{number}/contact", self._shown(self._contact), methods=["POST"]),
                    Route("/cases/{number}/{move}", self._shown(self._move), methods=["POST"]),
                    Route("/events", self._events),
                    Mount("/htmx", StaticFiles(directory=scripts)),
                    Mount("/own", StaticFiles(directory=Path(__file__).with_name("own"))),
                ]
            )
        )

    def _shown(
        self, page: Callable[[Request, Reader], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Convert a refusal to a page, or to words for a request of htmx."""

        async def shown(request: Request) -> Response:
            reader = Reader(self._context, request)
            try:
                return await page(request, reader)
            except Unauthenticated:
                return RedirectResponse(f"{ROOT}/sign-in", status_code=303)
            except NotFound:
                return await self._render(reader, "missing.html", request, status=404)
            except Forbidden:
                words = reader.say("page_forbidden")
                return await self._render(reader, "refused.html", request, words=words)
            except Refusal as refused:
                return _told(reader.refusal(refused), alarm=True)

        return shown

    async def _home(self, _: Request, reader: Reader) -> Response:
        return RedirectResponse(ways(await reader.staff())[0][1], status_code=303)

    async def _queue(self, request: Request, reader: Reader) -> Response:
        shown = await read_list(reader)
        return await self._render(reader, "queue.html", request, shown=shown)

    async def _case(self, request: Request, reader: Reader) -> Response:
        shown = await read_page(reader, request.path_params["number"])
        return await self._render(reader, "case.html", request, shown=shown)

    async def _contact(self, request: Request, reader: Reader) -> Response:
        contact = await show_contact_of(reader, request.path_params["number"])
        return await self._render(reader, "contact.html", request, contact=contact)

    async def _move(self, request: Request, reader: Reader) -> Response:
        number, move = request.path_params["number"], request.path_params["move"]
        form = await request.form()
        sent = {key: "\n".join(map(str, form.getlist(key))) for key in form}
        words = await make_move(reader, number, move, sent)
        if words is not None:
            return _told(words, alarm=True)
        if "hx-request" not in request.headers:
            return RedirectResponse(f"{ROOT}/cases/{number}", status_code=303)
        shown = await read_page(reader, number)
        done = reader.say("move_done", move=reader.say(f"move_{move}"))
        response = await self._render(reader, "case.html", request, shown=shown)
        response.headers["HX-Trigger"] = _trigger(done, alarm=False)
        return response

    async def _render(
        self, reader: Reader, template: str, request: Request, *, status: int = 200, **shown: object
    ) -> Response:
        body = self._templates.get_template(template).render(
            reader=reader,
            say=reader.say,
            staff=await reader.staff(),
            ways=ways,
            root=ROOT,
            part="hx-request" in request.headers,
            **shown,
        )
        headers = {"Cache-Control": "no-store", "Vary": "HX-Request"}
        return HTMLResponse(body, status_code=status, headers=headers)

    async def _events(self, _: Request) -> Response:
        return StreamingResponse(self._looks(), media_type="text/event-stream")

    async def _looks(self) -> AsyncIterator[str]:
        """Stream an event for each refresh of a page: after a signal or a new stored event."""
        database, stopping = self._context.database, self._context.stopping
        newest = await database.read(_newest)
        yield "event: look\ndata:\n\n"  # changes before the subscription
        async with self._context.bell.listen(CASES_TOPIC) as listener:
            while not stopping.is_set():
                rung = await listener.wait(_LOOK) is not None
                before, newest = newest, await database.read(_newest)
                if rung or newest != before:
                    yield "event: look\ndata:\n\n"
                    await asyncio.sleep(_PAUSE)
                    while await listener.wait(0) is not None:
                        pass  # one refresh handles all signals


def _newest(tx: Transaction) -> str | None:
    """Return the id of the newest event; ids sort by time."""
    newest: str | None = tx.scalar(_NEWEST)
    return newest


def _told(words: str, *, alarm: bool) -> Response:
    return Response(status_code=204, headers={"HX-Trigger": _trigger(words, alarm=alarm)})


def _trigger(words: str, *, alarm: bool) -> str:
    return json.dumps({"tell": {"words": words, "kind": "alarm" if alarm else "done"}})


def _hardened(app: ASGIApp) -> ASGIApp:
    async def hardened(scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.setdefault("headers", [])
                headers.append((b"content-security-policy", POLICY.encode()))
            await send(message)

        await app(scope, receive, sending)

    return hardened
