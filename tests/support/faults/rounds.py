"""One run on one database: people use the product, and its process is killed and started again."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from patience import PATIENCE

from api.client import ApiClient
from bench.servers import SERVICE, UNLIMITED, Server, free_port
from bench.staff import unit_token
from faults.people import Citizen, Happenings, RestCitizen, TelegramCitizen, Unit
from faults.tables import Findings, compare
from kernel.clock import SystemClock
from kernel.ids import RandomIds
from tools.telegram_sim.server import TOKEN, Simulator, serving

LONGEST_START = 10.0
"""Seconds within which the process has to be ready after a kill."""

QUIET = 45.0
"""Seconds without the happenings that a kill waits for, after which it comes all the same."""

CHANNELS = ("rest", "unit", "telegram")
"""Where the happenings are that a kill waits for."""

MOST = 12
"""Happenings between two kills, at most; how many is up to chance."""

SETTLING = 0.3
"""Seconds in which the simulated Telegram reads what a process had sent before it was killed."""

TO_THE_END = 180.0
"""Seconds in which everything that was begun has to be over after the last kill."""


@dataclass(slots=True)
class Run:
    """One run: the server, who uses it, and what has been seen so far."""

    folder: Path
    database_url: str | None
    chance: random.Random
    simulator: Simulator = field(
        default_factory=lambda: Simulator.make(clock=SystemClock(), ids=RandomIds())
    )
    happenings: Happenings = field(default_factory=Happenings)
    citizens: list[Citizen] = field(default_factory=list)
    kills: list[datetime] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    port: int = field(default_factory=free_port)
    last: bool = False
    unit: Unit | None = None
    moments: Counter[str] = field(default_factory=Counter)
    """At how many kills something was under way, by what."""

    @property
    def settings(self) -> dict[str, str]:
        """The settings of the server, but for Telegram's address."""
        found = {
            "SOLVEFIRST_PORT": str(self.port),
            "SOLVEFIRST_VAR": str(self.folder / "var"),
            "SOLVEFIRST_DEMO": "1",
            "SOLVEFIRST_SERVICE_TOKEN": SERVICE,
            "SOLVEFIRST_TELEGRAM_TOKEN": TOKEN,
            # A run at night is not to wait for the morning.
            "SOLVEFIRST_QUIET_FROM": "00:00",
            "SOLVEFIRST_QUIET_UNTIL": "00:00",
            "SOLVEFIRST_LOG_LEVEL": "warning",
            **{f"SOLVEFIRST_LIMIT_{what}": "0" for what in UNLIMITED},
        }
        if self.database_url is not None:
            found["SOLVEFIRST_DATABASE_URL"] = self.database_url
        return found

    async def start(self, telegram: str) -> Server:
        """Start the server, and wait until it is ready."""
        return await Server.start(
            ("-m", "solvefirst", "serve"),
            self.port,
            ready="/health/ready",
            env={**self.settings, "SOLVEFIRST_TELEGRAM_API_URL": telegram},
            log=self.folder / "server.log",
        )

    def citizen(self, channel: str) -> Citizen:
        """Let another citizen come, on one of the channels."""
        name = len(self.citizens) + 1
        found: Citizen = (
            RestCitizen(name, self.happenings, port=self.port)
            if channel == "rest"
            else TelegramCitizen(name, self.happenings, simulator=self.simulator)
        )
        self.citizens.append(found)
        return found

    async def circles(self, channel: str, unit: Unit) -> None:
        """Take one citizen after the other through the whole circle until the last kill is made."""
        while not self.last:
            citizen = self.citizen(channel)
            number = await citizen.file()
            await unit.handle(number)
            await citizen.rate()

    async def listen(self) -> None:
        """Count what arrives in the simulated Telegram as happenings."""
        seen = 0
        while True:
            await self.simulator.world.change()
            calls = self.simulator.world.record.calls
            for call in calls[seen:]:
                if call.sent:
                    self.happenings.note("telegram")
            seen = len(calls)

    def _under_way(self) -> set[str]:
        """Name what is under way at this moment."""
        found: set[str] = {item.stage for item in self.citizens if not item.closed}
        if any(item.calling for item in self.citizens):
            found.add("a call on REST waits for its answer")
        if self.unit is not None and self.unit.calling:
            found.add("a call of the unit waits for its answer")
        if self.simulator.world.updates:
            found.add("Telegram holds updates that are not acknowledged")
        return found

    async def kill(self, server: Server, telegram: str) -> Server:
        """Wait for a random moment, kill the server and start it again."""
        channel, number = self.chance.choice(CHANNELS), self.chance.randint(1, MOST)
        await self.happenings.more(channel, number, QUIET)
        await asyncio.sleep(self.chance.uniform(0.0, 0.3))
        self.moments.update(self._under_way())
        server.kill()
        # What the dead process has sent may still wait to be read: it came before the kill.
        await asyncio.sleep(SETTLING)
        self.kills.append(datetime.now(UTC))
        started = await self.start(telegram)
        self.starts.append(started.start_seconds)
        return started


async def run(
    folder: Path,
    *,
    database_url: str | None,
    kills: int,
    seed: int,
    at_once: int = 5,
    tick: Callable[[], object] = lambda: None,
) -> tuple[Run, Findings]:
    """Kill the process so many times; give what was seen and what is wrong.

    Args:
        folder: of the server's data and log.
        database_url: of an empty PostgreSQL database; without one it is SQLite in the folder.
        kills: how often.
        seed: of all that chance decides here.
        at_once: citizens on each channel.
        tick: called after each kill.
    """
    this = Run(folder, database_url, random.Random(seed))
    findings = Findings()
    async with serving(this.simulator) as telegram:
        server = await this.start(telegram)
        try:
            first = this.citizen("rest")
            number = await first.file()
            secret = await unit_token(server.base, folder / "var", database_url)
            async with _unit(server.base, secret, this) as unit:
                this.unit = unit
                tasks = [asyncio.create_task(_rest_of(first, number, unit))]
                tasks += [
                    asyncio.create_task(this.circles(channel, unit))
                    for channel in ("rest", "telegram") * at_once
                ]
                listening = asyncio.create_task(this.listen())
                for _ in range(kills):
                    server = await this.kill(server, telegram)
                    tick()
                this.last = True
                _, left = await asyncio.wait(tasks, timeout=TO_THE_END)
                for task in (*left, listening):
                    task.cancel()
                await asyncio.gather(*tasks, listening, return_exceptions=True)
                for task in tasks:
                    if not task.cancelled() and (error := task.exception()) is not None:
                        raise error
        finally:
            server.stop()
    findings.stuck += [
        f"the circle of {item.channel} {item.name}, case {item.number or 'none'}"
        for item in this.citizens
        if not item.closed
    ]
    await compare(
        database_url or f"sqlite:///{folder / 'var' / 'solvefirst.db'}",
        this.citizens,
        this.kills,
        findings,
    )
    return this, findings


async def _rest_of(citizen: Citizen, number: str, unit: Unit) -> None:
    await unit.handle(number)
    await citizen.rate()


@asynccontextmanager
async def _unit(base: str, secret: str, this: Run) -> AsyncIterator[Unit]:
    client = ApiClient.over_http(base, secret, timeout=PATIENCE)
    try:
        yield Unit(client, this.chance, this.happenings)
    finally:
        await client.close()
