"""Uses of Telegram's Bot API, which a double stands before where requests leave this process."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from citizens import TEXTS
from doubles import Double, Trouble
from sqlalchemy import select
from telegram.request import HTTPXRequest, RequestData

from bot.channels.telegram.update import File
from bot.store.tables import outbox, telegram_part
from kernel import json
from kernel.clock import ManualClock
from ports.citizens import ANSWER, OPTIONS, LeftAlbum, OfCitizens, Waiting

CHAT = 5
ME = {"id": 1, "is_bot": True, "first_name": "12345", "username": "city_bot"}


class FarEnd:
    """A Telegram that gives its updates until they are acknowledged, and keeps what is sent."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.updates: list[dict[str, Any]] = []
        self.sent: list[str] = []

    def write(self, text: str) -> None:
        """Have a citizen write."""
        chat = {"id": CHAT, "type": "private", "first_name": "A"}
        about = {"message_id": 1, "date": 1772413200, "chat": chat, "from": {**ME, "id": CHAT}}
        about["from"] = {"id": CHAT, "is_bot": False, "first_name": "A", "language_code": "en"}
        self.updates.append({"update_id": 1000, "message": {**about, "text": text}})

    async def answer(self, url: str, data: RequestData | None) -> Any:
        """Answer one call of the Bot API."""
        address = urlsplit(url)
        match address.path.rpartition("/")[2]:
            case "getUpdates":
                offset = int(parse_qs(address.query)["offset"][0])
                self.updates = [update for update in self.updates if update["update_id"] >= offset]
                if not self.updates:
                    await self._clock.sleep(25)
                return self.updates
            case "sendMessage":
                assert data is not None
                self.sent.append(str(data.parameters["text"]))
                chat = {"id": CHAT, "type": "private"}
                return {"message_id": len(self.sent), "date": 1772413200, "chat": chat}
            case "getFile":
                return {"file_id": "f1", "file_unique_id": "u1", "file_path": "photos/1.jpg"}
            case "getMe":
                return ME
        return True

    @contextmanager
    def behind(self, double: Double) -> Iterator[None]:
        """Let every request of the library end here."""
        carry = double.before(self.answer)

        async def do_request(
            _: HTTPXRequest, url: str, method: str, request_data: Any = None, *__: Any, **___: Any
        ) -> tuple[int, bytes]:
            answer = await carry(url, request_data)
            return 200, json.dumps({"ok": True, "result": answer}).encode()

        before = HTTPXRequest.do_request
        HTTPXRequest.do_request = do_request  # type: ignore[method-assign,assignment]
        try:
            yield
        finally:
            HTTPXRequest.do_request = before  # type: ignore[method-assign]


class ThroughTelegram(OfCitizens):
    """A use of the Bot API."""

    port = "Telegram"

    @asynccontextmanager
    async def opened(self, url: str, folder: Path, ids: Any) -> AsyncIterator[Self]:
        self.far = FarEnd(self.clock)
        with self.far.behind(self.double):
            async with super().opened(url, folder, ids):
                assert self.bot.telegram is not None
                for sending in self.bot.sending:
                    sending._sender = self.bot.telegram.sender
                yield self


class Update(ThroughTelegram):
    loop = "telegram"
    row = "an update with a message"
    citizen_hears = "the answer, once"

    async def begin(self) -> None:
        self.far.write("hello")

    async def done(self) -> bool:
        return ANSWER in await self.texts()

    async def check(self) -> None:
        assert (await self.texts()).count(ANSWER) == 1


class Sent(ThroughTelegram, Waiting):
    """A reply on its way; nobody knows whether one arrived whose answer was lost."""

    citizen_hears = "the reply, once; twice only where the answer to its sending was lost"

    def limit(self, seconds: float) -> None:
        assert self.bot.telegram is not None
        self.bot.telegram.sender._limit = seconds

    async def shows(self) -> bool:
        reason = select(outbox.c.reason).where(outbox.c.reason.is_not(None))
        return await self.place.database.read(lambda tx: tx.scalar(reason)) is not None

    async def check(self) -> None:
        assert self.far.sent.count(ANSWER) == 1 + (self.trouble is Trouble.LOST)


class Fetched(LeftAlbum):
    """An album whose file is brought from Telegram to the files of the case service."""

    port = "files"
    row = "an album whose file is to be kept"
    citizen_hears = (
        "the answer, once; first that the file is late, where it is, and once if it never comes"
    )
    kept: list[bytes]

    @asynccontextmanager
    async def opened(self, url: str, folder: Path, ids: Any) -> AsyncIterator[Self]:
        self.far, self.kept = FarEnd(self.clock), []
        async with served(b"a photo") as address:
            self.telegram = replace(OPTIONS, api_url=address)
            with self.far.behind(Double(self.clock)):
                async with super().opened(url, folder, ids):
                    self._hold_clock()
                    yield self

    def _hold_clock(self) -> None:
        """Count all of a fetch as real time: the lease is not to lapse meanwhile."""
        assert self.bot.telegram is not None
        albums = self.bot.telegram.channel.albums
        fetch = albums._fetch
        assert fetch is not None

        async def whole(chat: str, file: File) -> str:
            return str(await self.double.carry(fetch(chat, file)))

        albums._fetch = whole

    def stand_before(self) -> None:
        """Nothing: the double stands before `keep`."""

    def options(self) -> dict[str, Any]:
        keep = self.double.before(self._keep)
        return super().options() | {"telegram": self.telegram, "keep": keep}

    async def _keep(self, _: str, chunks: AsyncIterator[bytes], *__: Any) -> str:
        self.kept.append(b"".join([chunk async for chunk in chunks]))
        return f"att_{len(self.kept)}"

    def limit(self, seconds: float) -> None:
        assert self.bot.telegram is not None
        # What is before the double takes its time too: a connection of its own for each file.
        self.bot.telegram.channel._fetching = max(seconds, 0.3)

    async def shows(self) -> bool:
        late = TEXTS.words("telegram_file_late", "zh")
        return {late, ANSWER} <= set(await self.texts())

    async def done(self) -> bool:
        open_ = select(telegram_part.c.number).where(telegram_part.c.done_at.is_(None))
        return await self.place.database.read(lambda tx: tx.scalar(open_)) is None

    async def check(self) -> None:
        await self.until(super().done)
        await super().check()
        assert set(self.kept) == {b"a photo"}
        # The first one of a lost answer is bound to no case, and tidied away.
        assert len(self.kept) == 1 + (self.trouble is Trouble.LOST)


@asynccontextmanager
async def served(content: bytes) -> AsyncIterator[str]:
    """Serve one file at any path of an address."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + content)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


USES: tuple[type[OfCitizens], ...] = (Update, Sent, Fetched)
