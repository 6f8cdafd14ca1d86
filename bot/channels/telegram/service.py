"""Telegram as a part of a process: the bot's connection, the road in and the road out."""

import asyncio
from contextlib import suppress

import telegram.error
from fastapi import APIRouter
from sqlalchemy.exc import SQLAlchemyError
from structlog import get_logger
from telegram import Bot, BotCommand
from telegram.request import HTTPXRequest

from bot import limits
from bot.attachments import Keep
from bot.channels.telegram import CHANNEL, Options
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.polling import Polling
from bot.channels.telegram.sending import TelegramSender, reason_of, seconds_of
from bot.channels.telegram.update import UPDATES
from bot.channels.telegram.webhook import Webhook
from bot.commands import COMMANDS
from bot.delivery import Delivery
from bot.envelope import Envelopes
from bot.holds import Hold
from bot.intake import Intake
from bot.rates import Gate
from bot.texts import LANGUAGES, Texts
from kernel.clock import Clock
from kernel.database import Database
from kernel.ids import Ids

SWEEP_SECONDS = 5.0
PAUSE = 2.0
LONGEST_PAUSE = 60.0

logger = get_logger(__name__)


class TelegramService:
    """Starts and stops what a city's bot needs in this process; `sender` goes to the road out."""

    def __init__(
        self,
        options: Options,
        *,
        intake: Intake,
        delivery: Delivery,
        database: Database,
        envelopes: Envelopes,
        texts: Texts,
        clock: Clock,
        ids: Ids,
        rate: limits.Rate,
        gate: Gate,
        process: str,
        keep: Keep | None = None,
    ) -> None:
        self._options = options
        self._texts = texts
        self._clock = clock
        self._requests = [_request(options, pool=4), _request(options, pool=64)]
        base = options.api_url.rstrip("/")
        self.bot = Bot(
            options.token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            get_updates_request=self._requests[0],
            request=self._requests[1],
        )
        self.sender = TelegramSender(self.bot)
        self.channel = TelegramChannel(
            bot=self.bot,
            intake=intake,
            delivery=delivery,
            database=database,
            envelopes=envelopes,
            texts=texts,
            clock=clock,
            ids=ids,
            rate=rate,
            gate=gate,
            keep=keep,
        )
        self.polling = Polling(
            bot=self.bot,
            request=self._requests[0],
            channel=self.channel,
            hold=Hold(
                database,
                clock,
                name=f"poll:{CHANNEL}:{options.bot_id}"[:64],
                owner=process,
                seconds=90.0,
            ),
            clock=clock,
        )
        self._tasks: list[asyncio.Task[None]] = []

    def add_to(self, router: APIRouter) -> None:
        """Add the webhook's route, when updates are posted."""
        if self._options.webhook is not None:
            Webhook(self.channel, self._options.secret).add_to(router)

    async def start(self) -> None:
        """Begin. Telegram need not be there: it is tried for until it is."""
        for request in self._requests:
            await request.initialize()
        self._tasks = [
            asyncio.create_task(self._run(), name="telegram"),
            asyncio.create_task(self._sweeping(), name="telegram-sweep"),
        ]

    async def stop(self) -> None:
        """Stop taking updates; what is not acknowledged comes again."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        self._tasks = []
        self.channel.albums.stop()
        await self.channel.albums.idle()

    async def close(self) -> None:
        """Close the connections, when nothing is to be sent any more."""
        await self.channel.idle()
        for request in self._requests:
            await request.shutdown()

    async def _run(self) -> None:
        pause = PAUSE
        while True:
            try:
                await self._introduce()
                break
            except telegram.error.RetryAfter as slow:
                await self._clock.sleep(seconds_of(slow))
            except telegram.error.TelegramError as error:
                reason = reason_of(error, self._options.token)
                logger.warning("telegram_not_reached", reason=reason, seconds=pause)
                await self._clock.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
        if self._options.webhook is None:
            await self.polling.run()

    async def _introduce(self) -> None:
        """Say where updates go to, and which commands there are."""
        webhook = self._options.webhook
        if webhook is not None:
            await self.bot.set_webhook(
                webhook, secret_token=self._options.secret, allowed_updates=UPDATES
            )
        else:
            await self.bot.delete_webhook(drop_pending_updates=False)
        await self.bot.initialize()  # which asks Telegram who it is
        me = self.bot.bot
        logger.info(
            "telegram_ready", bot=me.username, road="polling" if webhook is None else "webhook"
        )
        for language in LANGUAGES:
            commands = [
                BotCommand(name, self._texts.words(f"telegram_command_{name}", language))
                for name in COMMANDS
            ]
            await self.bot.set_my_commands(
                commands, language_code=None if language == LANGUAGES[0] else language
            )

    async def _sweeping(self) -> None:
        while True:
            try:
                await self.channel.albums.sweep()
            except SQLAlchemyError:
                logger.exception("telegram_sweep_failed")
            await self._clock.sleep(SWEEP_SECONDS)


def _request(options: Options, pool: int) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=pool,
        read_timeout=options.patience,
        write_timeout=options.patience,
        connect_timeout=options.patience,
        pool_timeout=options.patience,
    )
