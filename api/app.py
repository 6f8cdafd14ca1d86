"""Wire the case service as one ASGI app from its dependencies."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.service import view
from api.domain.attachments.attachment import AttachmentRule
from api.figures import routes as figures
from api.live import routes as live
from api.people.service.tokens import TokenCheck
from api.ports import Background, Files, Understanding
from api.privacy import routes as privacy
from api.routes import documentation, problems
from api.routes.cases import attachments, calls, cases, deliveries, intake, moves, together
from api.routes.catalogue import catalogue_router
from api.routes.context import Context
from api.routes.guard import ApiGuard
from api.routes.people import citizens, identity
from api.services.attachments.uploads import Uploads
from api.services.cases.numbers import CaseNumbers
from api.services.desk import ServiceDesk, nobody_listens
from api.store.attachments.files import MemoryFiles, SealedFiles
from api.webhooks import routes as webhooks
from api.webhooks.service import enqueue
from kernel.clock import Clock
from kernel.database.database import Database
from kernel.ids import Ids
from kernel.privacy.crypto import Keyring

LISTENERS = (enqueue,)
"""Slices that receive new events of cases, in the transaction that appends them."""

PAGES = "api.pages"
"""Module of the console's pages, loaded at the first request for a page."""


def build(
    *,
    database: Database,
    clock: Clock,
    ids: Ids,
    keyring: Keyring,
    catalogue: Catalogue,
    service_token: str,
    files: Files | None = None,
    attachment_rule: AttachmentRule | None = None,
    streamed: frozenset[tuple[str, str]] = frozenset(),
    ring: Callable[[str], None] | None = None,
    survey_at_once: bool = False,
    understanding: Understanding | None = None,
    background: Background | None = None,
    version: str = "1",
) -> FastAPI:
    """Wire the service.

    It opens no resources. The caller migrates the database (`api.migrations`) before the first
    request and closes it after the last.

    Args:
        database: the service's own store.
        clock: the time of all records.
        ids: makes identifiers and access codes.
        keyring: encrypts personal data.
        catalogue: the city's catalogue.
        service_token: the token of our own processes, which act for citizens.
        files: stores attachments; without it they are in memory.
        attachment_rule: limits of size and number of attachments.
        streamed: methods and paths of other packages in this process that limit bodies themselves.
        ring: signals a topic, such as `api.live.service.parts.topic`.
        survey_at_once: start the survey at the moment of the reply, for a demo.
        understanding: learns from staff's corrections of categories.
        background: runs long jobs.
        version: shown in the documentation.
    """
    rule = catalogue.city.survey
    desk = ServiceDesk(
        catalogue=catalogue,
        keyring=keyring,
        clock=clock,
        ids=ids,
        listeners=LISTENERS,
        attachment_rule=attachment_rule or AttachmentRule(),
        ring=ring or nobody_listens,
        survey_rule=replace(rule, after=None) if survey_at_once else rule,
        understanding=understanding,
        background=background,
    )
    app = FastAPI(
        version=version,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_operation_id,
        # No redirects for a trailing slash: the client would send the token a second time.
        redirect_slashes=False,
    )
    sealed = SealedFiles(files or MemoryFiles(), keyring)
    app.state.context = Context(
        database=database,
        desk=desk,
        gate=TokenCheck(database, service_token),
        numbers=CaseNumbers(database, clock),
        files=sealed,
        uploads=Uploads(database, desk, sealed),
    )
    app.add_middleware(ApiGuard, ids=ids, streamed=attachments.STREAMED | streamed)
    problems.install(app)
    app.include_router(catalogue_router(view(catalogue)))
    app.router.routes.extend(_routes())
    documentation.install(app)
    return app


@cache
def _routes() -> list[BaseRoute]:
    """Collect the routes of every app, once in a process.

    `FastAPI.include_router` would build the models of each route again for each app.
    """
    shared = APIRouter(generate_unique_id_function=_operation_id)
    shared.include_router(cases.router)
    shared.include_router(moves.router)
    shared.include_router(together.router)
    shared.include_router(citizens.router)
    shared.include_router(attachments.router)
    shared.include_router(privacy.router)
    shared.include_router(identity.router)
    shared.include_router(live.router)
    shared.include_router(intake.router)
    shared.include_router(calls.router)
    shared.include_router(deliveries.router)
    shared.include_router(figures.router)
    shared.include_router(figures.supervision_router)
    shared.include_router(webhooks.router)
    return shared.routes


def _operation_id(route: APIRoute) -> str:
    return route.name
