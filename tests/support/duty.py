"""A citizen, the citizen's side, a case service and a leader: the events are carried by hand."""

from datetime import timedelta

from case_service import CaseService
from citizens import TEXTS, ScriptedEngine, says
from sqlalchemy import select

from api.contract.events import Event
from api.contract.live import OpenSession
from api.live.service import desk as live_desk
from api.live.service import sessions as live_sessions
from api.people.rules.actor import Actor, Role
from api.store.events.events import happening
from api.store.events.tables import event
from api.transport import AsgiTransport, Unreachable
from bot.dialogue.engine.port import Outcome
from bot.live.desk import LiveHandover
from bot.live.news import LiveNews
from bot.message import Reply
from bot.store.tables import conversation
from kernel.bell.local import LocalBell

LEADER = Actor("stf_1", Role.LEADER, "江小舟")
JOINED = "副市长江小舟来了，正在看您写的内容。请直接说。"


def titles(reply: Reply) -> list[str]:
    return [button.title for button in reply.buttons]


class DutyEngine(ScriptedEngine):
    """Queues who says so, as the dialogue does; the rest is echoed."""

    def __init__(self, client) -> None:
        super().__init__()
        self._client = client

    async def echo(self, turn):
        if turn.text not in ("找领导", "/talk_to_person"):
            return await super().echo(turn)
        talk = await self._client.ask_live(turn.conversation, turn.channel)
        mark = {"type": "live", "mode": talk.state, "talk": talk.id, "fence": talk.fence}
        return Outcome((Reply(f"排队 {talk.place}", custom=mark),), turn.state)


class Gone:
    """The way to a case service whose process was killed."""

    async def send(self, *_: object) -> Reply:
        raise Unreachable("connection refused")


class Scene:
    """One citizen's side and one case service; `deliver` carries the events from here to there."""

    def __init__(self, place, service: CaseService, **options: object) -> None:
        self.place, self.service, self.options = place, service, options
        self.engine = DutyEngine(service.client)
        self.start()
        self.session = ""
        self._delivered = 0
        self._messages = 0

    def start(self) -> None:
        """Begin anew, as after a kill: what is not in the tables is gone."""
        self.place.bell = LocalBell(self.place.clock)
        client = self.service.client
        self.bot = self.place.bot(
            self.engine, desk=LiveHandover(client, TEXTS), client=client, **self.options
        )
        self.news = LiveNews(
            self.place.database, self.bot.turns._envelopes, self.bot.delivery, self.place.clock
        )

    def cut(self) -> None:
        """Let the case service be out of reach from now on."""
        self.service.client._transport = Gone()

    def mend(self) -> None:
        """Let it be there again."""
        self.service.client._transport = AsgiTransport(self.service.app)

    async def looks(self, times: int = 1) -> None:
        """Let the watch over the desk look, and what it set free be done."""
        for _ in range(times):
            await self.bot.watch.look()
        await self.bot.turns.sweep()
        await self.bot.turns.idle()

    async def opens(self, minutes: int = 60) -> None:
        now = self.place.clock.now()
        order = OpenSession.model_validate(
            {
                "name": "江小舟",
                "title": {"zh": "副市长", "en": "Deputy mayor"},
                "unit": "WORKS",
                "scope": {"zh": "道路", "en": "Roads"},
                "opens_at": now,
                "closes_at": now + timedelta(minutes=minutes),
            }
        )
        self.session = (await self.leader(live_sessions.open_session, order)).id

    async def leader(self, use_case, *args, who=LEADER, **kw):
        desk = self.service.app.state.context.desk
        return await self.service.database.run(use_case, desk, who, *args, **kw)

    async def first(self):
        """Take the first in the queue."""
        shown = await self.leader(live_sessions.watch, self.session)
        return await self.leader(live_desk.claim, shown.waiting[0].id)

    async def events(self) -> list[Event]:
        def read(tx):
            rows = tx.execute(
                select(event).where(event.c.type.startswith("live.")).order_by(event.c.id)
            ).mappings()
            return [happening(row, self.service.keyring) for row in rows]

        return [
            Event(
                id=item.id,
                type=item.type,
                at=item.at,
                contact_point=item.contact_point,
                order=item.order,
                seq=item.seq,
                data=item.data,
            )
            for item in await self.service.database.read(read)
        ]

    async def deliver(self) -> None:
        """Carry what has not been carried, in order."""
        found = await self.events()
        for item in found[self._delivered :]:
            await self.news(item)
        self._delivered = len(found)

    async def say(self, text: str, message_id: str = "", address: str = "a", **kw) -> list[str]:
        self._messages += 1
        inbound = says(text, message_id or f"m{self._messages}", address=address, **kw)
        return [item.reply.text for item in (await self.bot.intake.handle(inbound)).said]

    async def hear(self, address: str = "a") -> list[Reply]:
        """What has come by itself since the last answer."""
        return [item.reply for item in await self.bot.delivery.late(await self.id(address))]

    async def id(self, address: str = "a") -> str:
        return (await self.row(address)).id

    async def mode(self, address: str = "a") -> str:
        return (await self.row(address)).mode

    async def row(self, address: str):
        index = self.bot.turns._envelopes.index_address("rest", address)
        query = select(conversation).where(conversation.c.address_index == index)
        return await self.place.database.read(lambda tx: tx.execute(query).one())

    async def lines(self, talk: str) -> list[str]:
        read = await self.leader(live_desk.transcript, talk)
        return [line.text for line in read.lines]
