"""How a process is put together of its sides (`case_side`, `citizen_side`).

`assemble` opens the stores, reads the catalogue, and puts together the parts that were asked for.
The parts of one process know each other only by the ports and clients they are given, so the same
code serves as one process and as several. Each side is imported where it runs: a citizen's side
alone starts in four fifths of the time of both. What only a fleet needs (redis, procrastinate) is
imported where it is chosen too.
"""
# ruff: noqa: PLC0415 - as said above

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.routing import BaseRoute

from kernel.database.database import Database
from kernel.jobs.port import Jobs
from kernel.jobs.runs import Runs
from solvefirst import roles
from solvefirst.http import health
from solvefirst.settings import Settings
from solvefirst.wiring.foundation import Foundation, NotConfigured

if TYPE_CHECKING:
    from api.console.app import Console
    from api.services.desk import ServiceDesk
    from bot.app import Bot
    from bot.dialogue.engine.port import Engine
    from solvefirst.wiring.push import PushParts


def _tables(base: Foundation, only: str | None) -> Iterator[tuple[str, Database, str]]:
    """Give the stores that a process stands on, each with a table that it must hold."""
    if only in (None, "api"):
        yield "cases", base.stores.api, "cases"
    if only in (None, "bot"):
        yield "conversations", base.stores.bot, "conversation"
    if only == "jobs":
        yield "cases", base.stores.api, "answered"
        yield "conversations", base.stores.bot, "inbox"


def background(base: Foundation) -> Runs:
    """Make the background jobs' queue, in the case service's store: the console shows its rows."""
    database = base.stores.api
    return Runs(_queue(base, database), database, clock=base.clock, ids=base.ids)


def _queue(base: Foundation, database: Database) -> Jobs:
    if database.dialect == "postgresql":
        from kernel.jobs.fleet import FleetJobs

        return FleetJobs(database, clock=base.clock, supervisor=base.supervisor)
    from kernel.jobs.embedded import EmbeddedJobs

    return EmbeddedJobs(
        database, clock=base.clock, ids=base.ids, bell=base.bell, supervisor=base.supervisor
    )


@dataclass(frozen=True, slots=True)
class Process:
    """The parts of one process, put together and not yet started."""

    base: Foundation
    case_service: FastAPI | None
    desk: "ServiceDesk | None"
    dialogue: "Engine | None"
    citizen_side: "Bot | None"
    jobs: Runs | None
    console: "Console | None" = None
    push: "PushParts | None" = None

    def claim(self) -> None:
        """Take what only one process may hold, before the web server starts.

        Raised later, in the server's start-up, the refusal would stand inside a traceback.

        Raises:
            bot.store.sole.NotAlone: another process works on the same SQLite file.
        """
        if self.citizen_side is not None:
            self.citizen_side.claim()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start the parts in the order of need; stop them in the opposite order."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.base.stores.close)
            stack.push_async_callback(self.base.supervisor.stop)
            stack.push_async_callback(self.base.limiter.close)
            await self.base.bell.start()
            stack.push_async_callback(self.base.bell.close)
            if self.jobs is not None:
                await self.jobs.start()
                stack.push_async_callback(self.jobs.stop)
            if self.console is not None:
                await self.console.start()
                stack.push_async_callback(self.console.stop)
            if self.dialogue is not None:
                stack.push_async_callback(self.dialogue.close)
            if self.citizen_side is not None:
                await self.citizen_side.start()
                stack.push_async_callback(self.citizen_side.stop)
            if self.desk is not None:
                from solvefirst.wiring.push import wire_bot

                await wire_bot(
                    self.base.stores.api,
                    self.desk,
                    self.base.service_token,
                    here=self.push is not None and self.citizen_side is not None,
                    url=self.base.settings.bot_url,
                )
            if self.push is not None:
                await stack.enter_async_context(self.push.running())
            warming = asyncio.create_task(asyncio.to_thread(self._warm))
            stack.push_async_callback(asyncio.wait, [warming])
            yield

    def _warm(self) -> None:
        """Read what the first message or case would wait for, and a start need not.

        The signs of danger where citizens are heard; with the case service the nation's days and
        the gazetteer of titles, as a case is opened within a transaction.
        """
        if self.citizen_side is not None:
            from nlu.danger.emergency import warm
            from solvefirst.nlu import models

            warm(models.serving(self.base.settings))
        desk = self.desk
        if self.case_service is not None and desk is not None:
            desk.calendar.is_working(desk.clock.now().date())
            if desk.understanding is not None:
                desk.understanding.title("", known=(), hints=())


