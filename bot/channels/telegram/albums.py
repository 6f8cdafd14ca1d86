"""Assemble messages from albums (several updates) and from messages with files to fetch.

Text and files form one message if the files are fetched at the first attempt. Otherwise the text
becomes a message of its own at once, and the files follow as a second message. After the last
attempt the fetched files are passed on, the album becomes a dead letter, and the citizen is told
that a file is missing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import telegram.error
from sqlalchemy.exc import IntegrityError
from structlog import get_logger

from bot.channels.telegram import CHANNEL, parts
from bot.channels.telegram.apology import Apologies, ApologyRecipient
from bot.channels.telegram.parts import Album
from bot.channels.telegram.update import ChatMessage, File
from bot.channels.telegram.updates import ATTEMPTS, STORE_AWAY, may_pass
from bot.inbound.attachments import FileRefused
from bot.message import InboundMessage, MessageBody, Reply
from bot.store.envelope import Envelopes
from bot.texts import CitizenTexts
from kernel.bell.port import Bell
from kernel.clock import Clock
from kernel.database.database import Database
from kernel.privacy.crypto import DecryptionError
from kernel.supervisor import Supervisor

QUIET = timedelta(seconds=1)
"""Time without a new part after which an album is complete."""

LOOK_SECONDS = 5.0
"""Seconds between two polls for due albums."""

WORDS_SECONDS = 20.0
"""Seconds that a text waits for its files."""

TOGETHER = 10
"""Most albums that one process handles at the same time."""

Fetch = Callable[[str, File], Awaitable[str]]
"""Fetches a file of a chat from Telegram and stores it; returns the attachment's id."""

Take = Callable[[InboundMessage], Awaitable[None]]
"""Receives a complete message."""

LOOP = "telegram-albums"
"""Name of the loop and of its bell topic."""

TASK = "telegram-album"
"""Name of the background tasks, each of which handles one album."""

logger = get_logger(__name__)


class _Lost(Exception):  # noqa: N818 - the event, not a mistake
    """The lease of the album is lost."""


