"""The one road out.

For the web chat the commit is the delivery: each open socket is rung and reads what came after its
last event. REST and the terminal carry replies away in the answer to the call that asked for them;
what was said while nobody called (a late answer) waits as `due` for the next call. The rows of a
channel that has to be pushed to are `due` too, until `bot.outbound.sending` has sent them. The
words of a push are made here, in the language that the conversation is held in when it is read.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from structlog import get_logger

from bot.message import Button, InboxMessage, OutboxMessage, Reply
from bot.outbound.pushes import compose
from bot.push import Push
from bot.store import conversations as store
from bot.store import records
from bot.store.envelope import Envelopes
from bot.store.records import OutboxRow
from bot.texts import CitizenTexts
from kernel.bell.port import Bell, Listener
from kernel.crypto import DecryptionError
from kernel.database import Database

logger = get_logger(__name__)

T = TypeVar("T")

COMMIT_IS_DELIVERY = frozenset({"web"})
"""Channels whose reader comes for the rows by itself."""


class Delivery:
    """Hands replies to those who wait for them.

    `pushed` names the channels whose rows are sent one by one; no call carries them away.
    """

    def __init__(
        self,
        database: Database,
        envelopes: Envelopes,
        bell: Bell,
        texts: CitizenTexts,
        pushed: Collection[str],
    ) -> None:
        self._pushed = frozenset(pushed)
        self._database = database
        self._envelopes = envelopes
        self._bell = bell
        self._texts = texts

    def status(self, channel: str, *, carried: bool) -> store.Status:
        """Say what rows are when committed; `carried` if a call's answer takes them along."""
        if channel in self._pushed:
            return store.Status.DUE
        if carried or channel in COMMIT_IS_DELIVERY:
            return store.Status.SENT
        return store.Status.DUE

    def ring(self, conversation: str, channel: str) -> None:
        """Tell whoever watches a conversation, or sends to it, that there is something new."""
        self._bell.ring(_topic(conversation))
        if channel in self._pushed:
            self._bell.ring(topic_of_sending(channel), conversation)

    def ring_reports(self) -> None:
        """Tell whoever reports to the case service that there may be something to report."""
        self._bell.ring(REPORTS)

    def listen(self, conversation: str) -> AbstractAsyncContextManager[Listener]:
        """Be rung when something new is said in a conversation."""
        return self._bell.listen(_topic(conversation))

    async def answers(
        self, conversation: str, sequence: int
    ) -> tuple[bool, tuple[OutboxMessage, ...]]:
        """Tell whether a message is done with, and give all replies to it, marking them sent."""
        done, sent = await self._database.read(records.answers, conversation, sequence)
        if any(row.status == store.Status.DUE for row in sent):
            # Read again where they are marked: what came in between must not be marked unread.
            done, sent = await self._database.run(records.carry_away, conversation, sequence)
        return done, await self._open(conversation, sent)

    async def late(
        self, conversation: str, sequence: int | None = None, *, again: bool = False
    ) -> tuple[OutboxMessage, ...]:
        """Give what no answer has carried away yet, marking it sent with message `sequence`.

        `again` also gives what an earlier answer to that message took along.
        """
        if again and sequence is not None:
            late = await self._database.run(records.hand_over_again, conversation, sequence)
        else:
            late = await self._database.run(records.hand_over, conversation, carried_with=sequence)
        if any(row.in_reply_to is None for row in late):
            self.ring_reports()
        return await self._open(conversation, late)

    async def transcript(
        self, conversation: str, after: int, limit: int = 200, until: int | None = None
    ) -> tuple[tuple[InboxMessage | OutboxMessage, ...], bool]:
        """Give what both sides said after event `after`, in order, and whether an answer is due.

        With `until` nothing later than that event is given. Of each side at most the last `limit`
        are given.
        """
        received, sent, waiting = await self._database.read(
            records.transcript, conversation, after, limit, until
        )
        opened = [self._envelopes.open_inbox(row) for row in received]
        readable = [message for message in opened if message.body is not None]
        replies = await self._open(conversation, sent)
        return tuple(sorted((*readable, *replies), key=lambda message: message.event)), waiting

    async def button(self, conversation: str, event: int, index: int) -> Button | None:
        """Find a button that this conversation was offered; `None` if it never was."""
        row = await self._database.read(records.reply, conversation, event)
        found = await self._open(conversation, [row]) if row is not None else ()
        if not found or not 0 <= index < len(found[0].reply.buttons):
            return None
        return found[0].reply.buttons[index]

    async def _open(
        self, conversation: str, rows: Sequence[OutboxRow]
    ) -> tuple[OutboxMessage, ...]:
        opened = [
            (row.event, said)
            for row in rows
            if (said := _readable(self._envelopes.open_said, row.body)) is not None
        ]
        if not any(isinstance(said, Push) for _, said in opened):
            return tuple(
                OutboxMessage(event, said) for event, said in opened if isinstance(said, Reply)
            )
        language = await self._database.read(records.language, conversation)
        return tuple(OutboxMessage(event, self.words(said, language)) for event, said in opened)

    def words(self, said: Reply | Push, language: str | None) -> Reply:
        """Give a row's words: those of a push are made now."""
        return compose(said, language, self._texts) if isinstance(said, Push) else said


def _readable(opener: Callable[[bytes], T], body: bytes | None) -> T | None:
    """Open a body; `None` when it was wiped, or when it is broken and others must still be read."""
    if body is None:
        return None
    try:
        return opener(body)
    except DecryptionError:
        logger.exception("body_unreadable")
        return None


REPORTS = "reports"
"""The bell's topic that tells of pushes whose end is to be reported."""


def topic_of_sending(channel: str) -> str:
    """Name the bell's topic that tells of rows to send; rung with the conversation."""
    return f"sending:{channel}"


def _topic(conversation: str) -> str:
    return f"conversation:{conversation}"
