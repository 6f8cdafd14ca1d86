"""Tell citizens that their message became a dead letter: once, in the same commit."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.channels.telegram import CHANNEL
from bot.message import Reply
from bot.outbound import outgoing
from bot.outbound.delivery import Delivery
from bot.push import PushPriority
from bot.store import records
from bot.store.envelope import Envelopes
from bot.texts import CitizenTexts
from kernel.clock import Clock
from kernel.database.database import Database
from kernel.database.transaction import Transaction


@dataclass(frozen=True, slots=True)
class ApologyRecipient:
    """The known data of the recipient: index of the address, number of the chat, language."""

    index: bytes | None
    chat: int | None = None
    language: str | None = None


class Apologies:
    """Writes an apology as a row of the outbox, which is retried like all its rows.

    A chat without a conversation has no outbox: `say` then tries to send it, without a retry.
    """

    def __init__(
        self,
        *,
        database: Database,
        envelopes: Envelopes,
        delivery: Delivery,
        texts: CitizenTexts,
        clock: Clock,
        say: Callable[[int, str], None],
    ) -> None:
        self._database = database
        self._envelopes = envelopes
        self._delivery = delivery
        self._texts = texts
        self._clock = clock
        self._say = say

    async def end(
        self, end: Callable[[Transaction], bool | None], key: str | None, whom: ApologyRecipient
    ) -> bool | None:
        """Run `end`; if it returns false (a dead letter), send the words `key`.

        Without a `key` nothing is sent. Returns the result of `end`.
        """
        known = None
        if whom.index is not None:
            known = await self._database.read(records.known, CHANNEL, whom.index)
        conversation = known.conversation if known is not None else None
        language = (known.language if known is not None else None) or whom.language
        words = self._texts.words(key, language) if key is not None else None

        def run(tx: Transaction) -> bool | None:
            again = end(tx)
            if again is False and words is not None and conversation is not None:
                self.write(tx, conversation, words)
            return again

        again = await self._database.run(run)
        if again is False and words is not None:
            if conversation is not None:
                self._delivery.ring(conversation, CHANNEL)
            elif whom.chat is not None:
                self._say(whom.chat, words)
        return again

    def write(self, tx: Transaction, conversation: str, words: str) -> None:
        """Write words to a citizen as a row of the outbox."""
        outgoing.push(
            tx,
            conversation,
            key=None,
            body=self._envelopes.seal_reply(Reply(words)),
            urgency=PushPriority.REPLY,
            status_of=lambda channel: self._delivery.status(channel, carried=False),
            now=self._clock.now(),
        )
