"""The one road out.

For the web chat the commit is the delivery: each open socket is rung and reads what came after its
last event. REST and the terminal carry replies away in the answer to the call that asked for them;
what was said while nobody called (a late answer) waits as `due` for the next call. A channel that
pushes will find its rows as `due` too.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from bot import records, store
from bot.envelope import Envelopes, Letter
from bot.message import Button, Reply
from kernel.bell.port import Bell, Listener
from kernel.database import Database

COMMIT_IS_DELIVERY = frozenset({"web"})
"""Channels whose reader comes for the rows by itself."""


@dataclass(frozen=True, slots=True)
class Said:
    """One reply and its event number in the conversation."""

    event: int
    reply: Reply


@dataclass(frozen=True, slots=True)
class Heard:
    """One message of the citizen, as the transcript shows it."""

    event: int
    message_id: str
    letter: Letter


class Delivery:
    """Hands replies to those who wait for them."""

    def __init__(self, database: Database, envelopes: Envelopes, bell: Bell) -> None:
        self._database = database
        self._envelopes = envelopes
        self._bell = bell

    def status(self, channel: str, *, carried: bool) -> store.Status:
        """Say what rows are when committed; `carried` if a call's answer takes them along."""
        if carried or channel in COMMIT_IS_DELIVERY:
            return store.Status.SENT
        return store.Status.DUE

    def ring(self, conversation: str) -> None:
        """Tell whoever watches a conversation that there is something new to read."""
        self._bell.ring(_topic(conversation))

    def listen(self, conversation: str) -> AbstractAsyncContextManager[Listener]:
        """Be rung when something new is said in a conversation."""
        return self._bell.listen(_topic(conversation))

    async def answers(self, conversation: str, sequence: int) -> tuple[bool, tuple[Said, ...]]:
        """Tell whether a message is done with, and give all replies to it, marking them sent."""
        done, sent = await self._database.read(records.answers, conversation, sequence)
        if any(row.status == store.Status.DUE for row in sent):
            await self._database.run(records.hand_over, conversation, sequence)
        return done, self._open(sent)

    async def late(self, conversation: str) -> tuple[Said, ...]:
        """Give what no answer has carried away yet, marking it sent."""
        return self._open(await self._database.run(records.hand_over, conversation))

    async def transcript(
        self, conversation: str, after: int, limit: int = 200
    ) -> tuple[tuple[Said | Heard, ...], bool]:
        """Give what both sides said after event `after`, in order, and whether an answer is due.

        Of each side at most the last `limit` are given.
        """
        came, went, waiting = await self._database.read(
            records.transcript, conversation, after, limit
        )
        heard = (
            Heard(kept.event, kept.message_id, self._envelopes.open_letter(kept.body))
            for kept in came
            if kept.body is not None
        )
        return tuple(sorted((*heard, *self._open(went)), key=lambda one: one.event)), waiting

    async def button(self, conversation: str, event: int, index: int) -> Button | None:
        """Find a button that this conversation was offered; `None` if it never was."""
        row = await self._database.read(records.reply, conversation, event)
        reply = self._envelopes.open_reply(row.body) if row is not None else None
        if reply is None or not 0 <= index < len(reply.buttons):
            return None
        return reply.buttons[index]

    def _open(self, rows: Sequence[records.Sent]) -> tuple[Said, ...]:
        opened: Iterable[tuple[int, Reply | None]] = (
            (row.event, self._envelopes.open_reply(row.body)) for row in rows
        )
        return tuple(Said(event, reply) for event, reply in opened if reply is not None)


def _topic(conversation: str) -> str:
    return f"conversation:{conversation}"
