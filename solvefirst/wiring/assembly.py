"""Wire a process from its sides (`case_side`, `citizen_side`).

`assemble` opens the stores, reads the catalogue, and wires the requested parts. The parts of one
process use each other only through ports and clients, so the same code runs as one process or as
several. Each side is imported only where it runs: the citizen's side alone starts in four fifths of
the time of both. Libraries for several processes (redis, procrastinate) are imported only if used.
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
    from bot.dialogue.engine.port import Engine
    from bot.running import Bot
    from solvefirst.wiring.push import PushParts


def _tables(base: Foundation, only: str | None) -> Iterator[tuple[str, Database, str]]:
    """Yield the stores that a process needs, each with a table that must exist."""
    if only in (None, "api"):
        yield "cases", base.stores.api, "cases"
    if only in (None, "bot"):
        yield "conversations", base.stores.bot, "conversation"
    if only == "jobs":
        yield "cases", base.stores.api, "answered"
        yield "conversations", base.stores.bot, "inbox"


def background(base: Foundation) -> Runs:
    """Make the queue of background jobs in the case service's store, for the console."""
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
    """The wired parts of one process, not yet started."""

    base: Foundation
    case_service: FastAPI | None
    desk: "ServiceDesk | None"
    dialogue: "Engine | None"
    citizen_side: "Bot | None"
    jobs: Runs | None
    console: "Console | None" = None
    push: "PushParts | None" = None

    def claim(self) -> None:
        """Take the locks for one process before the web server starts.

        If the error were raised in the server's start-up, it would be printed with a traceback.

        Raises:
            bot.store.process_lock.NotAlone: another process uses the same SQLite file.
        """
        if self.citizen_side is not None:
            self.citizen_side.claim()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start the parts in the order of their dependencies; stop them in reverse."""
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
        """Load after the start what the first message or case needs.

        These are the signs of danger on the citizen's side. For the case service they are the
        official days off and the gazetteer for titles, because a case is opened in a transaction.
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
    """Wire everything, or only the part that `only` names.

    A process with all parts migrates the stores first. With several processes `solvefirst db
    upgrade` does it once for all.

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
    """Make the route of metrics; without a token there is no route, and `/metrics` is 404."""
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
    """Make the web app of a process: its routes, started and stopped with its parts."""
    whole = process.case_service or FastAPI(title="SolveFirst", openapi_url=None)
    checks = {
        name: health.store_check(store, table) for name, store, table in _tables(process.base, only)
    }
    checks["loops"] = process.base.supervisor.ready
    if process.dialogue is not None:
        checks["engine"] = process.dialogue.ready
    side = process.citizen_side
    first = [*side.router.routes] if side is not None else []
    # Before the case service's routes: the REST channel has by far the most requests, and the
    # readiness of the whole process includes that of the case service.
    first += health.router(checks, process.base.supervisor).routes
    whole.router.routes[:0] = [*first, *_metrics_routes(process.base, only)]

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with process.running():
            yield

    whole.router.lifespan_context = lifespan
    return whole
