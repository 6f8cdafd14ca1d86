"""Mount the console as one ASGI app at `/console` in the process of the case service.

NiceGUI is loaded in a thread when the sign-in page is first opened. So the start does not wait for
it, and a process without console users never loads it. Signing in is plain HTML, so the pages are
loaded by the time a password is typed.
"""

import asyncio
import importlib
from contextlib import AsyncExitStack

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog import get_logger

from api.console.cases.attachments import AttachmentRoutes
from api.console.context import ROOT, STATIC, ConsoleContext
from api.console.guard import ConsoleGuard
from api.console.people.demo import open_demo_accounts
from api.console.people.sign_in import SignIn
from api.people.service.accounts import demo_logins

logger = get_logger(__name__)


class Console:
    """The console of one process, started and stopped with it.

    `pages` names the module whose `build` makes the pages' app.
    """

    def __init__(self, context: ConsoleContext, pages: str) -> None:
        self.context = context
        self._module = pages
        self._pages: asyncio.Task[ASGIApp] | None = None
        self._stack = AsyncExitStack()
        entrance, files = SignIn(context), AttachmentRoutes(context)

        async def page(request: Request) -> Response:
            self._load()
            return await entrance.page(request)

        self.app = ConsoleGuard(
            Router(
                [
                    Route("/sign-in", page, methods=["GET"]),
                    Route("/sign-in", entrance.enter, methods=["POST"]),
                    Route("/sign-out", entrance.leave, methods=["POST"]),
                    Route("/attachments", files.take, methods=["POST"]),
                    Route("/attachments/{id}", files.show, methods=["GET"]),
                    Mount("/static", StaticFiles(directory=STATIC)),
                    Mount("", self._serve_pages),
                ],
                redirect_slashes=False,
            ),
            context,
        )

    async def start(self) -> None:
        """Open the demo accounts in demo mode; otherwise warn of demo accounts in the store."""
        if self.context.demo:
            await open_demo_accounts(self.context)
        elif refused := await self.context.database.read(demo_logins):
            logger.warning("demo_accounts_refused", logins=refused)

    async def stop(self) -> None:
        """Close the open pages."""
        self.context.stopping.set()
        if self._pages is not None:
            await asyncio.gather(self._pages, return_exceptions=True)
        await self._stack.aclose()

    async def _serve_pages(self, scope: Scope, receive: Receive, send: Send) -> None:
        pages = await asyncio.shield(self._load())
        await pages(scope, receive, send)

    def _load(self) -> "asyncio.Task[ASGIApp]":
        if self._pages is None or (self._pages.done() and self._pages.exception() is not None):
            self._pages = asyncio.create_task(self._loaded())
        return self._pages

    async def _loaded(self) -> ASGIApp:
        pages = await asyncio.to_thread(importlib.import_module, self._module)
        shell: FastAPI = pages.build(self.context)
        await self._stack.enter_async_context(shell.router.lifespan_context(shell))
        return shell


def mount(app: FastAPI, context: ConsoleContext, pages: str) -> Console:
    """Mount the console into an app; the caller starts and stops the result."""
    console = Console(context, pages)

    async def home(_: Request) -> Response:
        return RedirectResponse(f"{ROOT}/", status_code=307)

    app.router.routes.append(Route(ROOT, home, methods=["GET"], include_in_schema=False))
    app.router.routes.append(Mount(ROOT, console.app))
    return console
