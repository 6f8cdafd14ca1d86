"""The case service as one ASGI app, put together from the parts it is handed."""

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
"""The slices that are called with new events of cases, in the transaction that appends them."""

PAGES = "api.pages"
"""The module of the console's pages, loaded when the first one is asked for."""


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
    """Put the service together.

    It opens nothing and owns nothing that needs closing: whoever hands in the database migrates it
    (`api.migrations`) before the first request and closes it after the last.

    Args:
        database: the service's own store.
        clock: the time of everything that is written.
        ids: identifiers and access codes.
        keyring: seals personal data.
        catalogue: the city.
        service_token: the token of our own processes, which speak for citizens.
        files: keeps the bytes of attachments; without it they last as long as the process.
        attachment_rule: how large and how many they may be.
        streamed: methods and paths of other rooms in this process that limit bodies themselves.
        ring: wakes those who watch a topic, `api.live.service.parts.topic` say.
        survey_at_once: ask about a reply the moment it is given, for a demo.
        understanding: what learns from staff who file a case anew.
        background: runs long work.
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
        # A URL is right or wrong: a redirect would carry the token to a second request.
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
    """Collect the routes that every app has, once in a process.

    `FastAPI.include_router` derives the models of each route anew for each app.
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
