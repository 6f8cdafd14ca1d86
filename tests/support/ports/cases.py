"""Uses of ports on the case service's side, and of the case service by the citizens' side."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

from case_service import LANE, CaseService, case_service
from citizens import TEXTS, town
from doubles import DatabaseDouble, FilesDouble, TransportDouble, Trouble
from duty import Scene
from some_files import photo, stream
from sqlalchemy import func, select

import api.client.asking
from api.client import ApiUnavailable
from api.contract import ReplyCase
from api.contract.events import Event
from api.contract.signing import derived_secret
from api.jobs.surveys import SurveySweep
from api.jobs.sweep import POLL
from api.people.rules.actor import Role
from api.store.attachments.attachments import attachment
from api.store.attachments.files import MemoryFiles
from api.store.events.surveys import SURVEYS
from api.transport import AsgiTransport
from api.webhooks.jobs import Webhooks
from api.webhooks.service import wire_subscriber
from api.webhooks.tables import webhook_delivery
from bot.store.modes import Mode
from kernel.bell.local import LocalBell
from kernel.supervisor import TryAgain
from ports.use import LONG, Use

BOT = "local:/hooks/events"
ASK, ASKED = "找领导", "排队"
AWAY, BACK = (TEXTS.words(key, "zh") for key in ("live_away_waiting", "live_back"))
REPLY = ReplyCase.model_validate(
    {"claim_true": "yes", "contacted": False, "solved": "yes", "answer": "石板已经铺平"}
)
STEPS = ["case.signed_in", "case.progress", "case.progress"]


class Subscriber:
    """The far end of webhooks."""

    def __init__(self) -> None:
        self.got: list[Event] = []

    async def post(self, _: str, __: Mapping[str, str], body: bytes, *, trusted: bool) -> int:
        assert trusted
        self.got.append(Event.model_validate_json(body))
        return 200


class Delivered(Use):
    """Three events of a case on their way to the citizens' side."""

    loop = "webhooks"
    row = "three events of a case"
    citizen_hears = "each step of the case, in order"
    service: CaseService

    @asynccontextmanager
    async def opened(self, url: str, folder: Path, ids: Any) -> AsyncIterator[Self]:
        async with case_service(url, self.clock) as self.service:
            self.subscriber = Subscriber()
            desk = self.service.app.state.context.desk
            self.webhooks = Webhooks(
                self.database(), desk, LocalBell(self.clock), self.poster(), self.supervisor
            )
            await self.service.database.run(
                wire_subscriber, desk, "bot", BOT, derived_secret("a token", "bot")
            )
            try:
                yield self
            finally:
                await self.supervisor.stop(0)

    def database(self) -> Any:
        return self.service.database

    def poster(self) -> Any:
        return self.subscriber

    async def begin(self) -> None:
        case = await self.service.open()
        unit = await self.service.as_role(Role.UNIT, LANE)
        await unit.sign_in(case.number)
        await unit.progress(case.number, "one")
        await unit.progress(case.number, "two")

    async def states(self) -> list[str]:
        query = select(webhook_delivery.c.state).order_by(webhook_delivery.c.event)
        return list(await self.service.database.read(lambda tx: tx.execute(query).scalars().all()))

    async def done(self) -> bool:
        return set(await self.states()) == {"delivered"}

    async def check(self) -> None:
        assert [item.type for item in self.subscriber.got] == STEPS


class DeliveredInDatabase(Delivered):
    port = "database"

    def database(self) -> Any:
        return DatabaseDouble(self.service.database, self.double)


class DeliveredBeyond(Delivered):
    """Delivered to a subscriber that makes trouble; known again by its events' ids."""

    port = "webhooks"
    citizen_hears = (
        "each step of the case, in order; repeated under the same id where its answer was lost"
    )

    def poster(self) -> Any:
        class Poster:
            post = staticmethod(self.double.before(self.subscriber.post))

        return Poster()

    def limit(self, seconds: float) -> None:
        self.webhooks._limit = seconds

    async def shows(self) -> bool:
        query = select(func.count()).where(webhook_delivery.c.error.is_not(None))
        return bool(await self.service.database.read(lambda tx: tx.scalar(query)))

    async def check(self) -> None:
        first = list({item.id: item.type for item in self.subscriber.got}.values())
        assert first == STEPS
        assert len(self.subscriber.got) == len(STEPS) + (self.trouble is Trouble.LOST)


