"""The citizen's side of one process while it runs: what starts and stops with it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter

from bot.channels.web.channel import WebChannel
from bot.dialogue.turns import Turns
from bot.inbound.intake import Intake
from bot.live import outages
from bot.live.watch import OutageWatch
from bot.outbound.delivery import Delivery
from bot.outbound.hooks import Hooks
from bot.outbound.reports import Reports
from bot.outbound.sending import Sending
from bot.store import holds
from bot.store import turns as store
from bot.store.process_lock import ProcessLock
from kernel.clock import Clock
from kernel.database.database import Database

if TYPE_CHECKING:
    from bot.channels.telegram.service import TelegramService


@dataclass(slots=True)
class Bot:
    """Citizen's side of one process. Serve `router` between `start` and `stop`."""

    router: APIRouter
    intake: Intake
    delivery: Delivery
    turns: Turns
    web: WebChannel
    _database: Database
    _clock: Clock
    _sole: ProcessLock | None
    telegram: "TelegramService | None" = None
    sending: tuple[Sending, ...] = ()
    hooks: Hooks | None = None
    reports: Reports | None = None
    watch: OutageWatch | None = None

    def claim(self) -> None:
        """Lock the SQLite file for this process; `start` does it unless it was done before.

        Raises:
            bot.store.process_lock.NotAlone: another process uses the same file.
        """
        if self._sole is not None:
            self._sole.take()

    async def start(self) -> None:
        """Start the loops; they resume the work that an earlier process left.

        Raises:
            bot.store.process_lock.NotAlone: another process uses the same SQLite file.
        """
        self.claim()
        if self._sole is not None:
            await self._database.run(store.release_all, self._clock.now())
            await self._database.run(holds.free_all)
            await self._database.run(outages.interrupted, self._clock.now())
        self.turns.loop.start()
        for sending in self.sending:
            sending.loop.start()
        for part in (self.reports, self.watch):
            if part is not None:
                part.loop.start()
        if self.telegram is not None:
            await self.telegram.start()

    async def stop(self) -> None:
        """Stop loops and turns; unanswered messages are handled at the next start."""
        await self.web.close()
        if self.telegram is not None:
            await self.telegram.stop()
        await self.intake.idle()
        await self.turns.loop.stop()
        await self.turns.idle()
        for sending in self.sending:
            await sending.stop()
        for part in (self.reports, self.watch):
            if part is not None:
                await part.loop.stop()
        if self.telegram is not None:
            await self.telegram.close()
        if self._sole is not None:
            self._sole.free()
