"""Gathers what takes more than one update: albums, and messages with files that are to be kept."""

from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from structlog import get_logger

from bot.channels.telegram import CHANNEL, parts
from bot.channels.telegram.update import File, Heard
from bot.inbound.attachments import FileRefused
from bot.message import InboundMessage, MessageBody, Reply
from bot.store.envelope import Envelopes
from bot.texts import Texts
from kernel.clock import Clock
from kernel.crypto import DecryptionError
from kernel.database import Database
from kernel.ids import Ids
from kernel.supervisor import Supervisor

QUIET_SECONDS = 1.0
"""An album is whole when no part of it has come for so long."""

LEFT_SECONDS = 10.0
"""After so long a part that waits was left by a process that is no more."""

REPEAT_SECONDS = 30.0
"""Between two attempts to fetch the files of a message."""

PATIENCE = timedelta(minutes=10)
"""How long a message waits for its files; then it goes on without them, and says so."""

REMEMBERED = timedelta(days=2)
"""How long a part that is done is known: Telegram repeats an update for a day."""

Fetch = Callable[[str, File], Awaitable[str]]
"""Fetches a file of a chat from Telegram and has it kept; gives the id of the attachment."""

Take = Callable[[InboundMessage], Awaitable[None]]
"""Takes a message that is whole."""

TASK = "telegram-album"
"""The name of the background tasks that gather."""

logger = get_logger(__name__)


class Albums:
    """Keeps parts until their message is whole, then hands it on."""

    def __init__(
        self,
        *,
        database: Database,
        envelopes: Envelopes,
        texts: Texts,
        clock: Clock,
        ids: Ids,
        supervisor: Supervisor,
        take: Take,
        fetch: Fetch | None,
    ) -> None:
        self._database = database
        self._envelopes = envelopes
        self._texts = texts
        self._clock = clock
        self._ids = ids
        self._take = take
        self._fetch = fetch
        self._whole_at: dict[tuple[bytes, str], datetime] = {}
        self._supervisor = supervisor

    async def keep(self, heard: Heard) -> None:
        """Keep a part; when this has returned, its update may be acknowledged."""
        index = self._envelopes.index_address(CHANNEL, str(heard.chat))
        album = heard.album or heard.message_id
        now = self._clock.now()
        part = parts.Part(index, album, heard.number, self._seal(heard), now)
        try:
            await self._database.run(parts.keep, part)
        except IntegrityError:
            return
        wait = QUIET_SECONDS if heard.album is not None else 0.0
        begun = (index, album) in self._whole_at
        self._whole_at[index, album] = now + timedelta(seconds=wait)
        if not begun:
            self._spawn(self._when_whole(index, album))

    def _seal(self, heard: Heard) -> bytes:
        about: dict[str, object] = {
            "chat": heard.chat,
            "metadata": dict(heard.metadata),
            "files": [[file.id, file.name, file.mime] for file in heard.files],
        }
        letter = MessageBody(
            text=heard.text,
            language=heard.language,
            sent_at=heard.sent_at.isoformat(),
            metadata=about,
        )
        return self._envelopes.seal_message(letter)

    async def _when_whole(self, index: bytes, album: str) -> None:
        while (left := (self._whole_at[index, album] - self._clock.now()).total_seconds()) > 0:
            await self._clock.sleep(left)
        del self._whole_at[index, album]
        name = self._ids.new("alb")
        claimed = await self._database.run(parts.claim, index, album, name, self._clock.now())
        await self._work(claimed, name)

    async def _work(self, claimed: list[parts.Part], name: str) -> None:
        if not claimed:
            return
        first = claimed[0]
        if (inbound := await self._whole(claimed)) is not None:
            await self._take(inbound)
            await self._database.run(
                parts.done, first.address_index, first.album, name, self._clock.now()
            )

    async def _whole(self, claimed: list[parts.Part]) -> InboundMessage | None:
        """Make one message of parts; `None` when its files have to be tried for again."""
        try:
            letters = [self._envelopes.open_message(part.body) for part in claimed]
        except DecryptionError:
            logger.exception("part_unreadable")
            return None
        first, about = letters[0], letters[0].metadata
        texts = [letter.text for letter in letters if letter.text]
        language = next((letter.language for letter in letters if letter.text), first.language)
        files = [File(*file) for letter in letters for file in _list(letter.metadata["files"])]
        attachments: list[str] = []
        notices: list[str] = []
        if self._fetch is None:
            notices.append("telegram_files_unkept")
        else:
            late = self._clock.now() - claimed[0].received_at > PATIENCE
            for file in files:
                try:
                    attachments.append(await self._fetch(str(about["chat"]), file))
                except FileRefused:
                    notices.append("telegram_file_refused")
                except Exception as error:  # noqa: BLE001 - whatever stands in the way may pass
                    # Not the error itself: the address of a file holds the bot's token.
                    logger.warning("file_not_fetched", kind=type(error).__name__, late=late)
                    if not late:
                        return None
                    notices.append("telegram_file_lost")
        album = claimed[0].album
        metadata = dict(_mapping(about["metadata"]))
        return InboundMessage(
            channel=CHANNEL,
            address=str(about["chat"]),
            message_id=f"g{album}.{claimed[0].number}" if album[0] != "m" else album,
            text="\n".join(texts),
            sent_at=datetime.fromisoformat(first.sent_at) if first.sent_at else self._clock.now(),
            language=language,
            attachments=tuple(attachments),
            metadata=metadata,
            notices=tuple(
                Reply(self._texts.words(key, language)) for key in dict.fromkeys(notices)
            ),
        )

    async def sweep(self) -> None:
        """Take up what was left, and forget what is long done."""
        now = self._clock.now()
        found = await self._database.read(
            parts.left,
            now - timedelta(seconds=LEFT_SECONDS),
            now - timedelta(seconds=REPEAT_SECONDS),
        )
        for index, album, claim in found:
            if claim is not None:
                await self._database.run(parts.again, index, album, claim, now)
                claimed = await self._database.read(parts.claimed, index, album, claim)
                self._spawn(self._work(claimed, claim))
            elif (index, album) not in self._whole_at:
                self._whole_at[index, album] = now
                self._spawn(self._when_whole(index, album))
        await self._database.run(parts.forget, now - REMEMBERED)

    async def idle(self) -> None:
        """Wait until no message is being gathered."""
        await self._supervisor.idle(TASK)

    async def stop(self) -> None:
        """Leave what is being gathered to the next start."""
        await self._supervisor.end(TASK, grace=0)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._supervisor.spawn(TASK, work)


def _list(value: object) -> list[tuple[str, str, str | None]]:
    return [(one[0], one[1], one[2]) for one in value] if isinstance(value, list) else []


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
