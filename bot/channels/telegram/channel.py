"""Handle an update: store it, answer it or decline it. Then the caller may acknowledge it."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Coroutine, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import httpx
import telegram.error
from sqlalchemy.exc import SQLAlchemyError
from structlog import get_logger
from telegram import Bot, InlineKeyboardMarkup, Update

from bot import limits
from bot.channels.telegram import CHANNEL, markup
from bot.channels.telegram.albums import Albums
from bot.channels.telegram.apology import Apologies
from bot.channels.telegram.sending import reason_of, seconds_of
from bot.channels.telegram.update import ChatMessage, Declined, File, Tap, read
from bot.channels.telegram.updates import Updates, may_pass
from bot.inbound.attachments import Keep
from bot.inbound.intake import PAYLOAD, TITLE, Intake
from bot.inbound.unkept import NotStored
from bot.message import InboundMessage, Reply
from bot.outbound.delivery import Delivery
from bot.outbound.rates import RateGate
from bot.push import PushPriority
from bot.store import records
from bot.store.envelope import Envelopes
from bot.texts import CitizenTexts
from kernel.bell.port import Bell
from kernel.clock import Clock
from kernel.database.database import Database
from kernel.supervisor import Supervisor

TASK = "telegram-call"
"""Name of the background tasks whose failure does no harm."""

LONGEST_FETCH = 60.0
"""Longest time in seconds to fetch and store one file; it is retried after that."""

_CHUNK = 64 * 1024

_REMEMBERED = 1000
"""Most emergency messages sent directly that are remembered."""

T = TypeVar("T")

logger = get_logger(__name__)


class TelegramChannel:
    """Receives Telegram's updates."""

    name = CHANNEL

    def __init__(
        self,
        *,
        bot: Bot,
        intake: Intake,
        delivery: Delivery,
        database: Database,
        envelopes: Envelopes,
        texts: CitizenTexts,
        clock: Clock,
        bell: Bell,
        rate: limits.SenderLimiter,
        gate: RateGate,
        supervisor: Supervisor,
        process: str,
        keep: Keep | None = None,
    ) -> None:
        self._bot = bot
        self._intake = intake
        self._delivery = delivery
        self._database = database
        self._envelopes = envelopes
        self._texts = texts
        self._clock = clock
        self._rate = rate
        self._gate = gate
        self._told = limits.SenderLimiter(3, 0.1)
        self._cries = limits.SenderLimiter(30, 0.5)
        self._keep = keep
        self._fetching = LONGEST_FETCH
        self._alarmed: OrderedDict[tuple[int, str], None] = OrderedDict()
        self._supervisor = supervisor
        self._apologies = Apologies(
            database=database,
            envelopes=envelopes,
            delivery=delivery,
            texts=texts,
            clock=clock,
            say=self._tell,
        )
        self.albums = Albums(
            database=database,
            envelopes=envelopes,
            texts=texts,
            clock=clock,
            bell=bell,
            process=process,
            supervisor=supervisor,
            apologies=self._apologies,
            take=self._take_in,
            fetch=self._fetch if keep is not None else None,
        )
        self.updates = Updates(
            database=database,
            envelopes=envelopes,
            clock=clock,
            process=process,
            apologies=self._apologies,
            take=self._take_update,
        )

    async def take(self, raw: Mapping[str, Any]) -> None:
        """Handle one update exactly once: a repeated delivery changes nothing.

        An update that fails for its own reasons is stored unchanged and retried later (`updates`).

        Raises:
            Exception: it could not be stored now and must be delivered again.
        """
        try:
            await self._take_update(raw)
        except Exception as error:
            if may_pass(error):
                raise
            logger.exception("telegram_update_failed", update=raw.get("update_id"))
            await self.updates.keep(raw)

    async def _take_update(self, raw: Mapping[str, Any]) -> None:
        meant = read(Update.de_json(dict(raw), self._bot), self._texts)
        match meant:
            case ChatMessage():
                await self._heard(meant)
            case Tap():
                await self._tap(meant)
            case Declined():
                self._decline(meant)

    async def _heard(self, heard: ChatMessage) -> None:
        if not self._in_time(heard.chat, heard.language, heard.text):
            return
        if heard.files and (heard.album is not None or self._keep is not None):
            danger = self._intake.words_unkept(heard.text, heard.language) is not None
            if danger:  # a report of danger does not wait for a picture
                await self._take_in(_inbound(heard))
            await self.albums.keep(heard, taken=danger)
            return
        inbound = _inbound(heard)
        if heard.files:
            words = self._texts.words("telegram_files_unkept", heard.language)
            inbound = replace(inbound, notices=(Reply(words),))
        await self._take_in(inbound)

    async def _take_in(self, inbound: InboundMessage) -> None:
        try:
            receipt = await self._alarm_first(
                int(inbound.address), inbound.message_id, self._intake.receive(inbound)
            )
        except limits.MessageTooLong:
            self._tell(
                int(inbound.address),
                self._texts.words("refused_too_large", inbound.language, limit=limits.HANDLED),
            )
            return
        self._intake.go_on(receipt)

    async def _alarm_first(self, chat: int, message: str, work: Coroutine[Any, Any, T]) -> T:
        """Await the storing of a message; if that fails, send an emergency's words directly.

        They are sent once for a message, however often it is delivered again.
        """
        try:
            return await work
        except NotStored as unkept:
            key = (chat, message)
            if key not in self._alarmed:
                try:
                    await self._bot.send_message(chat, unkept.reply.text)
                except telegram.error.TelegramError as error:
                    reason = reason_of(error, self._bot.token)
                    logger.error("telegram_alarm_failed", reason=reason)
                else:
                    self._alarmed[key] = None
                    if len(self._alarmed) > _REMEMBERED:
                        self._alarmed.popitem(last=False)
            raise

    def _in_time(self, chat: int, language: str, text: str = "") -> bool:
        """Return whether a chat is within its rate; a report of danger is accepted beyond it."""
        try:
            self._rate.take(str(chat), self._clock.now())
        except limits.TooMany as many:
            words = self._intake.words_unkept(text, language)
            if words is not None:
                return self._in_danger(chat, words)
            self._tell(chat, self._texts.words("refused_too_many", language, seconds=many.seconds))
            return False
        return True

    def _in_danger(self, chat: int, words: str) -> bool:
        try:
            self._cries.take(str(chat), self._clock.now())
        except limits.TooMany:
            self._tell(chat, words)
            return False
        return True

    async def _tap(self, tap: Tap) -> None:
        if tap.data == markup.CHOSEN:
            self._answer(tap, "telegram_chosen")
            return
        index = self._envelopes.index_address(CHANNEL, str(tap.chat))
        known = await self._database.read(records.known, CHANNEL, index)
        named = markup.button_of(tap.data)
        button = None
        if known is not None and named is not None:
            button = await self._delivery.button(known.conversation, *named)
        if button is None:
            self._answer(tap, "refused_button")
            return
        if not self._in_time(tap.chat, tap.language):
            self._answer(tap)
            return
        receipt = await self._intake.receive(
            InboundMessage(
                channel=CHANNEL,
                address=str(tap.chat),
                # The button's id, not the tap's: a double tap is one message.
                message_id=f"b{tap.data}",
                text=button.payload,
                sent_at=self._clock.now(),
                language=tap.language,
                metadata={PAYLOAD: True, TITLE: button.title},
            )
        )
        self._answer(tap)
        if not receipt.repeated and tap.message is not None and tap.keyboard is not None:
            shown = markup.chosen(tap.keyboard, tap.data)
            self._spawn(self._mark(tap.chat, tap.message, shown))
        self._intake.go_on(receipt)

    def _answer(self, tap: Tap, key: str | None = None) -> None:
        words = self._texts.words(key, tap.language) if key is not None else None
        self._spawn(self._bot.answer_callback_query(tap.query, words, show_alert=None))

    async def _mark(self, chat: int, message: int, keyboard: InlineKeyboardMarkup) -> None:
        await self._bot.edit_message_reply_markup(chat, message, reply_markup=keyboard)

    def _decline(self, declined: Declined) -> None:
        words = self._texts.words(declined.key, declined.language)
        if declined.leave:
            self._spawn(self._leave(declined.chat, words))
        else:
            self._tell(declined.chat, words)

    async def _leave(self, chat: int, words: str) -> None:
        try:
            await self._say(chat, words)
        finally:
            await self._bot.leave_chat(chat)

    def _tell(self, chat: int, words: str) -> None:
        """Tell the citizen why something was not accepted."""
        try:
            self._told.take(str(chat), self._clock.now())
        except limits.TooMany:
            return
        self._spawn(self._say(chat, words))

    async def _say(self, chat: int, words: str) -> None:
        """Write the words to the outbox; send them directly to a chat without a conversation."""
        index = self._envelopes.index_address(CHANNEL, str(chat))
        known = await self._database.read(records.known, CHANNEL, index)
        if known is not None:
            await self._database.run(self._apologies.write, known.conversation, words)
            self._delivery.ring(known.conversation, CHANNEL)
            return
        async with self._gate.passing(f"chat:{chat}", PushPriority.REPLY):
            await self._bot.send_message(chat, words)

    async def _fetch(self, address: str, file: File) -> str:
        assert self._keep is not None  # noqa: S101 - given to `Albums` only then
        async with asyncio.timeout(self._fetching):
            there = await self._bot.get_file(file.id)
            if there.file_path is None:
                raise FileNotFoundError
            async with (
                httpx.AsyncClient(timeout=10) as client,
                client.stream("GET", there.file_path) as response,
            ):
                response.raise_for_status()
                return await self._keep(address, _chunks(response), file.name, file.mime)

    def _spawn(self, work: Coroutine[Any, Any, object]) -> None:
        """Run a call in the background whose failure does no harm."""
        self._supervisor.spawn(TASK, self._harmless(work))

    async def _harmless(self, work: Coroutine[Any, Any, object]) -> None:
        try:
            await work
        except telegram.error.RetryAfter as slow:
            self._gate.hold(seconds_of(slow))
        except telegram.error.TelegramError as error:
            logger.info("telegram_call_failed", reason=reason_of(error, self._bot.token))
        except SQLAlchemyError:
            logger.exception("telegram_notice_not_kept")

    async def idle(self) -> None:
        """Wait until no background task of this channel runs."""
        await self._supervisor.idle(TASK)


def _inbound(heard: ChatMessage) -> InboundMessage:
    """Make an inbound message without its files."""
    metadata: dict[str, object] = {**heard.metadata}
    if heard.title is not None:
        metadata |= {PAYLOAD: True, TITLE: heard.title}
    return InboundMessage(
        channel=CHANNEL,
        address=str(heard.chat),
        message_id=heard.message_id,
        text=heard.text,
        sent_at=heard.sent_at,
        language=heard.language,
        metadata=metadata,
    )


async def _chunks(response: httpx.Response) -> AsyncIterator[bytes]:
    async for chunk in response.aiter_bytes(_CHUNK):
        yield chunk
