"""Wire the citizen's side from its dependencies; no setting is read here."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter
from prometheus_client import CollectorRegistry

from api.client import ApiClient
from bot.channels.port import Channel
from bot.channels.rest.channel import RestChannel
from bot.channels.telegram import CHANNEL as TELEGRAM
from bot.channels.telegram import Options
from bot.channels.web import files as webfiles
from bot.dialogue.desk import Handover
from bot.dialogue.engine.port import Engine
from bot.dialogue.turns import Times
from bot.http import PlainRoute
from bot.inbound.attachments import Keep, keeper
from bot.inbound.danger import Emergency
from bot.inbound.quotas import Allowed, Quotas
from bot.limits import SenderLimiter
from bot.live.watch import OutageLimits
from bot.outbound.counts import Counts
from bot.outbound.delivery import Delivery
from bot.outbound.hooks import Live
from bot.outbound.rates import QuietHours, RateGate
from bot.outbound.reports import Report
from bot.outbound.sender import Sender
from bot.parts import BotParts
from bot.privacy.exports import PATH as EXPORT
from bot.running import Bot
from bot.store.envelope import Envelopes
from bot.store.process_lock import ProcessLock
from bot.texts import CitizenTexts
from kernel.bell.port import Bell
from kernel.clock import Clock
from kernel.database.database import Database
from kernel.ids import Ids
from kernel.limiter.port import Limiter
from kernel.privacy.crypto import Keyring
from kernel.supervisor import Supervisor

STREAMED = webfiles.STREAMED
"""Requests whose body size no middleware may limit: method and path."""


@dataclass(frozen=True, slots=True)
class MessageRate:
    """Rate limit of one sender: `burst` messages at once, then `per_second`."""

    burst: int = 60
    per_second: float = 2.0

    def limiter(self) -> SenderLimiter:
        """Make a limiter of one channel."""
        return SenderLimiter(self.burst, self.per_second)


def build(
    *,
    database: Database,
    engine: Engine,
    clock: Clock,
    ids: Ids,
    keyring: Keyring,
    bell: Bell,
    emergency: Emergency,
    texts: CitizenTexts,
    demo: bool = False,
    service_token: str | None = None,
    allowed_origins: Sequence[str] = (),
    desk: Handover | None = None,
    times: Times | None = None,
    patience: OutageLimits | None = None,
    pace: MessageRate | None = None,
    allowed: Allowed | None = None,
    limiter: Limiter | None = None,
    telegram: Options | None = None,
    keep: Keep | None = None,
    client: ApiClient | None = None,
    hook_secrets: Sequence[str] = (),
    live: Live | None = None,
    report: Report | None = None,
    quiet: QuietHours | None = None,
    gate: RateGate | None = None,
    supervisor: Supervisor | None = None,
    metrics: CollectorRegistry | None = None,
    channels: Sequence[Channel] = (),
) -> Bot:
    """Wire the citizen's side.

    Args:
        database: migrated with `bot.migrations`.
        emergency: detects danger from words alone; runs before everything else.
        texts: with `city` and `hotline` among its common parameters, in each language.
        demo: accepts REST calls without a token.
        service_token: the token of REST calls outside demo mode; without one all are refused.
        allowed_origins: origins that may open the web chat's socket besides the page's own.
        desk: receives the messages of conversations in which staff answer.
        patience: how long such a conversation waits for a desk that cannot be reached.
        allowed: the limits of one network address and of all addresses together.
        limiter: counts these limits, by default in memory; with a server, for all processes.
        telegram: the connection of the city's Telegram bot, if it has one.
        client: stores citizens' files and exports a citizen's data; without it citizens are told
            that files are not stored.
        keep: stores the files of Telegram instead of the client.
        hook_secrets: secrets that sign case events; without one no event is accepted.
        live: handles the events of live talks, instead of `bot.live.news`.
        report: sends delivery reports of pushes to the case service.
        quiet: hours in which pushes wait, on channels that notify a telephone.
        supervisor: runs the loops; by default a new one.
        gate: Telegram's rate limit; by default 28 messages a second, one a second to a chat.
        metrics: the registry that counts results of sending.
        channels: further channels, such as `examples/sms`.
    """
    times, pace = times or Times(), pace or MessageRate()
    envelopes = Envelopes(keyring)
    pushed = (TELEGRAM, *(channel.name for channel in channels))
    parts = BotParts(
        database=database,
        envelopes=envelopes,
        delivery=Delivery(database, envelopes, bell, texts, pushed),
        texts=texts,
        clock=clock,
        ids=ids,
        bell=bell,
        supervisor=supervisor or Supervisor(clock),
        process=ids.new("bot"),
    )
    turns = parts.turns(engine, desk, times)
    intake = parts.intake(turns, emergency, patience=times.engine + 3.0)
    files = parts.files(client)
    quotas = Quotas(clock, limiter, allowed)
    rest = RestChannel(
        intake=intake,
        engine=engine,
        clock=clock,
        ids=ids,
        rate=pace.limiter(),
        quotas=quotas,
        token=service_token,
        demo=demo,
    )
    web = parts.web(intake, pace.limiter(), quotas, allowed_origins, files)
    # One flat router: each level of included routers costs every request a search.
    router = APIRouter(route_class=PlainRoute)
    rest.add_to(router)
    web.add_to(router)
    if client is not None:
        router.add_api_route(EXPORT, parts.exports(client).download, include_in_schema=False)
    hooks = parts.hooks(hook_secrets, live) if hook_secrets else None
    if hooks is not None:
        hooks.add_to(router)
    service = None
    senders: list[tuple[str, Sender, RateGate]] = []
    if telegram is not None:
        gate = gate or RateGate(clock)
        if keep is None and files is not None:
            keep = keeper(files, TELEGRAM)
        service = parts.telegram(telegram, intake, pace.limiter(), gate, keep)
        service.add_to(router)
        senders.append((TELEGRAM, service.sender, gate))
    for channel in channels:
        channel.add_to(router, intake)
        senders.append((channel.name, channel, channel.gate))
    return Bot(
        router,
        intake,
        parts.delivery,
        turns,
        web,
        database,
        clock,
        _process_lock(database),
        service,
        parts.sending(senders, quiet, Counts(metrics)),
        hooks,
        parts.reports(report) if report is not None else None,
        parts.watch(client, patience) if desk is not None and client is not None else None,
    )


def _process_lock(database: Database) -> ProcessLock | None:
    path = database.engine.url.database
    return ProcessLock(Path(path)) if database.dialect == "sqlite" and path else None
