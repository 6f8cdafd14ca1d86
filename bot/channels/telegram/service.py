"""Run Telegram in a process: the bot's connection, receiving and sending."""

import asyncio

import telegram.error
from fastapi import APIRouter
from structlog import get_logger
from telegram import Bot, BotCommand
from telegram.request import HTTPXRequest

from bot import limits
from bot.channels.telegram import CHANNEL, Options
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.polling import HELD_SECONDS, RENEW_SECONDS, Polling
from bot.channels.telegram.sending import TelegramSender, reason_of, seconds_of
from bot.channels.telegram.update import UPDATES
from bot.channels.telegram.webhook import Webhook
from bot.dialogue.commands import COMMANDS
from bot.inbound.attachments import Keep
from bot.inbound.intake import Intake
from bot.outbound.delivery import Delivery
from bot.outbound.rates import RateGate
from bot.store.envelope import Envelopes
from bot.store.holds import ProcessLease
from bot.texts import LANGUAGES, CitizenTexts
from kernel.bell.port import Bell
from kernel.clock import Clock
from kernel.database.database import Database
from kernel.supervisor import Supervisor, TryAgain

SWEEP_SECONDS = 5.0

STEP_SECONDS = 120.0
"""Longest time in seconds to poll and store updates; then it is interrupted."""

IDLE_SECONDS = 60.0
"""Seconds between two steps when updates come by webhook and nothing is polled."""

logger = get_logger(__name__)


class TelegramService:
    """Starts and stops a city's bot in this process; `bot.outbound` sends through `sender`."""

    def __init__(
        self,
        options: Options,
        *,
        intake: Intake,
        delivery: Delivery,
        database: Database,
        envelopes: Envelopes,
        texts: CitizenTexts,
        clock: Clock,
        bell: Bell,
        rate: limits.SenderLimiter,
        gate: RateGate,
        process: str,
        supervisor: Supervisor,
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
            bell=bell,
            rate=rate,
            gate=gate,
            supervisor=supervisor,
            process=process,
            keep=keep,
        )
        self.polling = Polling(
            bot=self.bot,
            request=self._requests[0],
            channel=self.channel,
            hold=ProcessLease(
                database,
                clock,
                name=f"poll:{CHANNEL}:{options.bot_id}"[:64],
                owner=process,
                seconds=HELD_SECONDS,
            ),
        )
        self._introduced = False
        # A long poll may last long, so it is interrupted with the process, not waited for.
        self._loop = supervisor.loop("telegram", self._step, every=0, limit=STEP_SECONDS)
        # On SQLite no other process may poll.
        self._renewal = (
            supervisor.loop("telegram-hold", self.polling.renew, every=RENEW_SECONDS)
            if options.webhook is None and database.dialect != "sqlite"
            else None
        )
        self._updates = supervisor.loop(
            "telegram-updates", self.channel.updates.step, every=SWEEP_SECONDS
        )

    def add_to(self, router: APIRouter) -> None:
        """Add the webhook's route, if updates are posted."""
        if self._options.webhook is not None:
            Webhook(self.channel, self._options.secret).add_to(router)

    async def start(self) -> None:
        """Start. If Telegram cannot be reached, the connection is retried until it can."""
        for request in self._requests:
            await request.initialize()
        self._loop.start()
        if self._renewal is not None:
            self._renewal.start()
        self.channel.albums.loop.start()
        self._updates.start()

    async def stop(self) -> None:
        """Stop receiving updates; unacknowledged ones are delivered again."""
        await self._loop.stop(grace=0)
        if self._renewal is not None:
            await self._renewal.stop()
        await self._updates.stop()
        await asyncio.shield(self.polling.free())
        await self.channel.albums.stop()

    async def close(self) -> None:
        """Close the connections after the last reply was sent."""
        await self.channel.idle()
        for request in self._requests:
            await request.shutdown()

    async def _step(self) -> float:
        try:
            if not self._introduced:
                await self._introduce()
                self._introduced = True
            if self._options.webhook is not None:
                return IDLE_SECONDS
            return await self.polling.look()
        except telegram.error.RetryAfter as slow:
            raise TryAgain("Telegram asks to wait", seconds_of(slow)) from slow
        except telegram.error.TelegramError as error:
            raise TryAgain(reason_of(error, self._options.token)) from error

    async def _introduce(self) -> None:
        """Register the webhook and the bot's commands at Telegram."""
        webhook = self._options.webhook
        if webhook is not None:
            await self.bot.set_webhook(
                webhook, secret_token=self._options.secret, allowed_updates=UPDATES
            )
        else:
            await self.bot.delete_webhook(drop_pending_updates=False)
        await self.bot.initialize()  # which calls `getMe`
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


def _request(options: Options, pool: int) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=pool,
        read_timeout=options.patience,
        write_timeout=options.patience,
        connect_timeout=options.patience,
        pool_timeout=options.patience,
    )