def assemble(settings: Settings, only: str | None = None) -> Process:
    """Put together everything, or the one part that `only` names.

    A process that is everything brings the stores to this version first; where there are several,
    `solvefirst db upgrade` does it once for all.

    Raises:
        NotConfigured: `db upgrade` was never run, or a setting is missing.
    """
    base = Foundation.lay(settings)
    streamed: frozenset[tuple[str, str]] = frozenset()
    if only is None:
        from bot.app import STREAMED

        streamed = STREAMED
        base.stores.upgrade()
    elif empty := base.stores.empty(("api", "bot") if only == "jobs" else (only,)):
        raise NotConfigured(
            f"There are no tables yet in {' and '.join(empty)}."
            " `solvefirst db upgrade` makes them, once for all parts."
        )
    if only is not None:
        roles.require(settings, only)
    service = desk = staff_side = runs = None
    if only in (None, "api"):
        from solvefirst.wiring import case_side

        runs = background(base)
        service = case_side.case_service(base, streamed, runs)
        desk = case_side.desk_of(service)
        staff_side = case_side.console(base, service)
    dialogue = side = None
    if only in (None, "bot"):
        from solvefirst.wiring import citizen_side

        case_client = citizen_side.client(base, service)
        citizen_side.configure_actions(base, case_client)
        dialogue = citizen_side.engine(base)
        side = citizen_side.citizen_side(base, dialogue, case_client)
    out = None
    if only in (None, "jobs"):
        from solvefirst.wiring import case_side, citizen_side

        runs = runs or background(base)
        case_side.register(base, runs)
        citizen_side.register(base, runs)
        desk = desk or case_side.lone_desk(base)
        out = case_side.push(base, desk, side.router if side is not None else None)
    jobs = runs if out is not None else None
    return Process(base, service, desk, dialogue, side, jobs, staff_side, out)


def _metrics_routes(base: Foundation, only: str | None) -> list[BaseRoute]:
    """Make the route of metrics; none without a token, so that `/metrics` is not found."""
    token = base.settings.metrics_token
    if token is None:
        return []
    from solvefirst.metrics import endpoint

    stores = {"bot": base.stores.bot, "api": base.stores.api}
    return endpoint.router(
        token.get_secret_value(),
        registry=base.metrics,
        supervisor=base.supervisor,
        stores=stores if only in (None, "jobs") else {only: stores[only]},
        clock=base.clock,
    ).routes


def web_app(process: Process, only: str | None = None) -> FastAPI:
    """Make what a web server serves of a process: its routes, started and stopped with it."""
    whole = process.case_service or FastAPI(title="SolveFirst", openapi_url=None)
    checks = {
        name: health.store_check(store, table) for name, store, table in _tables(process.base, only)
    }
    checks["loops"] = process.base.supervisor.ready
    if process.dialogue is not None:
        checks["engine"] = process.dialogue.ready
    side = process.citizen_side
    first = [*side.router.routes] if side is not None else []
    # Ahead of the case service's routes: the REST channel is asked far more often than all others,
    # and the readiness of the whole process covers that of the case service.
    first += health.router(checks, process.base.supervisor).routes
    whole.router.routes[:0] = [*first, *_metrics_routes(process.base, only)]

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with process.running():
            yield

    whole.router.lifespan_context = lifespan
    return whole
