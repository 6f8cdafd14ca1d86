"""A real Rasa for tests, and a road to it that can be held up."""

import asyncio
import fcntl
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import uvicorn
from rich.console import Console
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from solvefirst.project import ROOT
from solvefirst.rasa.environment import HOME
from solvefirst.rasa.training import train


def trained(python: Path) -> Path:
    """Give the model of the project; of several test processes one trains."""
    with (HOME / "training").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return train(python, ROOT, Console(quiet=True))


Step = Callable[[Request], Awaitable[None]]


async def nothing(_: Request) -> None:
    """Hold nothing up."""


class Between:
    """Stands between a client and the server at `behind`, and passes on what is asked.

    `before` is awaited before a request is passed on, `after` when the server has answered and
    the client does not know yet. A client that gives up does not make the server give up: what
    was passed on goes on, as behind any proxy.
    """

    def __init__(self, behind: str) -> None:
        self.behind = behind
        self.before: Step = nothing
        self.after: Step = nothing
        self.seen: list[str] = []
        self._came = asyncio.Event()
        self._work: set[asyncio.Task[httpx.Response]] = set()

    async def asked_for(self, ending: str) -> None:
        """Wait until a path with this ending was asked for."""
        while not any(item.endswith(ending) for item in self.seen):
            self._came.clear()
            await self._came.wait()

    async def _pass_on(self, request: Request) -> Response:
        self.seen.append(f"{request.method} {request.url.path}")
        self._came.set()
        task = asyncio.create_task(self._ask(request, await request.body()))
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        answer = await asyncio.shield(task)
        return Response(
            answer.content, answer.status_code, media_type=answer.headers.get("content-type")
        )

    async def _ask(self, request: Request, body: bytes) -> httpx.Response:
        await self.before(request)
        kept = ("content-type", "content-encoding", "authorization")
        async with httpx.AsyncClient(base_url=self.behind, timeout=60, trust_env=False) as client:
            answer = await client.request(
                request.method,
                httpx.URL(path=request.url.path, query=request.url.query.encode()),
                content=body,
                headers={name: request.headers[name] for name in kept if name in request.headers},
            )
        await self.after(request)
        return answer

    @asynccontextmanager
    async def listening(self, port: int):
        methods = ["GET", "POST", "PUT"]
        app = Starlette(routes=[Route("/{path:path}", self._pass_on, methods=methods)])
        config = uvicorn.Config(
            app, host="127.0.0.1", port=port, log_config=None, ws="none", lifespan="off"
        )
        server = uvicorn.Server(config)
        server.install_signal_handlers = lambda: None  # type: ignore[method-assign]
        serving = asyncio.create_task(server._serve())
        try:
            while not server.started:  # noqa: ASYNC110 - it has no event to wait for
                await asyncio.sleep(0.01)
            yield self
        finally:
            server.should_exit = server.force_exit = True
            for task in list(self._work):
                task.cancel()
            with suppress(asyncio.CancelledError):
                await serving
