"""A citizen who writes text messages, over the example channel and a gateway that keeps them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
from citizens import ScriptedEngine, Town
from fastapi import FastAPI
from telegrams import NOTICES

from bot.outbound.rates import RateGate
from bot.running import Bot
from examples.sms.channel import SmsChannel
from kernel.clock import SystemClock

SECRET = "the secret"
NUMBER = "+8613800000000"


def takes_it(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(200)


@dataclass
class Phone:
    """One telephone: what it posts through the gateway, and what has reached it."""

    client: httpx.AsyncClient
    bot: Bot
    texts: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    answer: Callable[[httpx.Request], httpx.Response] = takes_it
    """How the gateway answers; what it does not take with 200 reaches nobody."""

    def gateway(self, request: httpx.Request) -> httpx.Response:
        response = self.answer(request)
        if response.status_code == 200:
            self.texts.put_nowait(json.loads(request.content)["text"])
        return response

    async def posts(self, words: str, id_: str, *, secret: str = SECRET) -> httpx.Response:
        body = json.dumps({"id": id_, "from": NUMBER, "text": words})
        return await self.client.post(
            "/sms", content=body.encode(), headers={"Authorization": f"Bearer {secret}"}
        )

    async def hears(self) -> list[str]:
        """Wait for a text, and give it with what else is sent by then."""
        said = [await self.texts.get()]
        await self.bot.turns.idle()
        for sending in self.bot.sending:
            await sending.idle()
        while not self.texts.empty():
            said.append(self.texts.get_nowait())
        return said

    async def hears_words(self) -> list[str]:
        """Give what is said but for the notice at first contact."""
        return [hear for hear in await self.hears() if hear not in NOTICES]


@asynccontextmanager
async def texting(place: Town, engine: ScriptedEngine) -> AsyncIterator[Phone]:
    app = FastAPI()

    def sent(request: httpx.Request) -> httpx.Response:
        return phone.gateway(request)

    async with (
        httpx.AsyncClient(transport=httpx.MockTransport(sent), base_url="http://g") as gateway,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        gate = RateGate(SystemClock(), total=1000, chat=1000)
        bot = place.bot(engine, channels=[SmsChannel(gateway, SECRET, place.clock, gate)])
        phone = Phone(client, bot)
        app.include_router(bot.router)
        await bot.start()
        try:
            yield phone
        finally:
            await bot.stop()
