"""The case service, its console and what reaches out, put together; imported where it runs."""

from datetime import datetime

from fastapi import APIRouter, FastAPI

import api.app
from api.console.app import Console, mount
from api.console.attachments import STREAMED
from api.console.context import ConsoleContext
from api.console.demo import demo_accounts
from api.domain.attachment import AttachmentRule
from api.jobs.retention import expire
from api.jobs.tidying import tidy_citizens
from api.ports import Files
from api.routes.context import Context
from api.services.desk import Desk
from api.services.staff import Door
from api.store.files import LocalFiles
from kernel.jobs.port import CronHandler
from solvefirst import models
from solvefirst.foundation import Foundation
from solvefirst.push import Push


def case_service(base: Foundation, streamed: frozenset[tuple[str, str]]) -> FastAPI:
    """Put the case service together; `streamed` is what others serve beside it."""
    return api.app.build(
        database=base.stores.api,
        clock=base.clock,
        ids=base.ids,
        keyring=base.keyring,
        catalogue=base.catalogue,
        service_token=base.service_token,
        files=files(base),
        attachment_rule=AttachmentRule(
            size=base.settings.attachment_megabytes * 1024 * 1024,
            origin_waiting=base.settings.limit_waiting_files,
            origin_size=base.settings.limit_waiting_megabytes * 1024 * 1024,
        ),
        streamed=streamed | STREAMED,
        ring=base.bell.ring,
        survey_at_once=base.settings.demo,
        understanding=models.behind_cases(base.settings, base.catalogue),
    )


def desk_of(service: FastAPI) -> Desk:
    """Give the desk of the case service."""
    context: Context = service.state.context
    return context.desk


def lone_desk(base: Foundation) -> Desk:
    """Make the desk of a process that only runs jobs."""
    return Desk(base.catalogue, base.keyring, base.clock, base.ids, ring=base.bell.ring)


def files(base: Foundation) -> Files:
    """Open the folder in which the case service keeps what citizens send."""
    return LocalFiles(base.settings.var / "files")


def console(base: Foundation, service: FastAPI) -> Console:
    """Hang the staff console into the process of the case service."""
    context: Context = service.state.context
    settings = base.settings
    return mount(
        service,
        ConsoleContext(
            database=base.stores.api,
            desk=context.desk,
            door=Door(base.stores.api, base.clock, base.ids, base.keyring, demo=settings.demo),
            bell=base.bell,
            numbers=context.numbers,
            files=context.files,
            uploads=context.uploads,
            origins=frozenset(settings.allowed_origins),
            demo=demo_accounts() if settings.demo else (),
        ),
    )


def push(base: Foundation, desk: Desk, here: APIRouter | None) -> Push:
    """Put together what reaches out by itself; `here` are the citizen's side's own routes."""
    return Push.build(
        base.stores.api, desk, base.bell, here, private=base.settings.webhooks_private
    )


def tidying(base: Foundation) -> CronHandler:
    """Make the nightly job of the case service: what may no longer be kept is dropped."""
    database, clock = base.stores.api, base.clock
    desk = Desk(base.catalogue, base.keyring, clock, base.ids)
    periods = base.settings.periods

    async def tidy_case_service(_: datetime) -> None:
        while await database.run_long(expire, clock.now(), periods):
            pass
        await tidy_citizens(database, desk, files(base))

    return tidy_case_service
