"""How a process is put together: the only place where every room meets.

`assemble` opens the stores, reads the catalogue, and puts together the parts that were asked for.
The parts of one process know each other only by the ports and clients they are given, so the same
code serves as one process and as several. What only a fleet needs (redis, procrastinate) is
imported where it is chosen, as it would take up a tenth of the start of a single process.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from fastapi import FastAPI
from starlette.types import ASGIApp

import api.app
import bot.app
from actions.context import Services, configure
from api.client import ApiClient
from api.console.app import Console, mount
from api.console.attachments import STREAMED
from api.console.context import ConsoleContext
from api.console.demo import demo_accounts
from api.domain.attachment import AttachmentRule
from api.domain.catalogue import Catalogue
from api.jobs.retention import drop_answers, wipe_talks, wipe_told
from api.jobs.tidying import tidy_citizens
from api.ports import Files
from api.routes.context import Context
from api.services.desk import Desk
from api.services.staff import Door, drop_old_sessions
from api.store.catalogue import load_catalogue, shipped_catalogue
from api.store.files import LocalFiles
from bot.channels.telegram import Options
from bot.engine.embedded.runtime import create as create_embedded
from bot.engine.port import Engine
from bot.engine.rasa import RasaEngine
from bot.engine.rasa_trackers import Trackers
from bot.live import LiveDesk
from bot.quiet import QuietHours
from bot.retention import drop_sessions, forget_idle_state, wipe_bodies
from bot.texts import LANGUAGES, Texts
from bot.turns import Times
from bot.watch import Patience
from kernel.bell.local import LocalBell
from kernel.bell.port import Bell
from kernel.clock import Clock, SystemClock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.ids import Ids, RandomIds
from kernel.jobs.embedded import EmbeddedJobs
from kernel.jobs.port import Jobs
from nlu.emergency import detect
from solvefirst import health, models, secrets
from solvefirst.project import ACTIONS, ROOT
from solvefirst.push import Push, bot_secret, wire_bot
from solvefirst.settings import Settings
from solvefirst.stores import Stores
from solvefirst.warming import warm_up


class NotConfigured(Exception):  # noqa: N818 - named for the state it tells of
    """A setting that this kind of process cannot do without is missing."""


@dataclass(frozen=True, slots=True)
class Foundation:
    """What every part of a process stands on."""

    settings: Settings
    stores: Stores
    catalogue: Catalogue
    clock: Clock
    ids: Ids
    keyring: Keyring
    bell: Bell
    service_token: str

    @classmethod
    def lay(cls, settings: Settings) -> "Foundation":
        """Open what the settings name.

        Raises:
            api.store.catalogue.CatalogueInvalid: the catalogue has mistakes; all are told.
            ValueError: a URL or a key that cannot be used.
        """
        clock = SystemClock()
        return cls(
            settings=settings,
            stores=Stores.open(settings),
            catalogue=load_catalogue(settings.catalogue or shipped_catalogue()),
            clock=clock,
            ids=RandomIds(),
            keyring=Keyring.from_setting(secrets.secret_key(settings)),
            bell=_bell(settings.redis_url, clock),
            service_token=secrets.service_token(settings),
        )

    def texts(self) -> Texts:
        """Read the words that are said without the dialogue engine, in this city's name."""
        city = self.catalogue.city
        return Texts.load(
            common={
                language: {"city": city.names.get(language), "hotline": city.hotline_number}
                for language in LANGUAGES
            }
        )


def case_service(base: Foundation) -> FastAPI:
    """Put the case service together."""
    return api.app.build(
        database=base.stores.api,
        clock=base.clock,
        ids=base.ids,
        keyring=base.keyring,
        catalogue=base.catalogue,
        service_token=base.service_token,
        files=files(base),
        attachment_rule=AttachmentRule(size=base.settings.attachment_megabytes * 1024 * 1024),
        streamed=bot.app.STREAMED | STREAMED,
        ring=base.bell.ring,
        survey_at_once=base.settings.demo,
        understanding=models.behind_cases(base.settings, base.catalogue),
    )


def case_desk(base: Foundation, service: FastAPI | None) -> Desk:
    """Give the desk of the case service, or one of its own to a process that only runs jobs."""
    if service is not None:
        context: Context = service.state.context
        return context.desk
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
            door=Door(base.stores.api, base.clock, base.ids, base.keyring),
            bell=base.bell,
            numbers=context.numbers,
            files=context.files,
            uploads=context.uploads,
            origins=frozenset(settings.allowed_origins),
            demo=demo_accounts() if settings.demo else (),
        ),
    )


