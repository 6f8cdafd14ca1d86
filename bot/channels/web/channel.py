"""Serve the web chat: one page, its files and its WebSocket."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot import limits
from bot.channels.web.connection import ChatConnection
from bot.channels.web.files import WebFiles
from bot.channels.web.page import Page
from bot.inbound.attachments import CitizenFiles
from bot.inbound.intake import Intake
from bot.inbound.quotas import Quotas
from bot.outbound.delivery import Delivery
from bot.store.envelope import Envelopes
from bot.texts import CitizenTexts
from kernel.clock import Clock
from kernel.database.database import Database
from kernel.ids import Ids

CHANNEL = "web"


class WebChannel:
    """Serves the page and its socket, which it adds to a router of `PlainRoute`s."""

    name = CHANNEL

    def __init__(
        self,
        *,
        intake: Intake,
        delivery: Delivery,
        database: Database,
        envelopes: Envelopes,
        texts: CitizenTexts,
        clock: Clock,
        ids: Ids,
        rate: limits.SenderLimiter,
        quotas: Quotas,
        allowed_origins: Sequence[str] = (),
        attachments: CitizenFiles | None = None,
    ) -> None:
        self.intake = intake
        self.delivery = delivery
        self.database = database
        self.envelopes = envelopes
        self.texts = texts
        self.clock = clock
        self.ids = ids
        self.rate = rate
        self.quotas = quotas
        self._allowed = frozenset(origin.rstrip("/").lower() for origin in allowed_origins)
        self._open: set[asyncio.Task[Any]] = set()
        self._closing = False
        self._page = Page(texts)
        self._files = WebFiles(self, attachments, self._may_open) if attachments else None

    def add_to(self, router: APIRouter) -> None:
        """Add the channel's routes."""
        router.add_api_route("/", self._page.index, include_in_schema=False)
        router.add_api_route("/chat/{name}", self._page.file, include_in_schema=False)
        router.add_api_websocket_route("/chat/socket", self._socket)
        if self._files is not None:
            self._files.add_to(router)

    async def _socket(self, socket: WebSocket) -> None:
        if not self._may_open(socket):
            await socket.close(1008)
            return
        await socket.accept()
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
        visit = ChatConnection(self, socket)
        try:
            await visit.run()
        except WebSocketDisconnect:
            pass
        except asyncio.CancelledError:
            if not self._closing:
                raise
            with suppress(RuntimeError, WebSocketDisconnect):
                await socket.close(1012)  # the service restarts; pages reconnect by themselves
        finally:
            await self.quotas.close_socket(visit.peer, visit.id)
            if task is not None:
                self._open.discard(task)

    def _may_open(self, socket: HTTPConnection) -> bool:
        """Return whether the request comes from our own page or an allowed origin.

        Browsers always send the header `Origin`; a request without it is refused.
        """
        origin = socket.headers.get("origin", "").rstrip("/").lower()
        if not origin:
            return False
        own = socket.headers.get("host", "").lower()
        return origin in self._allowed or urlsplit(origin).netloc == own

    async def close(self) -> None:
        """Close every open socket; the pages reconnect by themselves."""
        self._closing = True
        for task in list(self._open):
            task.cancel()
        if self._open:
            await asyncio.wait(set(self._open))
