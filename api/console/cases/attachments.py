"""Serve `/console/attachments`: upload files for a move, and download files of a case.

An uploaded file waits for the move that names it. Each download is recorded in the audit log.
"""

import asyncio
from collections.abc import Mapping

from starlette.concurrency import iterate_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from api.console.context import ROOT, ConsoleContext
from api.console.guard import language_of, session_of
from api.errors import Refusal
from api.people.rules.actor import Actor
from api.people.rules.staff import SessionEnded
from api.ports import FileMissing
from api.services.attachments.attachments import headers
from api.services.showing import show_attachment

STREAMED = frozenset({("POST", f"{ROOT}/attachments")})
"""Requests whose body size is limited here and not by the service's middleware."""

_LONGEST_NAME = 500


class AttachmentRoutes:
    """Receives files from staff and serves files to staff."""

    def __init__(self, context: ConsoleContext) -> None:
        self._context = context

    async def take(self, request: Request) -> Response:
        """Store a file and answer with its id, or with the reason of the refusal."""
        name = request.query_params.get("name", "")[:_LONGEST_NAME] or None
        try:
            kept = await self._context.uploads.take(
                await self._actor(request),
                request.stream(),
                name=name,
                announced=request.headers.get("content-length", ""),
            )
        except Refusal as refused:
            return self._no(request, f"refused_{refused.code}", refused.params)
        except ClientDisconnect:
            return self._no(request, "failed", {})
        return JSONResponse({"id": kept.id}, status_code=201)

    async def show(self, request: Request) -> Response:
        """Answer with the file; a forbidden file is 404 like a missing one."""
        context = self._context
        try:
            actor = await self._actor(request)
            found = await context.database.run(
                show_attachment, context.desk, actor, request.path_params["id"]
            )
            pieces = await asyncio.to_thread(context.files.read, found.file)
        except (Refusal, FileMissing):
            return PlainTextResponse("404", status_code=404)
        return StreamingResponse(iterate_in_threadpool(pieces), headers=dict(headers(found)))

    async def _actor(self, request: Request) -> Actor:
        session = session_of(request.scope)
        if session is None:
            raise SessionEnded
        return (await self._context.door.who(session)).actor

    def _no(self, request: Request, key: str, params: Mapping[str, object]) -> Response:
        texts = self._context.texts
        words = texts.words(key if texts.has(key) else "failed", language_of(request), **params)
        # The rest of the body is not read, so the connection cannot be reused.
        return JSONResponse({"words": words}, status_code=422, headers={"Connection": "close"})
