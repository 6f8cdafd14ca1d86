"""Run turns: answer a message of a leased conversation, in one commit.

A turn that fails leaves the message in the inbox. The citizen is informed once of the failure and
of what is stored. The message is retried after as long as it has already waited. Attempts with an
unavailable engine do not count. A message that fails by itself `ATTEMPTS` times is answered with
an apology and parked for staff, so that it does not block the messages behind it.
"""

import itertools
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from structlog import get_logger

from bot.dialogue import offers
from bot.dialogue.answerer import Answerer, Unanswered
from bot.dialogue.desk import Handover
from bot.dialogue.engine.port import Engine
from bot.message import InboxMessage, MessageBody, OutboxMessage, Reply
from bot.outbound.delivery import Delivery
from bot.privacy.erasing import end_and_erase, erased_in, without_names
from bot.privacy.notice import notice_on
from bot.store import records
from bot.store import turns as store
from bot.store.conversations import Lease
from bot.store.envelope import Envelopes
from bot.store.modes import Switch
from bot.store.parked import DeadMessage, end_and_park
from bot.texts import CitizenTexts, language_of
from kernel.clock import Clock
from kernel.database.database import Database
from kernel.leases import DIED
from kernel.privacy.crypto import DecryptionError
from kernel.supervisor import Loop, Supervisor

ATTEMPTS = 5
"""Attempts that a message may fail by itself before it is parked."""

SHORTEST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(seconds=60)

TOGETHER = 32
"""Most conversations that one sweep handles."""

TASK = "turn"
"""Name of the background tasks that run turns."""

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Times:
    """Limits of a turn, in seconds."""

    engine: float = 5.0
    lease: float = 15.0
    sweep: float = 3.0


@dataclass(frozen=True, slots=True)
class Result:
    """Result of a turn: replies, whether the message is finished, the lease if still held."""

    said: tuple[OutboxMessage, ...]
    done: bool
    following: Lease | None


