"""Serve one socket of the web chat, from its hello until the page leaves."""

import asyncio
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from structlog import get_logger

from bot import limits
from bot.channels.web import sessions
from bot.channels.web.frames import BUTTON, ID, BadFrame, count_of, event_of, files_of
from bot.channels.web.page import preferred
from bot.inbound.intake import PAYLOAD, TITLE, Intake
from bot.inbound.quotas import HELD_SECONDS, SOCKET_PAUSE, Quotas
from bot.inbound.unkept import NotStored
from bot.message import Button, InboundMessage
from bot.outbound.delivery import Delivery
from bot.store import records
from bot.store.envelope import Envelopes
from bot.texts import LANGUAGES, CitizenTexts
from kernel import json
from kernel.clock import Clock
from kernel.database.database import Database
from kernel.ids import Ids
from kernel.peer import address_of

_FRAME = 4 * limits.KEPT
"""Most characters of a frame: the longest message, even when every character is escaped."""

_HELLO_SECONDS = 10
_LOOK_SECONDS = 30
"""Seconds between two polls of a socket for messages without a signal."""

_UNKEPT_SECONDS = 3  # until the page sends a report of danger again that was not stored

_LONG = 20
"""Waits from so many seconds on are shown in minutes."""

_BAD_FRAMES = 10
"""Malformed frames after which a socket is closed."""

logger = get_logger(__name__)


class SocketChannel(Protocol):
    """The part of the web channel that a connection uses."""

    name: str
    intake: Intake
    delivery: Delivery
    database: Database
    envelopes: Envelopes
    texts: CitizenTexts
    clock: Clock
    ids: Ids
    rate: limits.SenderLimiter
    quotas: Quotas


