"""A simulated Telegram and the citizen's side on it, for tests that run both in one loop."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from citizens import TEXTS
from fastapi import FastAPI

from bot.channels.telegram import Options
from bot.privacy.notice import notice_on
from bot.running import Bot
from bot.texts import LANGUAGES
from kernel.clock import Clock, SystemClock
from kernel.ids import SequentialIds
from tools.telegram_sim.server import TOKEN, Simulator, serving
from tools.telegram_sim.world import World

SECRET = "the-secret-of-the-webhook"
OUR_ADDRESS = "http://city.test"

USER = 77

NOTICES = frozenset(
    reply.text for language in LANGUAGES for reply in notice_on("telegram", TEXTS, language)
)


@dataclass
class Line:
    """A running simulator, the bot that is connected to it, and the bot's own web app."""

    sim: Simulator
    bot: Bot
    app: FastAPI
    base: str
    options: Options

    @property
    def world(self) -> World:
        return self.sim.world

    def texts(self, user: int = USER) -> list[str]:
        """Give what the bot has said to a user, but for the notice at first contact."""
        return [shown.text for shown in self.sim.citizens.shown(user) if shown.text not in NOTICES]

    async def hears(self, count: int, user: int = USER) -> list[str]:
        """Wait until the bot has said so many things to a user; give them all."""
        await self.world.until(lambda: len(self.texts(user)) >= count)
        return self.texts(user)

    async def says(self, text: str, user: int = USER) -> str:
        """Say words and give the first thing that is said after them."""
        before = len(self.texts(user))
        self.sim.citizens.say(user, text)
        return (await self.hears(before + 1, user))[before]


@asynccontextmanager
async def connected(
    make: Callable[[Options], Bot], *, webhook: bool, clock: Clock | None = None
) -> AsyncIterator[Line]:
    """Serve a simulator, and a bot that `make` puts together with the options it is given."""
    sim = Simulator.make(clock=clock or SystemClock(), ids=SequentialIds())
    app = FastAPI()
    transport = httpx.ASGITransport(app=app)
    async with (
        httpx.AsyncClient(transport=transport, base_url=OUR_ADDRESS) as client,
        serving(sim, client=client) as base,
    ):
        options = Options(
            token=TOKEN,
            secret=SECRET,
            api_url=base,
            webhook_url=OUR_ADDRESS if webhook else None,
            patience=5.0,
        )
        bot = make(options)
        app.include_router(bot.router)
        await bot.start()
        try:
            yield Line(sim, bot, app, base, options)
        finally:
            await bot.stop()