def client(base: Foundation, app: ASGIApp | None) -> ApiClient:
    """Make the actions' client: over ASGI when the case service is in this process.

    Raises:
        NotConfigured: it is not, and nothing says where it is.
    """
    limit = base.settings.api_timeout
    if app is not None:
        return ApiClient.over_asgi(app, base.service_token, timeout=limit)
    if base.settings.api_url is None or base.settings.service_token is None:
        message = (
            "Where is the case service? Set SOLVEFIRST_API_URL, and SOLVEFIRST_SERVICE_TOKEN to the"
            " token that it was started with."
        )
        raise NotConfigured(message)
    return ApiClient.over_http(base.settings.api_url, base.service_token, timeout=limit)


RASA_SHARE = 0.9
"""Of a turn's time, what Rasa gets: its being slow is to be told from a turn that hangs."""


def engine(base: Foundation) -> Engine:
    """Make the dialogue engine: of the project's Rasa files, or the way to a Rasa server.

    Raises:
        bot.engine.embedded.problems.ProjectInvalid: the files hold what is not supported.
        ValueError: the URL of Rasa's tracker store cannot be used.
    """
    if base.settings.engine == "rasa":
        return RasaEngine(
            base.settings.rasa_url,
            actions=base.settings.rasa_actions_url,
            limit=base.settings.engine_timeout * RASA_SHARE,
            trackers=trackers(base.settings),
        )
    return create_embedded(
        base.settings.project or ROOT,
        actions_package=ACTIONS,
        clock=base.clock,
        loaders=models.loaders(base.settings, base.clock),
    )


def trackers(settings: Settings) -> Trackers:
    """Open Rasa's tracker store, to forget in.

    Raises:
        ValueError: its URL cannot be used.
    """
    return Trackers(Database(settings.rasa_trackers, synchronous="NORMAL"))


def citizen_side(base: Foundation, dialogue: Engine, case_client: ApiClient) -> bot.app.Bot:
    """Put intake, delivery and channels together."""
    settings, texts = base.settings, base.texts()
    return bot.app.build(
        database=base.stores.bot,
        engine=dialogue,
        clock=base.clock,
        ids=base.ids,
        keyring=base.keyring,
        bell=base.bell,
        emergency=partial(detect, folder=models.serving(settings)),
        texts=texts,
        desk=LiveDesk(case_client, texts),
        demo=settings.demo,
        service_token=base.service_token,
        allowed_origins=settings.allowed_origins,
        times=Times(settings.engine_timeout, settings.lease, settings.sweep),
        patience=Patience(limit=settings.desk_patience),
        telegram=telegram(base),
        client=case_client,
        hook_secrets=[bot_secret(base.service_token), *secrets.hook_secrets(settings)],
        report=case_client.report_deliveries,
        quiet=QuietHours(settings.quiet_from, settings.quiet_until),
    )


def telegram(base: Foundation) -> Options | None:
    """Tell how the city's Telegram bot is reached, if it has one.

    Raises:
        NotConfigured: the token or the secret cannot be one.
    """
    settings = base.settings
    if settings.telegram_token is None or not settings.telegram_token.get_secret_value().strip():
        return None
    token = settings.telegram_token.get_secret_value().strip()
    if not _TOKEN.fullmatch(token):
        raise NotConfigured(
            "SOLVEFIRST_TELEGRAM_TOKEN is not a token as BotFather gives it: a number, a colon and"
            " about 35 letters, without blanks."
        )
    if settings.telegram_secret is not None:
        secret = settings.telegram_secret.get_secret_value().strip()
    else:  # the same in each process that has the key
        secret = base.keyring.blind_index(token, context="telegram.secret").hex()
    if not _SECRET.fullmatch(secret):
        raise NotConfigured(
            "SOLVEFIRST_TELEGRAM_SECRET must be 16 to 256 letters, digits, _ or -, as Telegram"
            " wants it. Leave it unset to have one made from the secret key."
        )
    return Options(
        token=token,
        secret=secret,
        api_url=settings.telegram_api_url,
        webhook_url=settings.telegram_webhook_url,
    )


_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")


def _tables(base: Foundation, only: str | None) -> Iterator[tuple[str, Database, str]]:
    """Give the stores that a process stands on, each with a table that it must hold."""
    if only in (None, "api"):
        yield "cases", base.stores.api, "cases"
    if only in (None, "bot"):
        yield "conversations", base.stores.bot, "conversation"
    if only == "jobs":
        yield "cases", base.stores.api, "answered"
        yield "conversations", base.stores.bot, "inbox"