class _NotFetched(Exception):  # noqa: N818 - a state
    """A file could not be fetched and a retry may help; `kind` is the error's name."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Albums:
    """Stores parts until their message is complete, then passes it on."""

    def __init__(
        self,
        *,
        database: Database,
        envelopes: Envelopes,
        texts: CitizenTexts,
        clock: Clock,
        bell: Bell,
        process: str,
        supervisor: Supervisor,
        apologies: Apologies,
        take: Take,
        fetch: Fetch | None,
    ) -> None:
        self._database = database
        self._envelopes = envelopes
        self._texts = texts
        self._clock = clock
        self._bell = bell
        self._process = process
        self._supervisor = supervisor
        self._apologies = apologies
        self._take = take
        self._fetch = fetch
        self._patience = WORDS_SECONDS
        self._working = 0
        self.loop = supervisor.loop(LOOP, self.step, every=LOOK_SECONDS, bell=bell)

    async def keep(self, heard: ChatMessage, *, taken: bool = False) -> None:
        """Store a part; after the return its update may be acknowledged.

        `taken` is true when its text is already a message.
        """
        now = self._clock.now()
        keep = partial(
            parts.keep,
            address_index=self._envelopes.index_address(CHANNEL, str(heard.chat)),
            album=heard.album or heard.message_id,
            number=heard.number,
            body=self._seal(heard, "" if taken else heard.text),
            now=now,
            due=now + QUIET if heard.album is not None else now,
            split=int(taken),
        )
        try:
            await self._database.run(keep)
        except IntegrityError:
            return
        self._bell.ring(LOOP)

    def _seal(self, heard: ChatMessage, text: str) -> bytes:
        about: dict[str, object] = {
            "chat": heard.chat,
            "metadata": dict(heard.metadata),
            "files": [[file.id, file.name, file.mime] for file in heard.files],
        }
        letter = MessageBody(
            text=text,
            language=heard.language,
            sent_at=heard.sent_at.isoformat(),
            metadata=about,
        )
        return self._envelopes.seal_message(letter)

    async def step(self) -> float:
        """Start tasks for due albums; return the seconds until the next poll."""
        due = await self._database.read(parts.next_due)
        now = self._clock.now()
        if due is not None and due > now:
            return min((due - now).total_seconds(), LOOK_SECONDS)
        room = TOGETHER - self._working
        if due is None or room <= 0:
            return LOOK_SECONDS
        claimed = await self._database.run(parts.claim, self._process, now, room)
        for album in claimed:
            self._working += 1
            self._supervisor.spawn(TASK, self._work(album), ended=self._ended)
        # A due album that was not claimed waits for the part before it.
        return 0 if claimed else LOOK_SECONDS

    def _ended(self, _: BaseException | None) -> None:
        self._working -= 1
        self._bell.ring(LOOP)

    async def _work(self, album: Album) -> None:
        lease = album.lease
        try:
            letters = [self._envelopes.open_message(part.body) for part in album.parts]
        except DecryptionError:
            whom = ApologyRecipient(album.address_index)
            await self._failed(album, DecryptionError.__name__, "telegram_given_up", whom, 0)
            return
        try:
            await self._hand_on(album, letters)
            await self._database.run(parts.done, lease, self._clock.now())
        except asyncio.CancelledError:
            await self._database.run(parts.hand_back, lease, self._clock.now())
            raise
        except _Lost:
            logger.warning("telegram_album_lost", album=album.name)
        except Exception as error:
            if may_pass(error):
                await self._database.run(parts.hand_back, lease, self._clock.now() + STORE_AWAY)
                return
            if isinstance(error, _NotFetched):
                kind, key = error.kind, "telegram_file_lost"
            else:
                logger.exception("telegram_album_failed", album=album.name, attempt=lease.attempt)
                kind, key = type(error).__name__, "telegram_given_up"
            about = letters[0]
            whom = ApologyRecipient(
                album.address_index, int(str(about.metadata["chat"])), about.language
            )
            await self._failed(album, kind, key, whom, ATTEMPTS)

    async def _failed(
        self, album: Album, kind: str, key: str, whom: ApologyRecipient, attempts: int
    ) -> None:
        end = partial(
            parts.fail,
            album=album,
            error=kind,
            now=self._clock.now(),
            split=key == "telegram_file_lost",
            attempts=attempts,
        )
        again = await self._apologies.end(end, None if album.notified else key, whom)
        if again is False:
            logger.error("telegram_album_given_up", album=album.name, error=kind)

    async def _hand_on(self, album: Album, letters: Sequence[MessageBody]) -> None:
        """Make one message of the parts and pass it on, or two if the text does not wait.

        Raises:
            _NotFetched: a file could not be fetched, at this or at the last attempt.
            _Lost: the lease of the album is lost.
        """
        text = "\n".join(letter.text for letter in letters if letter.text)
        name = album.name if album.name[0] == "m" else f"g{album.name}.{album.parts[0].number}"
        files = name
        if album.split:
            files = f"{name}.{album.split}"
            if text:
                await self._take(self._message(letters, name, text, notices=["telegram_file_late"]))
            text = ""
        error: _NotFetched | None = None
        attachments: list[str] = []
        notices: list[str] = []
        patience = self._patience if text else None
        try:
            async with asyncio.timeout(patience):
                error = await self._fetch_all(album, letters, attachments, notices)
        except TimeoutError:
            error = _NotFetched(TimeoutError.__name__)
        if error is not None and album.lease.attempt < ATTEMPTS:
            raise error
        if text or attachments or notices:
            await self._take(self._message(letters, files, text, attachments, notices))
        if error is not None:
            raise error

    async def _fetch_all(
        self,
        album: Album,
        letters: Sequence[MessageBody],
        attachments: list[str],
        notices: list[str],
    ) -> _NotFetched | None:
        """Fetch the missing files one by one; return the last error that a retry may solve.

        Raises:
            _Lost: the lease of the album is lost.
        """
        if self._fetch is None:
            notices.append("telegram_files_unkept")
            return None
        failed = None
        for part, letter in zip(album.parts, letters, strict=True):
            kept = part.attachment
            for file in () if kept else _files(letter):
                try:
                    kept = await self._fetch(str(letter.metadata["chat"]), file)
                except FileRefused:
                    notices.append("telegram_file_refused")
                except telegram.error.BadRequest:  # too large for a bot, or the file does not exist
                    notices.append("telegram_file_lost")
                except Exception as error:  # noqa: BLE001 - whatever stands in the way may pass
                    # Not the error itself: a file's address contains the bot's token.
                    failed = _NotFetched(type(error).__name__)
                    logger.warning(
                        "file_not_fetched", kind=failed.kind, attempt=album.lease.attempt
                    )
                now = self._clock.now()
                held = await self._database.run(parts.fetched, album.lease, part.number, kept, now)
                if not held:
                    raise _Lost
            attachments += [kept] if kept else []
        return failed

    def _message(
        self,
        letters: Sequence[MessageBody],
        name: str,
        text: str,
        attachments: Sequence[str] = (),
        notices: Sequence[str] = (),
    ) -> InboundMessage:
        first = letters[0]
        language = next((letter.language for letter in letters if letter.text), first.language)
        metadata = first.metadata["metadata"]
        return InboundMessage(
            channel=CHANNEL,
            address=str(first.metadata["chat"]),
            message_id=name,
            text=text,
            sent_at=datetime.fromisoformat(first.sent_at) if first.sent_at else self._clock.now(),
            language=language,
            attachments=tuple(attachments),
            metadata=dict(metadata) if isinstance(metadata, dict) else {},
            notices=tuple(
                Reply(self._texts.words(key, language)) for key in dict.fromkeys(notices)
            ),
        )

    async def idle(self) -> None:
        """Wait until no album is handled."""
        await self._supervisor.idle(TASK)

    async def stop(self) -> None:
        """Hand back the albums that are being handled."""
        await self.loop.stop()
        await self._supervisor.end(TASK, grace=0)


def _files(letter: MessageBody) -> list[File]:
    found = letter.metadata["files"]
    return (
        [File(fields[0], fields[1], fields[2]) for fields in found]
        if isinstance(found, list)
        else []
    )
