"""Wire the citizen's side and its dialogue engine; imported only where they run."""

import re
from datetime import timedelta
from functools import partial

from starlette.types import ASGIApp

import bot.app
import bot.running
from actions.context import Services, configure
from api.client import ApiClient
from api.domain.tasks import JobTask
from bot.channels.telegram import Options
from bot.dialogue.engine.local import load_engine
from bot.dialogue.engine.port import Engine
from bot.dialogue.engine.rasa import RasaEngine
from bot.dialogue.engine.rasa_trackers import Trackers
from bot.dialogue.turns import Times
from bot.inbound.quotas import Allowed, Quota
from bot.live.desk import LiveHandover
from bot.live.watch import OutageLimits
from bot.outbound.rates import QuietHours
from bot.privacy.retention import expire
from kernel.database.database import Database
from kernel.jobs.runs import Batch, Runs, in_batches
from kernel.limiter.port import RateLimit
from nlu.danger.emergency import detect
from solvefirst import secrets
from solvefirst.nlu import models
from solvefirst.project import ACTIONS, ROOT
from solvefirst.settings import Settings
from solvefirst.wiring.foundation import Foundation, NotConfigured


def client(base: Foundation, app: ASGIApp | None) -> ApiClient:
    """Make the actions' client; it uses ASGI when the case service is in this process."""
    limit = base.settings.api_timeout
    if app is not None:
        return ApiClient.over_asgi(app, base.service_token, timeout=limit)
    return ApiClient.over_http(str(base.settings.api_url), base.service_token, timeout=limit)


RASA_SHARE = 0.9
"""Rasa's share of a turn's time limit, so that a slow Rasa differs from a hanging turn."""


def engine(base: Foundation) -> Engine:
    """Make the dialogue engine: from the project's Rasa files, or as client of a Rasa server.

    Raises:
        bot.dialogue.engine.embedded.problems.ProjectInvalid: the files use unsupported features.
        ValueError: the URL of Rasa's tracker store is invalid.
    """
    if base.settings.engine == "rasa":
        return RasaEngine(
            base.settings.rasa_url,
            actions=base.settings.rasa_actions_url,
            limit=base.settings.engine_timeout * RASA_SHARE,
            trackers=trackers(base.settings),
        )
    return load_engine(
        base.settings.project or ROOT,
        actions_package=ACTIONS,
        clock=base.clock,
        loaders=models.loaders(base.settings, base.clock),
    )


def trackers(settings: Settings) -> Trackers:
    """Open Rasa's tracker store, to delete conversations.

    Raises:
        ValueError: its URL is invalid.
    """
    return Trackers(Database(settings.rasa_trackers, synchronous="NORMAL"))


def configure_actions(base: Foundation, case_client: ApiClient) -> None:
    """Set the services that actions call."""
    configure(Services(case_client, base.clock))


def citizen_side(base: Foundation, dialogue: Engine, case_client: ApiClient) -> bot.running.Bot:
    """Wire intake, delivery and channels."""
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
        desk=LiveHandover(case_client, texts),
        demo=settings.demo,
        service_token=base.service_token,
        allowed_origins=settings.allowed_origins,
        allowed=allowed(settings),
        limiter=base.limiter,
        times=Times(settings.engine_timeout, settings.lease, settings.sweep),
        patience=OutageLimits(limit=settings.desk_patience),
        telegram=telegram(base),
        client=case_client,
        hook_secrets=[secrets.bot_secret(base.service_token), *secrets.hook_secrets(settings)],
        report=case_client.report_deliveries,
        quiet=QuietHours(settings.quiet_from, settings.quiet_until),
        supervisor=base.supervisor,
        metrics=base.metrics,
    )


def allowed(settings: Settings) -> Allowed:
    """Return the quotas of one network address, and of all together."""
    return Allowed(
        sockets=settings.limit_sockets,
        sockets_all=settings.limit_sockets_all,
        conversations=Quota(
            RateLimit.per(3600, settings.limit_conversations),
            RateLimit.per(3600, settings.limit_conversations_all),
        ),
        messages=Quota(
            RateLimit.per(60, settings.limit_messages),
            RateLimit.per(60, settings.limit_messages_all),
        ),
    )


def register(base: Foundation, runs: Runs) -> None:
    """Register the background job of the citizen's side."""
    steps = tidying(base)
    runs.task(JobTask.TIDY_CITIZEN_SIDE, lambda run: in_batches(run, steps))
    runs.cron(JobTask.TIDY_CITIZEN_SIDE, "20 3 * * *")


def tidying(base: Foundation) -> tuple[Batch, ...]:
    """Return the steps of the nightly job that deletes the citizen side's expired data."""
    database, clock, settings = base.stores.bot, base.clock, base.settings
    keep = timedelta(days=settings.keep_bodies_days)

    async def kept_by_rasa() -> int:
        kept = trackers(settings)
        try:
            await kept.drop_old(clock.now() - keep)
        finally:
            await kept.close()
        return 0

    steps: tuple[Batch, ...] = (lambda: database.run_long(expire, clock.now(), settings.periods),)
    return (*steps, kept_by_rasa) if settings.engine == "rasa" else steps


def telegram(base: Foundation) -> Options | None:
    """Return the options of the city's Telegram bot, if it has one.

    Raises:
        NotConfigured: the token or the secret is invalid.
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
    else:  # derived: equal in every process with the key
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
