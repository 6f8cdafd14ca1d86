"""Deliver outbox rows to the readers of a conversation, and read messages back.

For the web chat the commit is the delivery: each open socket is signalled and reads the events
after its last one. REST and the terminal return replies in the answer to the call. A late reply is
stored as `due` until the next call. The rows of a channel that is sent to are `due` too, until
`bot.outbound.sending` has sent them. The words of a push are made when it is read, in the
conversation's language at that time.
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
from kernel.database.database import Database
from kernel.privacy.crypto import DecryptionError

logger = get_logger(__name__)

T = TypeVar("T")

COMMIT_IS_DELIVERY = frozenset({"web"})
"""Channels whose reader fetches the rows itself."""


class Delivery:
    """Gives replies to their readers.

    `pushed` names the channels whose rows are sent one by one and not returned by a call.
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
        """Return the status of new rows; `carried` if a call's answer returns them."""
        if channel in self._pushed:
            return store.Status.DUE
        if carried or channel in COMMIT_IS_DELIVERY:
            return store.Status.SENT
        return store.Status.DUE

    def ring(self, conversation: str, channel: str) -> None:
        """Signal new rows to the listeners and the sender of a conversation."""
        self._bell.ring(_topic(conversation))
        if channel in self._pushed:
            self._bell.ring(topic_of_sending(channel), conversation)

    def ring_reports(self) -> None:
        """Signal that there may be delivery reports for the case service."""
        self._bell.ring(REPORTS)

    def listen(self, conversation: str) -> AbstractAsyncContextManager[Listener]:
        """Listen for new messages of a conversation."""
        return self._bell.listen(_topic(conversation))

    async def answers(
        self, conversation: str, sequence: int
    ) -> tuple[bool, tuple[OutboxMessage, ...]]:
        """Return whether a message is finished and all its replies; mark them as sent."""
        done, sent = await self._database.read(records.answers, conversation, sequence)
        if any(row.status == store.Status.DUE for row in sent):
            # Read again in the marking transaction: rows in between must not be marked unread.
            done, sent = await self._database.run(records.carry_away, conversation, sequence)
        return done, await self._open(conversation, sent)

    async def late(
        self, conversation: str, sequence: int | None = None, *, again: bool = False
    ) -> tuple[OutboxMessage, ...]:
        """Return due rows that no answer has returned; mark them as sent with message `sequence`.

        With `again` the rows of an earlier answer to that message are included.
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
        """Return both sides' messages after event `after`, in order, and whether an answer is due.

        `until` is the last event to include. At most the last `limit` of each side are returned.
        """
        received, sent, waiting = await self._database.read(
            records.transcript, conversation, after, limit, until
        )
        opened = [self._envelopes.open_inbox(row) for row in received]
        readable = [message for message in opened if message.body is not None]
        replies = await self._open(conversation, sent)
        return tuple(sorted((*readable, *replies), key=lambda message: message.event)), waiting

    async def button(self, conversation: str, event: int, index: int) -> Button | None:
        """Find a button of a reply in this conversation; `None` if there is none."""
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
        """Return a row's reply; the words of a push are made now."""
        return compose(said, language, self._texts) if isinstance(said, Push) else said


def _readable(opener: Callable[[bytes], T], body: bytes | None) -> T | None:
    """Decrypt a body; `None` when it was wiped, or is broken: the others must still be read."""
    if body is None:
        return None
    try:
        return opener(body)
    except DecryptionError:
        logger.exception("body_unreadable")
        return None


REPORTS = "reports"
"""Bell topic of pushes whose delivery must be reported."""


def topic_of_sending(channel: str) -> str:
    """Return the bell topic of rows to send; its payload is the conversation."""
    return f"sending:{channel}"


def _topic(conversation: str) -> str:
    return f"conversation:{conversation}"
