"""Wire the outbound loops: send events to subscribers, and start callback surveys."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import APIRouter, FastAPI

from api.jobs.clocks import POLL as CLOCKS
from api.jobs.clocks import ClockSweep
from api.jobs.outside import LOCAL, Outside
from api.jobs.reminders import ReminderSweep
from api.jobs.surveys import SurveySweep
from api.jobs.sweep import POLL
from api.live.jobs import PAUSE, LiveSweep
from api.services.desk import ServiceDesk
from api.transport import AsgiTransport
from api.webhooks.jobs import Webhooks
from api.webhooks.service import wire_subscriber
from bot.outbound.hooks import PATH
from kernel.bell.port import Bell
from kernel.database.database import Database
from kernel.supervisor import Loop, Supervisor
from solvefirst.secrets import BOT, bot_secret


@dataclass(frozen=True, slots=True)
class PushParts:
    """The outbound loops, wired and not yet started."""

    webhooks: Webhooks
    loops: tuple[Loop, ...]
    outside: Outside

    @classmethod
    def build(
        cls,
        database: Database,
        desk: ServiceDesk,
        bell: Bell,
        here: APIRouter | None,
        supervisor: Supervisor,
        *,
        private: bool,
    ) -> "PushParts":
        """Wire the parts.

        Args:
            database: the case service's store.
            desk: its desk.
            bell: signals of its use cases.
            here: the routes of the citizen's side if it is in this process.
            supervisor: runs the loops.
            private: whether webhooks may go to private addresses.
        """
        transport = None
        if here is not None:
            inside = FastAPI(openapi_url=None)
            inside.router.routes.extend(here.routes)
            transport = AsgiTransport(inside)
        outside = Outside(transport, private=private)
        loops = []
        for sweep in (SurveySweep(database, desk), ReminderSweep(database, desk)):
            every = POLL.total_seconds()
            loops.append(supervisor.loop(sweep.name, sweep.step, every=every, bell=bell))
        loops.append(supervisor.loop("live", LiveSweep(database, desk).step, every=PAUSE))
        clocks = ClockSweep(database, desk)
        loops.append(
            supervisor.loop("clocks", clocks.step, every=CLOCKS.total_seconds(), limit=None)
        )
        return cls(Webhooks(database, desk, bell, outside, supervisor), tuple(loops), outside)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the loops while the context is open."""
        await self.webhooks.start()
        for loop in self.loops:
            loop.start()
        try:
            yield
        finally:
            for loop in reversed(self.loops):
                await loop.stop()
            await self.webhooks.stop()
            await self.outside.close()


async def wire_bot(
    database: Database, desk: ServiceDesk, service_token: str, *, here: bool, url: str | None
) -> None:
    """Subscribe the citizen's side to events: in this process, or at `url`; else do nothing."""
    if here:
        address = LOCAL + PATH
    elif url is not None:
        address = url.rstrip("/") + PATH
    else:
        return
    await database.run(wire_subscriber, desk, BOT, address, bot_secret(service_token))