class ChatConnection:
    """One open socket."""

    def __init__(self, channel: SocketChannel, socket: WebSocket) -> None:
        self._channel = channel
        self._socket = socket
        self.id = channel.ids.new("skt")
        self.peer = address_of(socket.scope)
        self._secret = ""
        self._address = ""
        self._kept = False
        self._language = LANGUAGES[0]
        self._last_event = 0
        self._expected: int | None = None
        self._conversation: str | None = None
        self._pusher: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Serve the socket until the page leaves."""
        if not await self._channel.quotas.open_socket(self.peer, self.id):
            accepted = self._socket.headers.get("accept-language", "")
            self._language = preferred(accepted)
            await self._refuse(None, "refused_too_many_sockets", seconds=SOCKET_PAUSE)
            await self._socket.close(1013)
            return
        try:
            async with asyncio.timeout(_HELLO_SECONDS):
                frame = await self._frame()
            await self._hello(frame)
        except (TimeoutError, BadFrame):
            await self._socket.close(1008)
            return
        bad = 0
        try:
            while bad < _BAD_FRAMES:
                try:
                    await self._take(await self._frame())
                except BadFrame:
                    bad += 1
                    await self._refuse(None, "refused_frame")
            await self._socket.close(1008)
        finally:
            if self._pusher is not None:
                self._pusher.cancel()
                await asyncio.wait({self._pusher})

    async def _frame(self) -> dict[str, Any]:
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        text = message.get("text")
        if text is None or len(text) > _FRAME:
            raise BadFrame
        try:
            frame = json.loads(text)
        except (ValueError, RecursionError):
            raise BadFrame from None
        if not isinstance(frame, dict):
            raise BadFrame
        return frame

    async def _receive(self) -> MutableMapping[str, Any]:
        """Wait for a frame; an open socket renews its place in the quota meanwhile."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(HELD_SECONDS / 2):
                    return await self._socket.receive()
            await self._channel.quotas.open_socket(self.peer, self.id)

    async def _send(self, kind: str, /, **parts: object) -> None:
        if self._socket.application_state is WebSocketState.CONNECTED:
            await self._socket.send_text(json.dumps({"type": kind, **parts}))

    async def _refuse(self, id_: str | None, key: str, **parameters: object) -> None:
        words = self._channel.texts.words(key, self._language, **parameters)
        again = {"again": parameters["seconds"]} if "seconds" in parameters else {}
        await self._send("refused", id=id_, code=key.removeprefix("refused_"), words=words, **again)

    async def _refuse_too_many(self, id_: str | None, seconds: int) -> None:
        if seconds < _LONG:
            await self._refuse(id_, "refused_too_many", seconds=seconds)
        else:
            minutes = -(-seconds // 60)
            await self._refuse(id_, "refused_too_busy", seconds=seconds, minutes=minutes)

    async def _hello(self, frame: dict[str, Any]) -> None:
        secret, last_event = frame.get("secret"), count_of(frame.get("last_event", 0))
        if frame.get("type") != "hello":
            raise BadFrame
        if frame.get("language") in LANGUAGES:
            self._language = frame["language"]
        channel = self._channel
        now = channel.clock.now()
        session = None
        if isinstance(secret, str) and secret:
            session = await channel.database.read(sessions.find, secret, now)
        if session is not None and isinstance(secret, str):
            self._secret, self._address, self._kept = secret, session.address, True
            self._last_event = last_event
            if session.expires_at - now < sessions.LIFETIME / 2:
                await channel.database.run(sessions.prolong, secret, now)
        else:
            self._secret, self._address = channel.ids.secret(), channel.ids.new("web")
        # An unused secret also counts as expired; the page knows whether it lost anything.
        expired = session is None and bool(secret)
        await self._send(
            "welcome", secret=self._secret, resumed=session is not None, expired=expired
        )
        if session is not None:
            index = channel.envelopes.index_address(channel.name, self._address)
            known = await channel.database.read(records.known, channel.name, index)
            if known is not None:
                self._watch(known.conversation)

    def _watch(self, conversation: str) -> None:
        if self._conversation is None:
            self._conversation = conversation
            self._pusher = asyncio.create_task(self._push(conversation))

    async def _push(self, conversation: str) -> None:
        delivery = self._channel.delivery
        try:
            async with delivery.listen(conversation) as listener:
                while True:
                    events, waiting = await delivery.transcript(conversation, self._last_event)
                    for event in events:
                        if (shown := event_of(event)) is not None:
                            await self._send("event", **shown)
                        self._last_event = event.event
                    await self._send("state", waiting=waiting)
                    await listener.wait(_LOOK_SECONDS)
        except (WebSocketDisconnect, RuntimeError):  # the page has left; the reader notices too
            return
        except Exception:
            logger.exception("web_push_failed", conversation=conversation)
            await self._socket.close(1011)  # the page reconnects and resumes after its last event

    async def _take(self, frame: dict[str, Any]) -> None:
        if frame.get("type") == "attach":
            try:
                if not self._kept:
                    await self._channel.quotas.conversation(self.peer)
            except limits.TooMany as many:
                await self._refuse_too_many(None, many.seconds)
                return
            await self._keep()
            await self._send("attach")
            return
        id_, number = frame.get("id"), count_of(frame.get("n"))
        if not isinstance(id_, str) or not ID.fullmatch(id_):
            raise BadFrame
        if self._expected is not None and number > self._expected:
            await self._send("gap", expected=self._expected)
            return
        match frame.get("type"):
            case "say" if isinstance(frame.get("button"), str):
                taken = await self._tap(id_, frame["button"])
            case "say" if isinstance(frame.get("text"), str):
                taken = await self._say(id_, frame["text"], {}, files_of(frame.get("files", [])))
            case "language" if frame.get("language") in LANGUAGES:
                taken = await self._switch(id_, frame["language"])
            case _:
                raise BadFrame
        if taken:
            self._expected = max(self._expected or 0, number + 1)

    async def _tap(self, id_: str, name: str) -> bool:
        found: Button | None = None
        if self._conversation is not None and (match := BUTTON.fullmatch(name)):
            found = await self._channel.delivery.button(
                self._conversation, int(match[1]), int(match[2])
            )
        if found is None:
            await self._refuse(id_, "refused_button")
            return True
        return await self._say(id_, found.payload, {PAYLOAD: True, TITLE: found.title})

    async def _switch(self, id_: str, language: str) -> bool:
        self._language = language
        if self._conversation is None:  # no message yet: the first one makes the conversation
            await self._send("ack", id=id_, event=0)
            return True
        payload = f'/change_language{{"language":"{language}"}}'
        return await self._say(id_, payload, {PAYLOAD: True})

    async def _keep(self) -> None:
        """Store the session, so that its secret resumes this conversation."""
        if not self._kept:
            channel = self._channel
            await channel.database.run(
                sessions.keep, self._secret, self._address, channel.clock.now()
            )
            self._kept = True

    async def _say(
        self, id_: str, text: str, metadata: dict[str, object], files: tuple[str, ...] = ()
    ) -> bool:
        """Receive one message; return whether the next number may follow."""
        channel = self._channel
        now = channel.clock.now()
        try:
            limits.check_size(text)
            channel.rate.take(self._address, now)
            await channel.quotas.message(self.peer, begins=not self._kept)
        except limits.TooMany as many:
            words = channel.intake.words_unkept(text, self._language)
            if words is None:
                await self._refuse_too_many(id_, many.seconds)
                return False
            if not await channel.quotas.cry(self.peer):
                await self._send("refused", id=id_, code="emergency", words=words)
                return True
        except limits.MessageTooLong:
            await self._refuse(id_, "refused_too_large", limit=limits.HANDLED)
            return True
        # fmt: off
        inbound = InboundMessage(
            channel=channel.name, address=self._address, message_id=id_, text=text, sent_at=now,
            language=self._language, attachments=files, metadata=metadata,
        )
        # fmt: on
        try:
            if not self._kept:
                await channel.intake.in_time(self._keep(), text, self._language)
            receipt = await channel.intake.receive(inbound)
        except NotStored as unkept:
            shown = {"code": "emergency", "words": unkept.reply.text, "call": unkept.call}
            await self._send("refused", id=id_, **shown, again=_UNKEPT_SECONDS)
            return False
        await self._send("ack", id=id_, event=receipt.event)
        self._watch(receipt.conversation)
        # Other pages of this conversation show it too.
        channel.delivery.ring(receipt.conversation, channel.name)
        channel.intake.go_on(receipt)
        return True
