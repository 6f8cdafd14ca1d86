"""Wire the case service, its console and its outbound loops; imported only where it runs."""

from datetime import timedelta
from functools import partial

from fastapi import APIRouter, FastAPI

from api.app import LISTENERS, PAGES, build
from api.console.app import Console, mount
from api.console.cases.attachments import STREAMED
from api.console.context import ConsoleContext
from api.console.people.demo import demo_accounts
from api.domain.attachments.attachment import AttachmentRule
from api.domain.tasks import JobTask
from api.people.service.sign_in import StaffSignIn
from api.ports import Files
from api.privacy.jobs import erase_ended, tidying_of_citizens
from api.retention import expire
from api.routes.context import Context
from api.services.desk import ServiceDesk
from api.store.attachments.files import LocalFiles
from kernel.jobs.port import Retry
from kernel.jobs.run_rows import drop_before
from kernel.jobs.runs import Batch, Runs, in_batches
from solvefirst.nlu import models
from solvefirst.nlu.training import train
from solvefirst.wiring.foundation import Foundation
from solvefirst.wiring.push import PushParts

KEEP_RUNS = timedelta(days=30)
"""How long successful background jobs are shown."""


def case_service(base: Foundation, streamed: frozenset[tuple[str, str]], runs: Runs) -> FastAPI:
    """Wire the case service; `streamed` are upload routes of other parts."""
    return build(
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
        background=runs,
    )


def desk_of(service: FastAPI) -> ServiceDesk:
    """Return the desk of the case service."""
    context: Context = service.state.context
    return context.desk


def lone_desk(base: Foundation) -> ServiceDesk:
    """Make the desk of a process that only runs jobs."""
    return ServiceDesk(
        base.catalogue, base.keyring, base.clock, base.ids, LISTENERS, ring=base.bell.ring
    )


def files(base: Foundation) -> Files:
    """Open the folder in which the case service stores citizens' files."""
    return LocalFiles(base.settings.var / "files")


def console(base: Foundation, service: FastAPI) -> Console:
    """Mount the staff console into the process of the case service."""
    context: Context = service.state.context
    settings = base.settings
    return mount(
        service,
        ConsoleContext(
            database=base.stores.api,
            desk=context.desk,
            door=StaffSignIn(
                base.stores.api, base.clock, base.ids, base.keyring, demo=settings.demo
            ),
            bell=base.bell,
            numbers=context.numbers,
            files=context.files,
            uploads=context.uploads,
            origins=frozenset(settings.allowed_origins),
            demo=demo_accounts() if settings.demo else (),
        ),
        PAGES,
    )


def push(base: Foundation, desk: ServiceDesk, here: APIRouter | None) -> PushParts:
    """Wire the outbound loops; `here` are the routes of the citizen's side in this process."""
    return PushParts.build(
        base.stores.api,
        desk,
        base.bell,
        here,
        base.supervisor,
        private=base.settings.webhooks_private,
    )


def tidying(base: Foundation) -> tuple[Batch, ...]:
    """Return the steps of the nightly job that deletes the case service's expired data."""
    database, clock = base.stores.api, base.clock
    desk = ServiceDesk(base.catalogue, base.keyring, clock, base.ids, LISTENERS)
    periods = base.settings.periods

    async def runs() -> int:
        await database.run_long(drop_before, clock.now() - KEEP_RUNS)
        return 0

    return (
        lambda: database.run_long(expire, clock.now(), periods),
        runs,
        *tidying_of_citizens(database, desk, files(base)),
    )


def register(base: Foundation, runs: Runs) -> None:
    """Register the background jobs of the case service."""
    desk = ServiceDesk(base.catalogue, base.keyring, base.clock, base.ids, LISTENERS)
    steps = tidying(base)
    runs.task(JobTask.TIDY_CASE_SERVICE, lambda run: in_batches(run, steps))
    runs.cron(JobTask.TIDY_CASE_SERVICE, "40 3 * * *")
    erase = partial(erase_ended, database=base.stores.api, desk=desk, files=files(base))
    runs.task(JobTask.ERASE_CASES, erase)
    runs.task(JobTask.TRAIN, partial(train, settings=base.settings), retry=Retry(attempts=2))