class Asked(Delivered):
    """A case that its unit has replied to: its citizen is to be asked what came of it."""

    port = "database"
    loop = SURVEYS
    row = "a survey that is due"
    citizen_hears = "the question, once"

    @asynccontextmanager
    async def opened(self, url: str, folder: Path, ids: Any) -> AsyncIterator[Self]:
        async with super().opened(url, folder, ids):
            desk = self.service.app.state.context.desk
            sweep = SurveySweep(DatabaseDouble(self.service.database, self.double), desk)  # type: ignore[arg-type]
            self.supervisor.loop(sweep.name, sweep.step, every=POLL.total_seconds())
            yield self

    async def begin(self) -> None:
        case = await self.service.open()
        self.number = case.number
        unit = await self.service.as_role(Role.UNIT, LANE)
        await unit.sign_in(case.number)
        await unit.reply(case.number, REPLY)
        self.clock.advance(days=1)

    async def questions(self) -> int:
        events = await self.service.events(self.number)
        return sum(event.type == "survey.asked" for event in events)

    async def done(self) -> bool:
        return await self.questions() > 0

    async def check(self) -> None:
        assert await self.questions() == 1


class Uploaded(Use):
    """A citizen's file, sent again and again by a page until it is kept."""

    port = "files"
    loop = "page"
    row = "a file that a page sends again until it is kept"
    citizen_hears = "that it is not kept now (503), at each try"
    service: CaseService

    @asynccontextmanager
    async def opened(self, url: str, folder: Path, ids: Any) -> AsyncIterator[Self]:
        self.files = FilesDouble(MemoryFiles(), self.double)
        self.kept: list[str] = []
        self.supervisor.loop("page", self._send, every=LONG)
        async with case_service(url, self.clock, files=self.files) as self.service:
            try:
                yield self
            finally:
                self.limit(api_seconds)
                self.files.mended.set()
                await self.supervisor.stop(0)

    async def _send(self) -> float | None:
        if not self.kept:
            try:
                kept = await self.service.client.keep_attachment(stream(photo()), "cnv_1", "a.jpg")
            except ApiUnavailable as error:
                raise TryAgain(str(error)) from error
            self.kept.append(kept.id)
        return None

    def limit(self, seconds: float) -> None:
        api.client.asking._FILE_SECONDS = seconds

    async def begin(self) -> None:
        """Nothing waits but the page."""

    async def done(self) -> bool:
        return bool(self.kept)

    async def check(self) -> None:
        query = select(attachment.c.id)
        rows = await self.service.database.read(lambda tx: list(tx.execute(query).scalars().all()))
        assert rows == self.kept, "what was not kept leaves no row"


api_seconds = api.client.asking._FILE_SECONDS


class Watched(Use):
    """A citizen who waits for a leader while the case service makes trouble."""

    port = "case API"
    loop = "desk-watch"
    row = "a citizen who waits for a leader"
    citizen_hears = "once that it takes longer, and when it goes on; nothing of a single failure"

    def __init__(self, *about: Any) -> None:
        super().__init__(*about)
        self.heard: list[str] = []

    @asynccontextmanager
    async def opened(self, url: str, folder: Path, ids: Any) -> AsyncIterator[Self]:
        async with case_service(url, self.clock) as service, town(url, self.clock, ids) as place:
            self.scene = Scene(place, service, supervisor=self.supervisor)
            service.client._transport = TransportDouble(AsgiTransport(service.app), self.double)
            try:
                yield self
            finally:
                await self.supervisor.stop(0)

    def limit(self, seconds: float) -> None:
        self.scene.service.client._timeout = seconds

    async def begin(self) -> None:
        await self.scene.opens()
        assert await self.scene.say(ASK) == [f"{ASKED} 1"]

    async def texts(self) -> list[str]:
        """All that has been said to the citizen besides answers."""
        self.heard += [item.text for item in await self.scene.hear()]
        return self.heard

    async def shows(self) -> bool:
        return AWAY in await self.texts()

    async def done(self) -> bool:
        if not self.trouble.lasts:
            return self.double.met
        return any(text.startswith(BACK) for text in await self.texts())

    async def check(self) -> None:
        said = await self.texts()
        assert said.count(AWAY) == self.trouble.lasts
        assert sum(text.startswith(BACK) for text in said) == self.trouble.lasts
        assert await self.scene.mode() == Mode.WAITING


USES: tuple[type[Use], ...] = (DeliveredInDatabase, DeliveredBeyond, Asked, Uploaded, Watched)
