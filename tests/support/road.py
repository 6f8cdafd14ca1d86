"""The road out in one process: hooks and web channels as the bot has them, and a sender."""

import asyncio
import re

from citizens import KEYRING, TEXTS, says
from prometheus_client import CollectorRegistry
from pushes import SECRET, contact_points, event
from scraping import Scraped

from api.client import ApiUnavailable
from bot.outbound.counts import Counts
from bot.outbound.delivery import Delivery
from bot.outbound.rates import RateGate
from bot.outbound.sending import Sending
from bot.store.envelope import Envelopes
from kernel.supervisor import Supervisor
from solvefirst.metrics.endpoint import written

NOTE = re.compile(r"note \d+|\d+: .*")


class CaseServiceDouble:
    """A case service that takes reports, or is away."""

    def __init__(self):
        self.away = False
        self.reports = []

    async def __call__(self, reports):
        if self.away:
            raise ApiUnavailable("away")
        self.reports += [(item.event, item.outcome) for item in reports.items]


class Road:
    """One process: hooks and web channels as the bot has them, and a sender of our own."""

    def __init__(self, place, engine, wire, *, process="p1", total=1000, chat=1000):
        self.place, self.wire = place, wire
        self.delivery_reports = CaseServiceDouble()
        self.counted = CollectorRegistry()
        self.bot = place.bot(engine, hook_secrets=[SECRET], report=self.delivery_reports)
        envelopes = Envelopes(KEYRING)
        self.sending = Sending(
            channel="telegram",
            sender=wire,
            database=place.database,
            envelopes=envelopes,
            delivery=Delivery(place.database, envelopes, place.bell, TEXTS, ["telegram"]),
            bell=place.bell,
            clock=place.clock,
            supervisor=Supervisor(place.clock),
            process=process,
            gate=RateGate(place.clock, total=total, chat=chat),
            counts=Counts(self.counted),
        )

    async def citizen(self, address="a", channel="telegram", text="hello", id_="1"):
        """Have somebody write, so that there is a conversation; give its contact point."""
        await self.write(text, id_, address, channel)
        await self.send()
        return (await contact_points(self.place.database))[-1]

    async def write(self, text, id_, address="a", channel="telegram"):
        """Have a citizen write and the bot answer, with nobody waiting for the replies."""
        inbound = says(text, id_, address=address, channel=channel)
        if channel == "rest":
            await self.bot.intake.handle(inbound)
            return
        self.bot.intake.go_on(await self.bot.intake.receive(inbound))
        await self.bot.turns.idle()

    async def push(self, number, contact_point, **kw):
        return await self.bot.hooks.take(event(number, contact_point, **kw))

    async def send(self):
        """Send what may be sent now."""
        await self.sending.look()
        while self.sending._busy:  # pushes are spread out, so time has to pass a little
            await asyncio.sleep(0.002)
            self.place.clock.advance(milliseconds=1)

    async def report(self):
        while await self.bot.reports.tell():
            pass
        return self.delivery_reports.reports

    def outcomes(self):
        """Count the attempts so far, by kind and outcome."""
        return {
            (labels["kind"], labels["outcome"]): int(value)
            for labels, value in Scraped(written(self.counted, ()).decode()).labelled(
                "solvefirst_sendings_total"
            )
        }

    def notes(self, address=None):
        found = (NOTE.search(text) for text in self.wire.texts(address))
        return [match[0] for match in found if match]
