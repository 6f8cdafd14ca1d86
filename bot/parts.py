"""The parts of the citizen's side, each made from what most of them need."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.client import ApiClient
from bot.channels.telegram import Options
from bot.channels.web.channel import WebChannel
from bot.dialogue.desk import Handover
from bot.dialogue.engine.port import Engine
from bot.dialogue.turns import Times, Turns
from bot.inbound.attachments import CitizenFiles, Keep
from bot.inbound.danger import Emergency
from bot.inbound.intake import Intake
from bot.inbound.quotas import Quotas
from bot.limits import SenderLimiter
from bot.live.news import LiveNews
from bot.live.watch import OutageLimits, OutageWatch
from bot.outbound.counts import Counts
from bot.outbound.delivery import Delivery
from bot.outbound.hooks import Hooks, Live
from bot.outbound.rates import QuietHours, RateGate
from bot.outbound.reports import Report, Reports
from bot.outbound.sender import Sender
from bot.outbound.sending import Sending
from bot.privacy.exports import Exports
from bot.store.envelope import Envelopes
from bot.texts import CitizenTexts
from kernel.bell.port import Bell
from kernel.clock import Clock
from kernel.database.database import Database
from kernel.ids import Ids
from kernel.supervisor import Supervisor

if TYPE_CHECKING:
    from bot.channels.telegram.service import TelegramService


@dataclass(frozen=True, slots=True)
class BotParts:
    """Makes each part of the citizen's side from what most of them need."""

    database: Database
    envelopes: Envelopes
    delivery: Delivery
    texts: CitizenTexts
    clock: Clock
    ids: Ids
    bell: Bell
    supervisor: Supervisor
    process: str

    def turns(self, engine: Engine, desk: Handover | None, times: Times) -> Turns:
        """Make what runs turns."""
        return Turns(
            database=self.database,
            engine=engine,
            desk=desk,
            delivery=self.delivery,
            envelopes=self.envelopes,
            texts=self.texts,
            clock=self.clock,
            process=self.process,
            times=times,
            supervisor=self.supervisor,
        )

    def intake(self, turns: Turns, emergency: Emergency, *, patience: float) -> Intake:
        """Make what accepts messages of all channels."""
        return Intake(
            database=self.database,
            turns=turns,
            delivery=self.delivery,
            envelopes=self.envelopes,
            texts=self.texts,
            emergency=emergency,
            clock=self.clock,
            ids=self.ids,
            supervisor=self.supervisor,
            patience=patience,
        )

    def files(self, client: ApiClient | None) -> CitizenFiles | None:
        """Make what stores and returns citizens' files."""
        if client is None:
            return None
        return CitizenFiles(
            client=client,
            database=self.database,
            envelopes=self.envelopes,
            clock=self.clock,
            ids=self.ids,
        )

    def web(
        self,
        intake: Intake,
        rate: SenderLimiter,
        quotas: Quotas,
        allowed_origins: Sequence[str],
        files: CitizenFiles | None,
    ) -> WebChannel:
        """Make the web chat."""
        return WebChannel(
            intake=intake,
            delivery=self.delivery,
            database=self.database,
            envelopes=self.envelopes,
            texts=self.texts,
            clock=self.clock,
            ids=self.ids,
            rate=rate,
            quotas=quotas,
            allowed_origins=allowed_origins,
            attachments=files,
        )

    def exports(self, client: ApiClient) -> Exports:
        """Make what serves a citizen's export."""
        return Exports(
            client=client,
            database=self.database,
            envelopes=self.envelopes,
            delivery=self.delivery,
            texts=self.texts,
        )

    def hooks(self, secrets: Sequence[str], live: Live | None) -> Hooks:
        """Make what receives case events."""
        return Hooks(
            database=self.database,
            envelopes=self.envelopes,
            delivery=self.delivery,
            clock=self.clock,
            secrets=secrets,
            live=live or LiveNews(self.database, self.envelopes, self.delivery, self.clock),
        )

    def telegram(
        self,
        options: Options,
        intake: Intake,
        rate: SenderLimiter,
        gate: RateGate,
        keep: Keep | None,
    ) -> "TelegramService":
        """Make the Telegram bot of the city."""
        # Importing its library takes longer than the rest of the start; few processes need it.
        from bot.channels.telegram.service import TelegramService  # noqa: PLC0415

        return TelegramService(
            options,
            intake=intake,
            delivery=self.delivery,
            database=self.database,
            envelopes=self.envelopes,
            texts=self.texts,
            clock=self.clock,
            bell=self.bell,
            rate=rate,
            gate=gate,
            process=self.process,
            supervisor=self.supervisor,
            keep=keep,
        )

    def sending(
        self,
        senders: Sequence[tuple[str, Sender, RateGate]],
        quiet: QuietHours | None,
        counts: Counts,
    ) -> tuple[Sending, ...]:
        """Make what sends, for each channel that is written to."""
        return tuple(
            Sending(
                channel=name,
                sender=sender,
                database=self.database,
                envelopes=self.envelopes,
                delivery=self.delivery,
                bell=self.bell,
                clock=self.clock,
                process=self.process,
                supervisor=self.supervisor,
                quiet=quiet,
                gate=gate,
                counts=counts,
            )
            for name, sender, gate in senders
        )

    def reports(self, report: Report) -> Reports:
        """Make what reports deliveries to the case service."""
        return Reports(
            database=self.database, bell=self.bell, supervisor=self.supervisor, report=report
        )

    def watch(self, client: ApiClient, patience: OutageLimits | None) -> OutageWatch:
        """Make what watches the desk of live talks."""
        return OutageWatch(
            client=client,
            database=self.database,
            envelopes=self.envelopes,
            delivery=self.delivery,
            texts=self.texts,
            clock=self.clock,
            patience=patience or OutageLimits(),
            supervisor=self.supervisor,
        )
