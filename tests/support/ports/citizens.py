"""Uses of ports on the citizens' side: the store, the bell, the engine and the case API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, Self

from citizens import TEXTS, ScriptedEngine, Town, says, town
from doubles import BellDouble, DatabaseDouble, Trouble
from pushes import SECRET, Wire, contact_points, event, rows
from sqlalchemy import select

from bot.channels.telegram import Options
from bot.channels.telegram.update import ChatMessage, File
from bot.dialogue.turns import Times
from bot.message import Reply
from bot.outbound.rates import QuietHours, RateGate
from bot.running import Bot
from bot.store.tables import outbox
from ports.use import LONG, QUICK, Use

OPTIONS = Options("1:x", "s", "http://127.0.0.1:9")
NEVER = QuietHours(time.min, time.min)
ANSWER = "1: hello"
MOMENT = datetime(2026, 3, 2, tzinfo=UTC)


class OfCitizens(Use):
    """A use on the citizens' side, which is put together with a channel that records."""

    place: Town
    bot: Bot
    engine: ScriptedEngine
    wire: Wire

    @asynccontextmanager
    async def opened(self, url: str, folder: Path, ids: Any) -> AsyncIterator[Self]:
        async with town(url, self.clock, ids) as self.place:
            self.engine, self.wire, self.reported = ScriptedEngine(), Wire(), list[str]()
            real = self.place.database, self.place.bell
            self.stand_before()
            self.bot = self.place.bot(self.engine, **self.options())
            self.place.database, self.place.bell = real
            for sending in self.bot.sending:
                sending._sender = self.wire
            try:
                yield self
            finally:
                await self.supervisor.stop(0)
                if self.bot.telegram is not None:
                    await self.bot.telegram.close()

    def stand_before(self) -> None:
        """Put the double before the port, ahead of the making of the bot."""

    def options(self) -> dict[str, Any]:
        """Give what the bot is made with."""
        return {
            "telegram": OPTIONS,
            "hook_secrets": [SECRET],
            "report": self.report,
            "quiet": NEVER,
            "gate": RateGate(self.clock, total=1000, chat=1000),
            "supervisor": self.supervisor,
        }

    async def report(self, reports: Any) -> None:
        """Take reports as the case service does."""
        self.reported += [item.event for item in reports.items]

    async def texts(self) -> list[str]:
        """What has been said to the citizen, whether it went out already or not."""
        said = await self.place.database.read(
            lambda tx: tx.execute(select(outbox.c.body).order_by(outbox.c.event)).scalars().all()
        )
        opened = [self.bot.turns._envelopes.open_said(body) for body in said]
        return [item.text for item in opened if isinstance(item, Reply)]


class ThroughDatabase(OfCitizens):
    """A use of the citizens' store."""

    port = "database"

    def stand_before(self) -> None:
        self.place.database = DatabaseDouble(self.place.database, self.double)  # type: ignore[assignment]


class LeftMessage(ThroughDatabase):
    loop = "turns"
    row = "a message that a dead process left"
    citizen_hears = "the answer, once"

    async def begin(self) -> None:
        await self.bot.intake.receive(says("hello", "1"))

    async def done(self) -> bool:
        return ANSWER in await self.texts()

    async def check(self) -> None:
        assert (await self.texts()).count(ANSWER) == 1


class Waiting(OfCitizens):
    """A reply that waits for the sender of Telegram."""

    loop = "sending:telegram"
    row = "a reply in the outbox"
    citizen_hears = "the reply, once"

    async def begin(self) -> None:
        receipt = await self.bot.intake.receive(says("hello", "1", channel="telegram", address="5"))
        self.bot.intake.go_on(receipt)
        await self.bot.turns.idle()

    async def done(self) -> bool:
        return {status for _, status, _ in await rows(self.place.database)} == {"sent"}

    async def check(self) -> None:
        assert self.wire.texts().count(ANSWER) == 1


class WaitingInDatabase(Waiting, ThroughDatabase):
    """Sent while the store makes trouble."""


class WaitingForBell(Waiting):
    """Sent while nobody can listen to the bell: rows are found without it, and the loop is well."""

    port = "bell"
    endures = True

    def stand_before(self) -> None:
        self.place.bell = BellDouble(self.place.bell, self.double)  # type: ignore[assignment]

    async def shows(self) -> bool:
        return self.state.last_error is not None


class Untold(OfCitizens):
    """The end of a push that the case service does not know of yet."""

    loop = "reports"
    row = "the end of a push, to be reported"
    citizen_hears = "nothing: the push has arrived"

    async def begin(self) -> None:
        await Waiting.begin(self)  # type: ignore[arg-type]
        (citizen,) = await contact_points(self.place.database)
        assert self.bot.hooks is not None
        await self.bot.hooks.take(event(1, citizen))
        sending = self.supervisor._loops["sending:telegram"]
        sending.start()
        await self.until(lambda: Waiting.done(self))  # type: ignore[arg-type]
        await sending.stop()

    async def done(self) -> bool:
        return not any(report for *_, report in await rows(self.place.database))

    async def check(self) -> None:
        # Telling twice is harmless: of one event the last report counts.
        assert set(self.reported) == {"evt_1"}
        assert len(self.wire.sent) == len(set(self.wire.sent))


class UntoldInDatabase(Untold, ThroughDatabase):
    """Reported while the store makes trouble."""


class UntoldToApi(Untold):
    """Reported while the case service makes trouble."""

    port = "case API"

    def options(self) -> dict[str, Any]:
        return super().options() | {"report": self.double.before(self.report)}


class LeftAlbum(ThroughDatabase):
    loop = "telegram-albums"
    row = "an album whose parts a dead process left"
    citizen_hears = "the answer, once"

    async def begin(self) -> None:
        dead = self.place.bot(ScriptedEngine(), telegram=OPTIONS).telegram
        assert dead is not None
        files = (File("f1", "a.jpg", "image/jpeg"),)
        await dead.channel.albums.keep(
            ChatMessage(5, 1, "m5.1", "hello", MOMENT, "zh", files=files, album="9")
        )
        await dead.channel.albums.stop()
        await dead.close()

    async def done(self) -> bool:
        return ANSWER in await self.texts()

    async def check(self) -> None:
        assert (await self.texts()).count(ANSWER) == 1


class AskingEngine(OfCitizens):
    """A message that the engine fails to answer; the loop itself fares well."""

    port = "engine"
    loop = "turns"
    row = "a message in the inbox"
    citizen_hears = "once that it is kept, then the answer"

    def stand_before(self) -> None:
        self.engine.answer = self.double.before(self.engine.echo)

    def options(self) -> dict[str, Any]:
        engine = QUICK if self.trouble is Trouble.HANGS else LONG
        return super().options() | {"times": Times(engine=engine)}

    async def begin(self) -> None:
        await self.bot.intake.receive(says("hello", "1"))

    async def done(self) -> bool:
        return ANSWER in await self.texts()

    async def shows(self) -> bool:
        return TEXTS.words("engine_down", "en") in await self.texts()

    async def check(self) -> None:
        said = await self.texts()
        assert said.count(ANSWER) == 1
        fails = self.trouble is not Trouble.LATE
        assert said.count(TEXTS.words("engine_down", "en")) == fails, "told once, not at each try"


USES = (
    LeftMessage,
    WaitingInDatabase,
    WaitingForBell,
    UntoldInDatabase,
    UntoldToApi,
    LeftAlbum,
    AskingEngine,
)