def housekeeping(base: Foundation) -> list[Jobs]:
    """Make the jobs that run by themselves; each store has its own queue."""
    stores, clock = base.stores, base.clock
    desk = Desk(base.catalogue, base.keyring, clock, base.ids)
    keep = timedelta(days=base.settings.keep_bodies_days)

    async def tidy_citizen_side(_: datetime) -> None:
        before = clock.now() - keep
        while await stores.bot.run(wipe_bodies, before):
            pass
        while await stores.bot.run(forget_idle_state, before):
            pass
        await stores.bot.run(drop_sessions, clock.now())
        if base.settings.engine == "rasa":
            kept_by_rasa = trackers(base.settings)
            await kept_by_rasa.drop_old(before)
            await kept_by_rasa.close()

    async def tidy_case_service(_: datetime) -> None:
        await stores.api.run(drop_answers, clock.now())
        await stores.api.run(wipe_told, clock.now() - keep)
        talks = timedelta(days=base.settings.keep_talks_days)
        await stores.api.run(wipe_talks, clock.now() - talks)
        await stores.api.run(drop_old_sessions, clock)
        await tidy_citizens(stores.api, desk, files(base))

    citizen_jobs = _queue(base, stores.bot)
    case_jobs = citizen_jobs if stores.api is stores.bot else _queue(base, stores.api)
    citizen_jobs.cron("tidy_citizen_side", "20 3 * * *", tidy_citizen_side)
    case_jobs.cron("tidy_case_service", "40 3 * * *", tidy_case_service)
    return [citizen_jobs] if case_jobs is citizen_jobs else [citizen_jobs, case_jobs]


def _bell(redis_url: str | None, clock: Clock) -> Bell:
    if not redis_url:
        return LocalBell(clock)
    from kernel.bell.valkey import ValkeyBell  # noqa: PLC0415 - redis, as above

    return ValkeyBell(redis_url)


def _queue(base: Foundation, database: Database) -> Jobs:
    if database.dialect == "postgresql":
        from kernel.jobs.fleet import FleetJobs  # noqa: PLC0415 - procrastinate, as said above

        return FleetJobs(database, clock=base.clock)
    return EmbeddedJobs(database, clock=base.clock, ids=base.ids, bell=base.bell)


def push(base: Foundation, service: FastAPI | None, side: bot.app.Bot | None) -> Push:
    """Put together what reaches out by itself."""
    return Push.build(
        base.stores.api,
        case_desk(base, service),
        base.bell,
        side.router if side is not None else None,
        private=base.settings.webhooks_private,
    )


@dataclass(frozen=True, slots=True)
class Process:
    """The parts of one process, put together and not yet started."""

    base: Foundation
    case_service: FastAPI | None
    dialogue: Engine | None
    citizen_side: bot.app.Bot | None
    jobs: list[Jobs]
    console: Console | None = None
    push: Push | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start the parts in the order of need; stop them in the opposite order."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.base.stores.close)
            await self.base.bell.start()
            stack.push_async_callback(self.base.bell.close)
            for queue in self.jobs:
                await queue.start()
                stack.push_async_callback(queue.stop)
            if self.console is not None:
                await self.console.start()
                stack.push_async_callback(self.console.stop)
            if self.dialogue is not None:
                stack.push_async_callback(self.dialogue.close)
            if self.citizen_side is not None:
                await self.citizen_side.start()
                stack.push_async_callback(self.citizen_side.stop)
            if self.case_service is not None or self.push is not None:
                await wire_bot(
                    self.base.stores.api,
                    case_desk(self.base, self.case_service),
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
        desk = case_desk(self.base, self.case_service) if self.case_service is not None else None
        warm_up(self.base.settings, desk, hears=self.citizen_side is not None)


def assemble(settings: Settings, only: str | None = None) -> Process:
    """Put together everything, or the one part that `only` names.

    A process that is everything brings the stores to this version first; where there are several,
    `solvefirst db upgrade` does it once for all.
    """
    base = Foundation.lay(settings)
    if only is None:
        base.stores.upgrade()
    service = case_service(base) if only in (None, "api") else None
    dialogue = side = None
    if only in (None, "bot"):
        case_client = client(base, service)
        configure(Services(case_client, base.clock))
        dialogue = engine(base)
        side = citizen_side(base, dialogue, case_client)
    jobs = housekeeping(base) if only in (None, "jobs") else []
    staff_side = console(base, service) if service is not None else None
    out = push(base, service, side) if only in (None, "jobs") else None
    return Process(base, service, dialogue, side, jobs, staff_side, out)


def web_app(process: Process, only: str | None = None) -> FastAPI:
    """Make what a web server serves of a process: its routes, started and stopped with it."""
    whole = process.case_service or FastAPI(title="SolveFirst", openapi_url=None)
    checks = {
        name: health.store_check(store, table) for name, store, table in _tables(process.base, only)
    }
    if process.dialogue is not None:
        checks["engine"] = process.dialogue.ready
    side = process.citizen_side
    first = [*side.router.routes] if side is not None else []
    # Ahead of the case service's routes: the REST channel is asked far more often than all others,
    # and the readiness of the whole process covers that of the case service.
    whole.router.routes[:0] = [*first, *health.router(checks).routes]

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with process.running():
            yield

    whole.router.lifespan_context = lifespan
    return whole
