"""Upload and download files of the web chat over HTTP, under the conversation's secret.

`POST /chat/files?name=…&lang=…` with the file as its body, `GET /chat/files/{id}`; both with
`Authorization: Bearer <secret>`. The session is stored when the page sends `attach` on its socket.
"""

from collections.abc import Callable
from typing import Protocol

from fastapi import APIRouter
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from structlog import get_logger

from api.client import ApiUnavailable
from bot import limits
from bot.channels.web import sessions
from bot.http import json_response, token_of
from bot.inbound.attachments import CitizenFiles, FileRefused
from bot.inbound.quotas import UPLOAD_PAUSE, Quotas
from bot.texts import CitizenTexts
from kernel.clock import Clock
from kernel.database.database import Database
from kernel.ids import Ids
from kernel.peer import address_of

PATH = "/chat/files"

STREAMED = frozenset({("POST", PATH)})
"""Requests whose body size is limited by the case service, which reads it to the end."""

logger = get_logger(__name__)


class FileChannel(Protocol):
    """The part of the web channel that this module uses."""

    name: str
    clock: Clock
    database: Database
    texts: CitizenTexts
    rate: limits.SenderLimiter
    quotas: Quotas
    ids: Ids


class WebFiles:
    """Receives the page's files and returns them."""

    def __init__(
        self,
        channel: FileChannel,
        attachments: CitizenFiles,
        may_open: Callable[[HTTPConnection], bool],
    ) -> None:
        self._channel = channel
        self._attachments = attachments
        self._may_open = may_open

    def add_to(self, router: APIRouter) -> None:
        """Add the two routes."""
        router.add_api_route(PATH, self._upload, methods=["POST"], include_in_schema=False)
        router.add_api_route(PATH + "/{id}", self._show, include_in_schema=False)

    async def _address(self, request: Request) -> str | None:
        secret = token_of(request)
        if not secret:
            return None
        now = self._channel.clock.now()
        session = await self._channel.database.read(sessions.find, secret, now)
        return session.address if session is not None else None

    async def _upload(self, request: Request) -> Response:
        if not self._may_open(request):
            return self._no(request, 403, "forbidden")
        address = await self._address(request)
        if address is None:
            return self._no(request, 401, "unknown")
        peer, id_ = address_of(request.scope), self._channel.ids.new("upl")
        try:
            self._channel.rate.take(address, self._channel.clock.now())
        except limits.TooMany as many:
            return self._no(request, 429, "attachment_limit_reached", again=many.seconds)
        if not await self._channel.quotas.open_upload(peer, id_):
            return self._no(request, 429, "uploads_too_many", again=UPLOAD_PAUSE)
        try:
            return await self._take(request, address, peer)
        finally:
            await self._channel.quotas.close_upload(peer, id_)

    async def _take(self, request: Request, address: str, peer: str) -> Response:
        try:
            kept = await self._attachments.keep(
                self._channel.name,
                address,
                request.stream(),
                request.query_params.get("name"),
                peer=peer,
            )
        except FileRefused as refused:
            return self._no(request, refused.status, refused.code)
        except ApiUnavailable as error:
            logger.warning("file_not_kept", reason=str(error))
            return self._no(request, 503, "unavailable")
        except ClientDisconnect:
            return self._no(request, 400, "unavailable")
        return json_response(
            {"id": kept.id, "media_type": kept.media_type, "name": kept.name}, status=201
        )

    async def _show(self, request: Request) -> Response:
        address = await self._address(request)
        if address is None:
            return self._no(request, 401, "unknown")
        try:
            file = await self._attachments.read(
                self._channel.name, address, request.path_params["id"]
            )
        except FileRefused:
            return self._no(request, 404, "attachment_not_found")
        except ApiUnavailable:
            return self._no(request, 503, "unavailable")
        return Response(file.body, headers=dict(file.headers))

    def _no(self, request: Request, status: int, code: str, again: int = 0) -> Response:
        """Make a refusal with words for the page."""
        texts = self._channel.texts
        key = f"file_{code.removeprefix('attachment_')}"
        words = texts.words(
            key if texts.has(key) else "file_unavailable", request.query_params.get("lang")
        )
        headers = {"Connection": "close"} if request.method == "POST" else {}
        if again:
            headers["Retry-After"] = str(again)
        return json_response({"code": code, "words": words}, status=status, headers=headers)
