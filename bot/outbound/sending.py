"""Claim due outbox rows of one channel and send them in order through its `Sender`.

Only the process that has the channel's hold sends. In a conversation rows are sent one after
another, replies before pushes. Over all conversations the channel's rate limit applies
(`bot.outbound.rates`), again with replies first. A pause that the channel asks for applies to that
conversation only. If it asks for pauses of several conversations at once, the pause applies to all.
In quiet hours only replies are sent. A row is leased before it is sent (`bot.outbound.outbox`), so
after a kill only the row that was being sent may be sent twice.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from structlog import get_logger

from bot.message import Reply
from bot.outbound import outbox
from bot.outbound.counts import Counts
from bot.outbound.delivery import REPORTS, Delivery, topic_of_sending
from bot.outbound.outbox import LeasedRow
from bot.outbound.rates import QuietHours, RateGate, RatePermit
from bot.outbound.sender import Dead, Failed, Migrated, Outcome, Refused, RetryAfter, Sender, Sent
from bot.push import PushPriority
from bot.store.conversations import Status
from bot.store.envelope import Envelopes
from bot.store.holds import ProcessLease
from kernel.bell.port import Bell
from kernel.clock import Clock
from kernel.database.database import Database
from kernel.privacy.crypto import DecryptionError
from kernel.supervisor import Loop, Supervisor

TOGETHER = 256
"""Most conversations with a running or waiting send; replies may exceed it."""

LOOK_SECONDS = 3.0
"""Seconds between two polls for rows without a signal."""

HELD_SECONDS = 8.0
"""Hold of the sending process: after it another one may send. Each poll renews it."""

logger = get_logger(__name__)


class Sending:
    """Sends the due rows of one channel."""

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
        gate: RateGate | None = None,
        quiet: QuietHours | None = None,
        counts: Counts | None = None,
    ) -> None:
        self._channel = channel
        self._sender = sender
        self._database = database
        self._envelopes = envelopes
        self._delivery = delivery
        self._bell = bell
        self._clock = clock
        self._gate = gate or RateGate(clock)
        self._quiet = quiet or QuietHours()
        self._counts = counts or Counts(None)
        self._hold = ProcessLease(
            database, clock, name=f"send:{channel}", owner=process, seconds=HELD_SECONDS
        )
        self._held = False
        self._left = False
        self._supervisor = supervisor
        self._task = f"send-{channel}"
        self._owners = (f"{process}.{number}" for number in itertools.count())
        self.loop: Loop = supervisor.loop(
            f"sending:{channel}",
            self._step,
            every=LOOK_SECONDS,
            bell=bell,
            topic=topic_of_sending(channel),
            heed=self._heeded,
        )
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._again: dict[str, int] = {}
        self._slowed: dict[str, datetime] = {}
        self._later: set[datetime] = set()

    async def _step(self) -> float:
        await self.look()
        return self._until_next_look()

    async def _heeded(self, conversation: str) -> float:
        await self.heed(conversation)
        return self._until_next_look()

    async def look(self) -> None:
        """Start a task for each conversation with rows to send, if none is running."""
        if not await self._hold.take():
            self._held = False
            return
        if not self._held:
            self._held = True
            await self._database.run(outbox.begin_anew, self._channel, self._clock.now())
        now = self._clock.now()
        self._later = {due for due in self._later if due > now}
        self._slowed = {id_: until for id_, until in self._slowed.items() if until > now}
        heads = await self._database.read(
            outbox.waiting,
            self._channel,
            self._quiet.lets(now),
            now,
            [*self._busy],
            TOGETHER,
        )
        self._left = len(heads) == TOGETHER
        for head in heads:
            self._take_up(head.conversation, head.urgency)

    async def heed(self, conversation: str) -> None:
        """Handle one conversation's signal."""
        if not self._held:
            return
        urgency = await self._next_urgency(conversation)
        if urgency is not None:
            self._take_up(conversation, urgency)

    def _take_up(self, conversation: str, urgency: int) -> None:
        if conversation in self._busy:
            self._gate.hasten(conversation, urgency)
            self._again[conversation] = min(urgency, self._again.get(conversation, urgency))
        elif urgency == PushPriority.REPLY or len(self._busy) < TOGETHER:
            self._begin(conversation)
        else:
            self._left = True

    def _begin(self, conversation: str) -> None:
        self._busy[conversation] = self._supervisor.spawn(
            self._task,
            self._drain(conversation),
            ended=lambda error: self._ended(conversation, error),
        )

    def _ended(self, conversation: str, error: BaseException | None) -> None:
        del self._busy[conversation]
        again = self._again.pop(conversation, None) is not None
        if again and error is None:  # after an error the row stays leased
            self._begin(conversation)
        if self._left and len(self._busy) <= TOGETHER // 2:
            self._left = False
            self._bell.ring(topic_of_sending(self._channel))  # no payload: poll all

    async def idle(self) -> None:
        """Wait until no row is being sent."""
        await self._supervisor.idle(self._task)

    def _until_next_look(self) -> float:
        now = self._clock.now()
        ends = ((due - now).total_seconds() for due in self._later if due > now)
        return min([LOOK_SECONDS, *ends])

    async def stop(self) -> None:
        """Stop; a row that is not sent within two seconds is sent again after the next start."""
        await self.loop.stop()
        self._held = False  # rows that wait for the rate limit are not sent
        await self._supervisor.end(self._task, 2)
        with suppress(Exception):
            await self._hold.free()

    async def _next_urgency(self, conversation: str) -> int | None:
        lets = self._quiet.lets(self._clock.now())
        return await self._database.read(outbox.next_urgency, conversation, lets)

    async def _drain(self, conversation: str) -> None:
        # The row is leased before the wait for the rate limit: an admitted call must begin at once.
        while (due := await self._begin_row(conversation)) is not None:
            outcome: Outcome | None = None
            if due.lease.attempt > outbox.ATTEMPTS:
                outcome = Failed("no attempt came to an end", due.parts)
            else:
                async with self._gate.passing(conversation, due.urgency) as turn:
                    if self._still_first(conversation, due):
                        outcome = await self._send(conversation, due, turn)
                    else:
                        turn.used = False
            if outcome is None:
                await self._database.run(outbox.hand_back, due.lease, self._clock.now())
            elif not await self._conclude(conversation, due, outcome):
                return

    async def _begin_row(self, conversation: str) -> LeasedRow | None:
        if not self._held:
            return None
        self._again.pop(conversation, None)
        now = self._clock.now()
        return await self._database.run(
            outbox.begin, conversation, self._quiet.lets(now), owner=next(self._owners), now=now
        )

    def _still_first(self, conversation: str, due: LeasedRow) -> bool:
        """Return whether a row may still be sent after the wait: no more urgent row has come."""
        lets = self._quiet.lets(self._clock.now())
        more_urgent = self._again.get(conversation, due.urgency) < due.urgency
        return self._held and due.urgency <= lets and not more_urgent

    async def _send(self, conversation: str, due: LeasedRow, turn: RatePermit) -> Outcome:
        """Send one row; its first message uses `turn`, each further one waits for its own."""
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
                turn.end()  # the next part waits for its own admission
                return
            async with self._gate.passing(conversation, due.urgency):
                yield

        try:
            return await self._sender.send(
                self._envelopes.open_address(due.address),
                reply,
                event=due.event,
                skip=due.parts,
                admit=admit,
            )
        except Exception as error:
            logger.exception("sending_broke", conversation=conversation, message=due.event)
            return Failed(type(error).__name__, due.parts)

    def _open(self, due: LeasedRow) -> Reply | None:
        if due.body is None:  # wiped by retention
            return None
        try:
            said = self._envelopes.open_said(due.body)
        except DecryptionError:
            logger.exception("body_unreadable")
            return None
        return self._delivery.words(said, due.language)

    async def _conclude(self, conversation: str, due: LeasedRow, outcome: Outcome) -> bool:
        """Store the outcome of a row; return whether the next row may be sent at once."""
        match outcome:
            case Sent():
                return await self._end(due, Status.SENT)
            case Refused(reason=reason):
                logger.error(
                    "reply_refused", conversation=conversation, message=due.event, reason=reason
                )
                return await self._end(due, Status.REFUSED, reason)
            case RetryAfter(seconds=seconds, parts=parts):
                logger.warning("sending_slowed", conversation=conversation, seconds=seconds)
                self._slow(conversation, seconds)
                until = self._clock.now() + timedelta(seconds=seconds)
                await self._database.run(outbox.pause, due.lease, parts, until)
                self._count(due, "slowed")
                self._later.add(until)
            case Failed(reason=reason, parts=parts):
                return await self._fail(conversation, due, reason, parts)
            case Dead(reason=reason):
                return await self._bury(conversation, due, reason)
            case Migrated(address=address):
                return await self._follow(conversation, due, address)
        return False

    async def _end(self, due: LeasedRow, status: Status, reason: str | None = None) -> bool:
        more = await self._database.run(outbox.end, due.lease, status, reason)
        self._count(due, status)
        self._bell.ring(REPORTS)
        return more

    async def _fail(self, conversation: str, due: LeasedRow, reason: str, parts: int) -> bool:
        now = self._clock.now()
        again = await self._database.run(outbox.fail, due, reason, parts, now)
        about = {"conversation": conversation, "message": due.event, "reason": reason}
        if again:
            wait = outbox.BACKOFF.wait(due.lease.attempt)
            self._later.add(now + wait)
            self._count(due, "failed")
            logger.warning("sending_repeated", seconds=wait.total_seconds(), **about)
        elif again is False:
            self._count(due, "dead_letter")
            logger.error("sending_given_up", attempts=due.lease.attempt, **about)
        self._bell.ring(REPORTS)
        return again is False

    async def _bury(self, conversation: str, due: LeasedRow, reason: str) -> bool:
        buried = await self._database.run(
            outbox.bury,
            conversation,
            reason=reason,
            received=due.received,
            now=self._clock.now(),
        )
        if buried is None:  # its citizen has written meanwhile
            return await self._fail(conversation, due, reason, due.parts)
        self._count(due, "dead")
        logger.warning("address_dead", conversation=conversation, reason=reason, rows=buried)
        self._bell.ring(REPORTS)
        return False

    async def _follow(self, conversation: str, due: LeasedRow, address: str) -> bool:
        index = self._envelopes.index_address(self._channel, address)
        sealed = self._envelopes.seal_address(address)
        try:
            await self._database.run(outbox.move, due.lease, index, sealed, self._clock.now())
        except IntegrityError:  # the new address has its own conversation
            return await self._bury(conversation, due, "moved to another conversation")
        self._count(due, "moved")
        logger.info("address_moved", conversation=conversation)
        return True

    def _count(self, due: LeasedRow, outcome: str) -> None:
        self._counts.ended(self._channel, due.urgency, outcome)

    def _slow(self, conversation: str, seconds: float) -> None:
        """Handle a 429: pauses of two chats at once mean that the total rate is too high."""
        now = self._clock.now()
        others = [until for id_, until in self._slowed.items() if id_ != conversation]
        if any(until > now for until in others):
            self._gate.hold(seconds)
        self._slowed[conversation] = now + timedelta(seconds=seconds)
