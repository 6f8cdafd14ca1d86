"""Wire the citizen's side from its dependencies; no setting is read here."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter
from prometheus_client import CollectorRegistry

from api.client import ApiClient
from bot.channels.port import Channel
from bot.channels.rest.channel import RestChannel
from bot.channels.telegram import CHANNEL as TELEGRAM
from bot.channels.telegram import Options
from bot.channels.web import files as webfiles
from bot.channels.web.channel import WebChannel
from bot.dialogue.desk import Handover
from bot.dialogue.engine.port import Engine
from bot.dialogue.turns import Times, Turns
from bot.http import PlainRoute
from bot.inbound.attachments import CitizenFiles, Keep, keeper
from bot.inbound.intake import Emergency, Intake
from bot.inbound.quotas import Allowed, Quotas
from bot.limits import SenderLimiter
from bot.live import outages
from bot.live.news import LiveNews
from bot.live.watch import Patience, Watch
from bot.outbound.counts import Counts
from bot.outbound.delivery import Delivery
from bot.outbound.hooks import Hooks, Live
from bot.outbound.rates import Gate, QuietHours
from bot.outbound.reports import Report, Reports
from bot.outbound.sender import Sender
from bot.outbound.sending import Sending
from bot.privacy.exports import PATH as EXPORT
from bot.privacy.exports import Exports
from bot.store import holds
from bot.store import turns as store
from bot.store.envelope import Envelopes
from bot.store.sole import ProcessLock
from bot.texts import CitizenTexts
from kernel.bell.port import Bell
from kernel.clock import Clock
from kernel.database.database import Database
from kernel.ids import Ids
from kernel.limiter.port import Limiter
from kernel.privacy.crypto import Keyring
from kernel.supervisor import Supervisor

if TYPE_CHECKING:
    from bot.channels.telegram.service import TelegramService


STREAMED = webfiles.STREAMED
"""Requests whose body size no middleware may limit: method and path."""


@dataclass(frozen=True, slots=True)
class MessageRate:
    """Rate limit of one sender: `burst` messages at once, then `per_second`."""

    burst: int = 60
    per_second: float = 2.0


@dataclass(slots=True)
class Bot:
    """Citizen's side of one process. Serve `router` between `start` and `stop`."""

    router: APIRouter
    intake: Intake
    delivery: Delivery
    turns: Turns
    web: WebChannel
    _database: Database
    _clock: Clock
    _sole: ProcessLock | None
    telegram: "TelegramService | None" = None
    sending: tuple[Sending, ...] = ()
    hooks: Hooks | None = None
    reports: Reports | None = None
    watch: Watch | None = None

    def claim(self) -> None:
        """Lock the SQLite file for this process; `start` does it unless it was done before.

        Raises:
            bot.store.sole.NotAlone: another process uses the same file.
        """
        if self._sole is not None:
            self._sole.take()

    async def start(self) -> None:
        """Start the loops; they resume the work that an earlier process left.

        Raises:
            bot.store.sole.NotAlone: another process uses the same SQLite file.
        """
        self.claim()
        if self._sole is not None:
            await self._database.run(store.release_all, self._clock.now())
            await self._database.run(holds.free_all)
            await self._database.run(outages.interrupted, self._clock.now())
        self.turns.loop.start()
        for sending in self.sending:
            sending.loop.start()
        for part in (self.reports, self.watch):
            if part is not None:
                part.loop.start()
        if self.telegram is not None:
            await self.telegram.start()

    async def stop(self) -> None:
        """Stop loops and turns; unanswered messages are handled at the next start."""
        await self.web.close()
        if self.telegram is not None:
            await self.telegram.stop()
        await self.intake.idle()
        await self.turns.loop.stop()
        await self.turns.idle()
        for sending in self.sending:
            await sending.stop()
        for part in (self.reports, self.watch):
            if part is not None:
                await part.loop.stop()
        if self.telegram is not None:
            await self.telegram.close()
        if self._sole is not None:
            self._sole.free()


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
    patience: Patience | None = None,
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
    gate: Gate | None = None,
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
    times = times or Times()
    supervisor = supervisor or Supervisor(clock)
    pace = pace or MessageRate()
    envelopes = Envelopes(keyring)
    pushed = (TELEGRAM, *(channel.name for channel in channels))
    delivery = Delivery(database, envelopes, bell, texts, pushed)
    process = ids.new("bot")
    attachments = (
        CitizenFiles(client=client, database=database, envelopes=envelopes, clock=clock, ids=ids)
        if client is not None
        else None
    )
    turns = Turns(
        database=database,
        engine=engine,
        desk=desk,
        delivery=delivery,
        envelopes=envelopes,
        texts=texts,
        clock=clock,
        process=process,
        times=times,
        supervisor=supervisor,
    )
    intake = Intake(
        database=database,
        turns=turns,
        delivery=delivery,
        envelopes=envelopes,
        texts=texts,
        emergency=emergency,
        clock=clock,
        ids=ids,
        supervisor=supervisor,
        patience=times.engine + 3.0,
    )
    quotas = Quotas(clock, limiter, allowed)
    rest = RestChannel(
        intake=intake,
        engine=engine,
        clock=clock,
        ids=ids,
        rate=SenderLimiter(pace.burst, pace.per_second),
        quotas=quotas,
        token=service_token,
        demo=demo,
    )
    web = WebChannel(
        intake=intake,
        delivery=delivery,
        database=database,
        envelopes=envelopes,
        texts=texts,
        clock=clock,
        ids=ids,
        rate=SenderLimiter(pace.burst, pace.per_second),
        quotas=quotas,
        allowed_origins=allowed_origins,
        attachments=attachments,
    )
    # One flat router: each level of included routers costs every request a search.
    router = APIRouter(route_class=PlainRoute)
    rest.add_to(router)
    web.add_to(router)
    if client is not None:
        exports = Exports(
            client=client,
            database=database,
            envelopes=envelopes,
            delivery=delivery,
            texts=texts,
        )
        router.add_api_route(EXPORT, exports.download, include_in_schema=False)
    hooks = None
    if hook_secrets:
        hooks = Hooks(
            database=database,
            envelopes=envelopes,
            delivery=delivery,
            clock=clock,
            secrets=hook_secrets,
            live=live or LiveNews(database, envelopes, delivery, clock),
        )
        hooks.add_to(router)
    service: "TelegramService | None" = None  # noqa: UP037 - the name is bound further down
    senders: list[tuple[str, Sender, Gate]] = []
    if telegram is not None:
        # Importing its library takes longer than the rest of the start; only some processes need
        # it.
        from bot.channels.telegram.service import TelegramService  # noqa: PLC0415

        gate = gate or Gate(clock)
        service = TelegramService(
            telegram,
            intake=intake,
            delivery=delivery,
            database=database,
            envelopes=envelopes,
            texts=texts,
            clock=clock,
            bell=bell,
            rate=SenderLimiter(pace.burst, pace.per_second),
            gate=gate,
            process=process,
            supervisor=supervisor,
            keep=keep or (keeper(attachments, TELEGRAM) if attachments is not None else None),
        )
        service.add_to(router)
        senders.append((TELEGRAM, service.sender, gate))
    for channel in channels:
        channel.add_to(router, intake)
        senders.append((channel.name, channel, channel.gate))
    counts = Counts(metrics)
    sending = tuple(
        Sending(
            channel=name,
            sender=sender,
            database=database,
            envelopes=envelopes,
            delivery=delivery,
            bell=bell,
            clock=clock,
            process=process,
            supervisor=supervisor,
            quiet=quiet,
            gate=its_gate,
            counts=counts,
        )
        for name, sender, its_gate in senders
    )
    path = database.engine.url.database
    sole = ProcessLock(Path(path)) if database.dialect == "sqlite" and path else None
    reports = (
        Reports(database=database, bell=bell, supervisor=supervisor, report=report)
        if report is not None
        else None
    )
    watch = None
    if desk is not None and client is not None:
        watch = Watch(
            client=client,
            database=database,
            envelopes=envelopes,
            delivery=delivery,
            texts=texts,
            clock=clock,
            patience=patience or Patience(),
            supervisor=supervisor,
        )
    return Bot(
        router,
        intake,
        delivery,
        turns,
        web,
        database,
        clock,
        sole,
        service,
        sending,
        hooks,
        reports,
        watch,
    )
