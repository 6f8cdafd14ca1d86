"""Send replies by the Bot API, and map the results to the outcomes of the port."""

import asyncio
from collections.abc import Awaitable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta

import telegram.error
from telegram import Bot, InlineKeyboardMarkup, LinkPreviewOptions, Message
from telegram.constants import ParseMode

from bot.channels.telegram import markup
from bot.message import Reply
from bot.outbound.sender import Admit, Dead, Failed, Migrated, Outcome, Refused, RetryAfter, Sent
from kernel.privacy.redaction import MASK, redact_text

LONGEST_CALL = 30.0
"""Longest time of one call. The library limits only each read, and an answer may be slow."""

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

_GONE = ("chat not found", "user is deactivated", "peer_id_invalid", "bot was kicked")
"""Telegram's error texts (with status 400) for chats that no longer exist."""


@dataclass(frozen=True, slots=True)
class TelegramMessage:
    """One Telegram message: text, or a picture by its address with a caption."""

    words: str
    image: str | None = None
    keyboard: InlineKeyboardMarkup | None = None


def parts_of(reply: Reply, event: int) -> list[TelegramMessage]:
    """Split a reply into Telegram messages; its buttons are below the last."""
    keyboard = markup.keyboard(event, reply.buttons)
    texts = markup.split(reply.text, first=markup.CAPTION if reply.image else None)
    if not texts and keyboard is not None:
        texts = ["…"]
    if reply.image:
        texts = texts or [""]
    return [
        TelegramMessage(
            words,
            reply.image if number == 0 else None,
            keyboard if number == len(texts) - 1 else None,
        )
        for number, words in enumerate(texts)
    ]


class TelegramSender:
    """Sends replies through one Telegram bot; implements `bot.outbound.sender.Sender`."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._limit = LONGEST_CALL

    async def send(
        self, address: str, reply: Reply, *, event: int, skip: int = 0, admit: Admit = nullcontext
    ) -> Outcome:
        """Send a reply, beginning with part `skip`."""
        arrived: list[str] = []
        for part in parts_of(reply, event)[skip:]:
            try:
                arrived.append(await self._send(int(address), part, admit))
            except telegram.error.TelegramError as error:
                return outcome(error, skip + len(arrived), self._bot.token)
            except TimeoutError:
                return Failed(f"no answer in {self._limit:g} s", skip + len(arrived))
        return Sent(tuple(arrived))

    async def _send(self, chat: int, part: TelegramMessage, admit: Admit) -> str:
        words = markup.escape(part.words)
        if part.image is not None:
            try:
                async with admit():
                    message = await self._limited(
                        self._bot.send_photo(
                            chat,
                            part.image,
                            caption=words or None,
                            parse_mode=ParseMode.HTML,
                            reply_markup=part.keyboard,
                        )
                    )
                return str(message.message_id)
            except telegram.error.BadRequest:
                # Telegram could not fetch the picture: send the words with its address instead.
                words = f"{words}\n{markup.escape(part.image)}".strip()
        async with admit():
            message = await self._limited(
                self._bot.send_message(
                    chat,
                    words,
                    parse_mode=ParseMode.HTML,
                    reply_markup=part.keyboard,
                    link_preview_options=_NO_PREVIEW,
                )
            )
        return str(message.message_id)

    async def _limited(self, call: Awaitable[Message]) -> Message:
        async with asyncio.timeout(self._limit):
            return await call


def outcome(error: telegram.error.TelegramError, parts: int, token: str) -> Outcome:
    """Map an error of the Bot API to the outcome of a reply of which `parts` were delivered."""
    reason = reason_of(error, token)
    match error:
        case telegram.error.RetryAfter():
            return RetryAfter(seconds_of(error), parts)
        case telegram.error.ChatMigrated():
            return Migrated(str(error.new_chat_id))
        case telegram.error.Forbidden():
            return Dead(reason)
        case telegram.error.BadRequest():  # before NetworkError, its base class
            gone = any(words in reason.lower() for words in _GONE)
            return Dead(reason) if gone else Refused(reason, parts)
        case _:
            return Failed(reason, parts)


def seconds_of(error: telegram.error.RetryAfter) -> float:
    """Return the pause in seconds that Telegram asks for."""
    pause = error.retry_after
    return pause.total_seconds() if isinstance(pause, timedelta) else float(pause)


def reason_of(error: telegram.error.TelegramError, token: str) -> str:
    """Describe an error for the log without the token, which is in every address of the API."""
    return redact_text(f"{type(error).__name__}: {error}".replace(token, MASK))
