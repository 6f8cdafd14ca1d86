"""Sends the rows of a channel that has to be pushed to, through its `Sender`.

One process sends for a channel, whichever holds it. Within a conversation one row goes out after
the other, replies before pushes; over all of them the channel's rates are kept (`bot.rates`), again
replies first. A pause that the channel asks for keeps back that conversation alone, unless it
asks for several at once: then it means everybody. In quiet hours only replies go out. A row is
marked before it is sent, so after a kill only the row in flight may go out a second time.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from structlog import get_logger

from bot import outgoing
from bot.channels.sender import Dead, Failed, Migrated, Outcome, Refused, RetryAfter, Sender, Sent
from bot.delivery import REPORTS, Delivery, topic_of_sending
from bot.envelope import Envelopes
from bot.holds import Hold
from bot.message import Reply
from bot.outgoing import Due
from bot.pushes import Urgency
from bot.quiet import QuietHours
from bot.rates import Gate, Pass
from bot.store import Status
from kernel.backoff import Backoff
from kernel.bell.port import Bell
from kernel.clock import Clock
from kernel.crypto import DecryptionError
from kernel.database import Database
from kernel.supervisor import Loop, Supervisor

TOGETHER = 256
"""Conversations that are being sent to or wait for their turn at once; replies beyond it too."""

LOOK_SECONDS = 3.0
"""How often rows are looked for that no bell told of."""

HELD_SECONDS = 8.0
"""One process sends; should it die, another goes on after so long. Each look renews the hold."""

BACKOFF = Backoff(first=1.0, longest=60.0)
"""Waits between two attempts of a row that fails."""

logger = get_logger(__name__)


class Sending:
    """Drains the due rows of one channel for as long as it runs."""

    def __init__(
        self,
        *,
        channel: str,
        sender: Sender,
        database: Database,
        envelopes: Envelopes,
        delivery: Delivery,
        bell: Bell,
        clock: Clock,
        process: str,
        supervisor: Supervisor,
        gate: Gate | None = None,
        quiet: QuietHours | None = None,
    ) -> None:
        self._channel = channel
        self._sender = sender
        self._database = database
        self._envelopes = envelopes
        self._delivery = delivery
        self._bell = bell
        self._clock = clock
        self._gate = gate or Gate(clock)
        self._quiet = quiet or QuietHours()
        self._hold = Hold(
            database, clock, name=f"send:{channel}", owner=process, seconds=HELD_SECONDS
        )
        self._held = False
        self._left = False
        self._supervisor = supervisor
        self._task = f"send-{channel}"
        self.loop: Loop = supervisor.loop(
            f"sending:{channel}",
            self._step,
            every=LOOK_SECONDS,
            bell=bell,
            topic=topic_of_sending(channel),
            heed=self._heeded,
        )
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._broken: set[str] = set()
        self._again: dict[str, int] = {}
        self._paused: dict[str, datetime] = {}
        self._slowed: dict[str, datetime] = {}
        self._arrived: dict[tuple[str, int], int] = {}
        self._failures: dict[str, int] = {}

    async def _step(self) -> float:
        await self.look()
        return self._until_next_look()

    async def _heeded(self, conversation: str) -> float:
        await self.heed(conversation)
        return self._until_next_look()

    async def look(self) -> None:
        """Begin with each conversation that has rows to send and is not being sent to."""
        if not await self._hold.take():
            self._held = False
            return
        if not self._held:
            self._held = True
            await self._database.run(outgoing.begin_anew, self._channel)
        now = self._clock.now()
        self._paused = {one: until for one, until in self._paused.items() if until > now}
        self._slowed = {one: until for one, until in self._slowed.items() if until > now}
        for conversation in sorted(self._broken - self._busy.keys() - self._paused.keys()):
            await self.heed(conversation)
        # What is being sent to or paused is left out: its rows would be read at every look.
        heads = await self._database.read(
            outgoing.waiting,
            self._channel,
            self._quiet.lets(now),
            [*self._busy, *self._paused],
            TOGETHER,
        )
        self._left = len(heads) == TOGETHER
        for head in heads:
            self._take_up(head.conversation, head.urgency)

    async def heed(self, conversation: str) -> None:
        """Look at one conversation, as the bell tells of it."""
        if not self._held:
            return
        urgency = await self._next_urgency(conversation)
        if urgency is not None:
            self._take_up(conversation, urgency)

    def _take_up(self, conversation: str, urgency: int) -> None:
        if conversation in self._busy:
            self._gate.hasten(conversation, urgency)
            self._again[conversation] = min(urgency, self._again.get(conversation, urgency))
        elif self._paused.get(conversation, self._clock.now()) > self._clock.now():
            pass
        elif urgency == Urgency.REPLY or len(self._busy) < TOGETHER:
            self._begin(conversation)
        else:
            self._left = True

    def _begin(self, conversation: str) -> None:
        self._broken.discard(conversation)
        self._busy[conversation] = self._supervisor.spawn(
            self._task,
            self._drain(conversation),
            ended=lambda error: self._ended(conversation, error),
        )

    def _ended(self, conversation: str, error: BaseException | None) -> None:
        del self._busy[conversation]
        again = self._again.pop(conversation, None) is not None
        if error is not None:
            # Its row may stand as being sent, which no look finds: it is looked at by name.
            self._broken.add(conversation)
            failures = self._failures[conversation] = self._failures.get(conversation, 0) + 1
            self._pause(conversation, BACKOFF.seconds(failures))
        elif again and conversation not in self._paused:
            self._begin(conversation)
        if self._left and len(self._busy) <= TOGETHER // 2:
            self._left = False
            self._bell.ring(topic_of_sending(self._channel))  # without a name: look at all

    async def idle(self) -> None:
        """Wait until nothing is being sent."""
        await self._supervisor.idle(self._task)

    def _until_next_look(self) -> float:
        now = self._clock.now()
        ends = ((until - now).total_seconds() for until in self._paused.values() if until > now)
        return min([LOOK_SECONDS, *ends])

    async def stop(self) -> None:
        """Send no more; a row that does not end within two seconds goes out again at the start."""
        await self.loop.stop()
        self._held = False  # rows that wait for the rate limit are left alone
        await self._supervisor.end(self._task, 2)
        with suppress(Exception):
            await self._hold.free()

    async def _next_urgency(self, conversation: str) -> int | None:
        lets = self._quiet.lets(self._clock.now())
        return await self._database.read(outgoing.next_urgency, conversation, lets)

    async def _drain(self, conversation: str) -> None:
        # The row is marked before its turn is waited for: a turn has no time to lose.
        while (due := await self._begin_row(conversation)) is not None:
            async with self._gate.passing(conversation, due.urgency) as turn:
                if not self._still_first(conversation, due):
                    turn.used = False
                    sent = None
                else:
                    sent = await self._send(conversation, due, turn)
            if sent is None:
                await self._database.run(outgoing.end, conversation, due.event, Status.DUE)
            elif not await self._conclude(conversation, due, sent):
                return

    async def _begin_row(self, conversation: str) -> Due | None:
        if not self._held:
            return None
        self._again.pop(conversation, None)
        lets = self._quiet.lets(self._clock.now())
        return await self._database.run(outgoing.begin, conversation, lets)

    def _still_first(self, conversation: str, due: Due) -> bool:
        """Tell whether a row may go after the wait for its turn: nothing more urgent has come."""
        lets = self._quiet.lets(self._clock.now())
        more_urgent = self._again.get(conversation, due.urgency) < due.urgency
        return self._held and due.urgency <= lets and not more_urgent

    async def _send(self, conversation: str, due: Due, turn: Pass) -> Outcome:
        """Send one row; its first message goes under `turn`, each other waits for its own."""
        reply = self._open(due)
        if reply is None:
            turn.used = False
            return Refused("unreadable")
        first = True

        @asynccontextmanager
        async def admit() -> AsyncIterator[None]:
            nonlocal first
            if first:
                first = False
                yield
                turn.end()  # the next part has to wait for a turn of its own
                return
            async with self._gate.passing(conversation, due.urgency):
                yield

        return await self._sender.send(
            self._envelopes.open_address(due.address),
            reply,
            event=due.event,
            skip=self._arrived.get((conversation, due.event), 0),
            admit=admit,
        )

    def _open(self, due: Due) -> Reply | None:
        if due.body is None:  # wiped after its time
            return None
        try:
            said = self._envelopes.open_said(due.body)
        except DecryptionError:
            logger.exception("body_unreadable")
            return None
        return self._delivery.words(said, due.language)

    async def _conclude(self, conversation: str, due: Due, outcome: Outcome) -> bool:
        """Keep how a sending ended; tell whether the next row may go at once."""
        match outcome:
            case Sent():
                await self._end(conversation, due.event, Status.SENT)
                return True
            case Refused(reason=reason):
                logger.error(
                    "reply_refused", conversation=conversation, message=due.event, reason=reason
                )
                await self._end(conversation, due.event, Status.REFUSED, reason)
                return True
            case RetryAfter(seconds=seconds, parts=parts):
                logger.warning("sending_slowed", conversation=conversation, seconds=seconds)
                self._slow(conversation, seconds)
                await self._later(conversation, due.event, parts, seconds)
            case Failed(reason=reason, parts=parts):
                failures = self._failures[conversation] = self._failures.get(conversation, 0) + 1
                seconds = BACKOFF.seconds(failures)
                logger.warning(
                    "sending_repeated", conversation=conversation, reason=reason, seconds=seconds
                )
                await self._later(conversation, due.event, parts, seconds, reason)
            case Dead(reason=reason):
                return await self._bury(conversation, due, reason)
            case Migrated(address=address):
                return await self._follow(conversation, due, address)
        return False

    async def _bury(self, conversation: str, due: Due, reason: str) -> bool:
        buried = await self._database.run(
            outgoing.bury,
            conversation,
            reason=reason,
            received=due.received,
            now=self._clock.now(),
        )
        if buried is None:  # its citizen is back already
            await self._later(conversation, due.event, 0, 1, reason)
            return False
        logger.warning("address_dead", conversation=conversation, reason=reason, rows=buried)
        self._forget(conversation, due.event)
        self._bell.ring(REPORTS)
        return False

    async def _follow(self, conversation: str, due: Due, address: str) -> bool:
        index = self._envelopes.index_address(self._channel, address)
        sealed = self._envelopes.seal_address(address)
        try:
            await self._database.run(outgoing.move, conversation, index, sealed)
        except IntegrityError:  # its citizen has written from the new address already
            return await self._bury(conversation, due, "moved to another conversation")
        logger.info("address_moved", conversation=conversation)
        return True

    async def _end(
        self, conversation: str, event: int, status: Status, reason: str | None = None
    ) -> None:
        await self._database.run(outgoing.end, conversation, event, status, reason)
        self._forget(conversation, event)
        self._bell.ring(REPORTS)

    async def _later(
        self, conversation: str, event: int, parts: int, seconds: float, reason: str | None = None
    ) -> None:
        self._arrived[conversation, event] = parts
        self._pause(conversation, seconds)
        await self._database.run(outgoing.end, conversation, event, Status.DUE, reason)
        if reason is not None:
            self._bell.ring(REPORTS)

    def _slow(self, conversation: str, seconds: float) -> None:
        """Obey a 429: who hears it for a second chat while a first is paused is too fast in all."""
        now = self._clock.now()
        others = [until for one, until in self._slowed.items() if one != conversation]
        if any(until > now for until in others):
            self._gate.hold(seconds)
        self._slowed[conversation] = now + timedelta(seconds=seconds)

    def _pause(self, conversation: str, seconds: float) -> None:
        self._paused[conversation] = self._clock.now() + timedelta(seconds=seconds)

    def _forget(self, conversation: str, event: int) -> None:
        self._arrived.pop((conversation, event), None)
        self._failures.pop(conversation, None)
