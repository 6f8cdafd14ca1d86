"""Sends the rows of a channel that has to be pushed to, through its `Sender`.

One process sends for a channel, whichever holds it. Within a conversation one row goes out after
the other; a pause that the channel asks for keeps back that conversation alone. A row is marked
before it is sent, so after a kill only the row in flight may go out a second time.
"""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from structlog import get_logger

from bot import outgoing
from bot.channels.sender import Dead, Failed, Migrated, Outcome, Refused, RetryAfter, Sender, Sent
from bot.delivery import topic_of_sending
from bot.envelope import Envelopes
from bot.holds import Hold
from bot.message import Reply
from bot.store import Status
from kernel.bell.port import Bell
from kernel.clock import Clock
from kernel.crypto import DecryptionError
from kernel.database import Database

TOGETHER = 64
"""Conversations that are sent to at once."""

LOOK_SECONDS = 3.0
"""How often rows are looked for that no bell told of."""

HELD_SECONDS = 30.0

LONGEST_PAUSE = 60.0
"""Seconds between two attempts of a row that fails, at most; they double from one."""

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
        bell: Bell,
        clock: Clock,
        process: str,
    ) -> None:
        self._channel = channel
        self._sender = sender
        self._database = database
        self._envelopes = envelopes
        self._bell = bell
        self._clock = clock
        self._hold = Hold(
            database, clock, name=f"send:{channel}", owner=process, seconds=HELD_SECONDS
        )
        self._held = False
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._paused: dict[str, datetime] = {}
        self._arrived: dict[tuple[str, int], int] = {}
        self._failures: dict[str, int] = {}

    async def run(self) -> None:
        """Send for ever."""
        async with self._bell.listen(topic_of_sending(self._channel)) as listener:
            try:
                while True:
                    try:
                        await self.look()
                    except Exception:  # whatever it was, rows left behind must be looked for again
                        logger.exception("sending_failed", channel=self._channel)
                        await self._clock.sleep(1)
                    await listener.wait(self._next_look())
            finally:
                await self._stop()

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
        for conversation in await self._database.read(
            outgoing.waiting, self._channel, TOGETHER + len(self._busy) + len(self._paused)
        ):
            if conversation in self._busy:
                self._again.add(conversation)
            elif conversation not in self._paused and len(self._busy) < TOGETHER:
                self._begin(conversation)

    def _begin(self, conversation: str) -> None:
        task = asyncio.get_running_loop().create_task(self._drain(conversation))
        self._busy[conversation] = task
        task.add_done_callback(lambda ended: self._ended(conversation, ended))

    def _ended(self, conversation: str, task: asyncio.Task[None]) -> None:
        del self._busy[conversation]
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("sending_broken", conversation=conversation, exc_info=error)
            self._pause(conversation, 1)
        if conversation in self._again:
            self._again.discard(conversation)
            if not task.cancelled() and conversation not in self._paused:
                self._begin(conversation)

    async def idle(self) -> None:
        """Wait until nothing is being sent."""
        while self._busy:
            await asyncio.wait(set(self._busy.values()))

    def _next_look(self) -> float:
        now = self._clock.now()
        ends = [(until - now).total_seconds() for until in self._paused.values()]
        return max(min([LOOK_SECONDS, *ends]), 0.0)

    async def _stop(self) -> None:
        with suppress(TimeoutError):  # what does not end by itself goes out again at the next start
            async with asyncio.timeout(2):
                await self.idle()
        for task in list(self._busy.values()):
            task.cancel()
        await self.idle()
        with suppress(Exception):
            await self._hold.free()

    async def _drain(self, conversation: str) -> None:
        while (due := await self._database.run(outgoing.begin, conversation)) is not None:
            reply = self._open(due.body)
            if reply is None:
                await self._end(conversation, due.event, Status.REFUSED)
                continue
            address = self._envelopes.open_address(due.address)
            outcome = await self._sender.send(
                address,
                reply,
                event=due.event,
                skip=self._arrived.get((conversation, due.event), 0),
            )
            if not await self._conclude(conversation, due.event, outcome):
                return

    def _open(self, body: bytes | None) -> Reply | None:
        if body is None:  # wiped after its time
            return None
        try:
            return self._envelopes.open_reply(body)
        except DecryptionError:
            logger.exception("body_unreadable")
            return None

    async def _conclude(self, conversation: str, event: int, outcome: Outcome) -> bool:
        """Keep how a sending ended; tell whether the next row may go at once."""
        match outcome:
            case Sent():
                await self._end(conversation, event, Status.SENT)
                return True
            case Refused(reason=reason):
                logger.error(
                    "reply_refused", conversation=conversation, message=event, reason=reason
                )
                await self._end(conversation, event, Status.REFUSED)
                return True
            case RetryAfter(seconds=seconds, parts=parts):
                logger.warning("sending_slowed", conversation=conversation, seconds=seconds)
                await self._later(conversation, event, parts, seconds)
            case Failed(reason=reason, parts=parts):
                failures = self._failures[conversation] = self._failures.get(conversation, 0) + 1
                seconds = min(2.0 ** (failures - 1), LONGEST_PAUSE)
                logger.warning(
                    "sending_repeated", conversation=conversation, reason=reason, seconds=seconds
                )
                await self._later(conversation, event, parts, seconds)
            case Dead(reason=reason):
                buried = await self._database.run(outgoing.bury, conversation)
                logger.warning(
                    "address_dead", conversation=conversation, reason=reason, rows=buried
                )
                self._forget(conversation, event)
            case Migrated(address=address):
                return await self._follow(conversation, event, address)
        return False

    async def _follow(self, conversation: str, event: int, address: str) -> bool:
        index = self._envelopes.index_address(self._channel, address)
        sealed = self._envelopes.seal_address(address)
        try:
            await self._database.run(outgoing.move, conversation, index, sealed)
        except IntegrityError:  # its citizen has written from the new address already
            await self._database.run(outgoing.bury, conversation)
            self._forget(conversation, event)
            return False
        logger.info("address_moved", conversation=conversation)
        return True

    async def _end(self, conversation: str, event: int, status: Status) -> None:
        await self._database.run(outgoing.end, conversation, event, status)
        self._forget(conversation, event)

    async def _later(self, conversation: str, event: int, parts: int, seconds: float) -> None:
        self._arrived[conversation, event] = parts
        self._pause(conversation, seconds)
        await self._database.run(outgoing.end, conversation, event, Status.DUE)

    def _pause(self, conversation: str, seconds: float) -> None:
        self._paused[conversation] = self._clock.now() + timedelta(seconds=seconds)
        # The loop may be waiting for longer than that.
        self._bell.ring(topic_of_sending(self._channel), conversation)

    def _forget(self, conversation: str, event: int) -> None:
        self._arrived.pop((conversation, event), None)
        self._failures.pop(conversation, None)