class Turns:
    """Runs the turns of conversations that this process has leased, and sweeps waiting ones."""

    def __init__(
        self,
        *,
        database: Database,
        engine: Engine,
        desk: Handover | None,
        delivery: Delivery,
        envelopes: Envelopes,
        texts: CitizenTexts,
        clock: Clock,
        process: str,
        times: Times,
        supervisor: Supervisor,
    ) -> None:
        self._database = database
        self._engine = engine
        self._answers = Answerer(
            engine=engine, desk=desk, envelopes=envelopes, texts=texts, seconds=times.engine
        )
        self._delivery = delivery
        self._envelopes = envelopes
        self._texts = texts
        self._clock = clock
        self._process = process
        self._numbers = itertools.count(1)
        self._lease = timedelta(seconds=times.lease)
        self._supervisor = supervisor
        self.loop: Loop = supervisor.loop("turns", self._step, every=times.sweep)

    def ask(self, now: datetime) -> tuple[str, datetime]:
        """Return the owner and the end of a new lease; every lease has its own owner name."""
        return f"{self._process}.{next(self._numbers)}", now + self._lease

    async def run(self, lease: Lease, message: InboxMessage, *, carried: bool) -> Result:
        """Run the turn of message `lease.next`; `carried` if a caller waits for the replies.

        Raises:
            LeaseLost: another process has the lease now and will answer the message.
        """
        language = _language(lease, message.body)
        try:
            outcome, switch = await self._answers.answer(lease, message, language)
        except Unanswered as failure:
            if failure.counted and message.attempts + 1 >= ATTEMPTS:
                parked = DeadMessage(failure.kind, message.attempts + 1)
                return await self._park(lease, message, language, parked, carried=carried)
            return await self._later(lease, message, language, carried=carried, failure=failure)
        if outcome is None:
            parked = DeadMessage(DecryptionError.__name__, message.attempts + 1)
            if message.attempts >= ATTEMPTS:
                parked = DeadMessage(DIED, message.attempts)
            return await self._park(lease, message, language, parked, carried=carried)
        replies = outcome.replies
        # In danger only helpful words are sent.
        if lease.next == 1 and message.body is not None and message.body.emergency is None:
            spoken = outcome.language or language
            replies = (*replies, *notice_on(lease.channel, self._texts, spoken))
        return await self._end(
            lease,
            replies,
            self._envelopes.seal_state(offers.pack(replies, outcome.state)),
            outcome.language or lease.language,
            carried=carried,
            switch=switch,
        )

    async def _end(
        self,
        lease: Lease,
        replies: Sequence[Reply],
        state: bytes | None,
        language: str | None,
        *,
        carried: bool,
        parked: DeadMessage | None = None,
        switch: Switch | None = None,
    ) -> Result:
        now = self._clock.now()
        erased = erased_in(replies)
        if erased:
            replies = without_names(replies)
        ending = store.TurnCommit(
            state=state,
            language=language,
            replies=[self._envelopes.seal_reply(reply) for reply in replies],
            status=self._delivery.status(lease.channel, carried=carried),
            now=now,
            until=now + self._lease,
            switch=switch,
        )
        if erased:
            end = partial(end_and_erase, conversations=erased)
            last, following = await self._database.run(end, lease, ending)
            await self._forget(erased)
        elif parked is not None:
            last, following = await self._database.run(end_and_park, lease, ending, parked)
        else:
            last, following = await self._database.run(store.end_turn, lease, ending)
        self._delivery.ring(lease.conversation, lease.channel)
        return Result(_numbered(replies, last), done=True, following=following)

    async def _forget(self, conversations: Sequence[str]) -> None:
        """Delete the engine's data too. If that fails, its own retention deletes it later."""
        try:
            await self._engine.forget(conversations)
        except Exception:
            logger.exception("engine_did_not_forget", conversations=conversations)

    async def _park(
        self,
        lease: Lease,
        message: InboxMessage,
        language: str | None,
        parked: DeadMessage,
        *,
        carried: bool,
    ) -> Result:
        """Park a message and inform its citizen, unless it was a replay."""
        logger.error("message_parked", conversation=lease.conversation, message=lease.next)
        replayed = message.replay_of is not None
        words = () if replayed else (Reply(self._texts.words("parked", language)),)
        return await self._end(
            lease, words, lease.state, lease.language, carried=carried, parked=parked
        )

    async def _later(
        self,
        lease: Lease,
        message: InboxMessage,
        language: str | None,
        *,
        carried: bool,
        failure: Unanswered,
    ) -> Result:
        now = self._clock.now()
        wait = min(max(now - message.received_at, SHORTEST_WAIT), LONGEST_WAIT)
        key = "live_kept" if failure.desk else "engine_down"
        words = () if message.notified else (Reply(self._texts.words(key, language)),)
        last = await self._database.run(
            store.give_back,
            lease,
            words=[self._envelopes.seal_reply(reply) for reply in words],
            status=self._delivery.status(lease.channel, carried=carried),
            counted=failure.counted,
            desk_away=failure.desk,
            now=now,
            again=now + wait,
        )
        self._delivery.ring(lease.conversation, lease.channel)
        return Result(_numbered(words, last), done=False, following=None)

    def work(self, lease: Lease, message: InboxMessage | None = None) -> None:
        """Answer all waiting messages of a leased conversation in order, in the background.

        `message` is the first of them, if the caller has it already.
        """
        self._spawn(self._work(lease, message))

    async def _work(self, first: Lease, message: InboxMessage | None) -> None:
        lease: Lease | None = first
        if message is not None:
            lease = (await self.run(first, message, carried=False)).following
        while lease is not None:
            row = await self._database.read(records.message, lease.conversation, lease.next)
            if row is None:
                logger.error("message_missing", conversation=lease.conversation, message=lease.next)
                return
            message = self._envelopes.open_inbox(row, again=True)
            if row.attempts >= ATTEMPTS:  # it kills the process each time
                message = replace(message, body=None)
            lease = (await self.run(lease, message, carried=False)).following

    async def sweep(self) -> int:
        """Start tasks for conversations with waiting messages and no lease; return their number."""
        now = self._clock.now()
        found = await self._database.read(store.due, now, TOGETHER)
        for conversation, seen in found:
            owner, until = self.ask(self._clock.now())
            lease = await self._database.run(store.take, conversation, seen, owner, until)
            if lease is not None:
                self.work(lease)
        return len(found)

    async def _step(self) -> float | None:
        more = await self.sweep() == TOGETHER
        return 0 if more and await self._supervisor.room(TASK) else None

    async def idle(self) -> None:
        """Wait until no background task of this class runs."""
        await self._supervisor.idle(TASK)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._supervisor.spawn(TASK, self._unless_lost(work))

    async def _unless_lost(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except store.LeaseLost as lost:  # the process with the new lease runs the turn
            logger.warning("lease_lost", conversation=str(lost))


def _numbered(replies: Sequence[Reply], last: int) -> tuple[OutboxMessage, ...]:
    return tuple(
        OutboxMessage(event, reply) for event, reply in enumerate(replies, last - len(replies) + 1)
    )


def _language(lease: Lease, body: MessageBody | None) -> str | None:
    if lease.language is not None or body is None:
        return lease.language
    return body.language or language_of(body.text)
