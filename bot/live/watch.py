"""Watch the desk, and inform citizens in a live talk when it cannot be reached.

The desk belongs to the case service. When that cannot be reached, each citizen who waits for or
talks to a leader is told once what happened and what is stored. When it is back, they are told that
the talk goes on. After `patience` the conversation goes back to the bot, with words. The case
service is informed as soon as it can be reached. The talk then ends, unless a leader has taken it
meanwhile (the fence decides).
"""

from dataclasses import dataclass
from datetime import timedelta

from structlog import get_logger

from api.client import ApiClient, ApiProblem, ApiUnavailable
from api.contract.live import TalkOut
from bot.live import outages
from bot.live.outages import HandedOverConversation, OutageStep
from bot.message import Button, Reply
from bot.outbound.delivery import Delivery
from bot.outbound.live_words import ASK_AGAIN, FILE, waiting
from bot.store.envelope import Envelopes
from bot.store.modes import Mode, OutageNotice
from bot.texts import CitizenTexts
from kernel.clock import Clock
from kernel.database.database import Database
from kernel.supervisor import Loop, Supervisor

MISSES = 2
"""Failed checks in a row until the desk counts as unreachable: a restart is not announced."""

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OutageLimits:
    """Seconds between two checks, and until a citizen is handed back to the bot."""

    pause: float = 2.0
    limit: float = 180.0


class OutageWatch:
    """Checks the desk for conversations with staff. Several processes may do so in parallel."""

    def __init__(
        self,
        *,
        client: ApiClient,
        database: Database,
        envelopes: Envelopes,
        delivery: Delivery,
        texts: CitizenTexts,
        clock: Clock,
        patience: OutageLimits,
        supervisor: Supervisor,
    ) -> None:
        self._client = client
        self._database = database
        self._envelopes = envelopes
        self._delivery = delivery
        self._texts = texts
        self._clock = clock
        self._patience = patience
        self._misses = 0
        self.loop: Loop = supervisor.loop("desk-watch", self.look, every=patience.pause)

    async def look(self) -> None:
        """Check the desk once."""
        if not await self._database.read(outages.anyone):
            self._misses = 0
        elif await self._reachable():
            self._misses = 0
            await self._back()
        else:
            self._misses += 1
            if self._misses == MISSES:
                logger.error("desk_unreachable")
            if self._misses >= MISSES:
                await self._away()

    async def _reachable(self) -> bool:
        try:
            await self._client.live_session()
        except ApiUnavailable:
            return False
        except ApiProblem:  # it answers
            return True
        except Exception:
            # After any error citizens must be informed.
            logger.exception("desk_asked_in_vain")
            return False
        return True

    async def _away(self) -> None:
        for stranded in await self._database.read(outages.untold):
            key = "live_away_live" if stranded.mode is Mode.LIVE else "live_away_waiting"
            await self._step(stranded, stranded.mode, OutageNotice.TOLD, self._reply(key, stranded))
        before = self._clock.now() - timedelta(seconds=self._patience.limit)
        for stranded in await self._database.read(outages.overdue, before):
            file = Button(self._texts.words("live_button_file", stranded.language), FILE)
            words = self._reply("live_away_handed", stranded, file)
            await self._step(stranded, Mode.BOT, OutageNotice.HANDED, words, at_once=True)

    async def _back(self) -> None:
        for stranded in await self._database.read(outages.marked):
            try:
                if stranded.away is OutageNotice.TOLD:
                    await self._go_on(stranded)
                else:
                    await self._make_up(stranded)
            except ApiUnavailable:
                return

    async def _go_on(self, stranded: HandedOverConversation) -> None:
        """Tell the citizen the talk's present state; the end of a talk has its own event."""
        talk = await self._talk(stranded)
        state = talk.state if talk is not None else "ended"
        if state == "ended" or talk is None:
            await self._step(stranded, Mode.BOT, None, None, at_once=True)
        elif state == "waiting":
            place = waiting(self._texts, talk.place or 1, stranded.language)
            words = self._texts.words("live_back", stranded.language)
            reply = Reply(f"{words}\n{place.text}", place.buttons)
            await self._step(stranded, Mode.WAITING, None, reply, at_once=True)
        else:
            name = talk.owner_name or talk.leader.name
            words = self._texts.words("live_back_live", stranded.language, name=name)
            await self._step(stranded, Mode.LIVE, None, Reply(words), at_once=True)

    async def _make_up(self, stranded: HandedOverConversation) -> None:
        """Inform the case service of a talk that ended here during the outage."""
        try:
            await self._client.leave_live(stranded.id, talk=stranded.talk, fence=stranded.fence)
        except ApiProblem as problem:
            logger.warning("live_leave_refused", conversation=stranded.id, code=problem.code)
        words = None
        if stranded.away is OutageNotice.HANDED:
            again = Button(self._texts.words("live_button_again", stranded.language), ASK_AGAIN)
            words = self._reply("live_back_handed", stranded, again)
        await self._step(stranded, stranded.mode, None, words)

    async def _talk(self, stranded: HandedOverConversation) -> TalkOut | None:
        try:
            return await self._client.live_talk(stranded.id)
        except ApiProblem:
            return None

    def _reply(self, key: str, stranded: HandedOverConversation, *buttons: Button) -> Reply:
        return Reply(self._texts.words(key, stranded.language), buttons)

    async def _step(
        self,
        stranded: HandedOverConversation,
        mode: Mode,
        away: OutageNotice | None,
        reply: Reply | None,
        *,
        at_once: bool = False,
    ) -> None:
        words = self._envelopes.seal_reply(reply) if reply is not None else None
        pushed = await self._database.run(
            outages.step,
            stranded,
            OutageStep(mode, away, words, at_once),
            self._delivery.status(stranded.channel, carried=False),
            self._clock.now(),
        )
        if pushed is not None:
            self._delivery.ring(stranded.id, pushed.channel)
