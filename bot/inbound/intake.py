"""Receive messages: commit inbox row and lease, send emergency words, then run the turn.

`receive` is the first commit: after its return the message is stored and the channel may
acknowledge it. The message is queued behind all earlier messages of its conversation. `settle` runs
its turn, or waits until another task or process has run it. The sweep finds messages for which no
caller waits.

The order of messages is the order of these commits. On one web socket that is the order of
sending; two parallel requests have no other order.

A text that begins with `/` is a Rasa payload and is not passed to understanding, but only if the
channel marks it with `PAYLOAD`. That is a tap on a button that the web chat found in this
conversation, or a text of a REST client, as with Rasa's channel. Typed elsewhere it is plain text.
Engine and actions check the intents and entities of a payload, because a REST client can invent
them.
"""

from collections.abc import Coroutine
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError
from structlog import get_logger

from bot import limits
from bot.dialogue.turns import Turns
from bot.inbound.danger import DangerDetector, Emergency, EmergencyFinding
from bot.inbound.unkept import InboxWriter
from bot.message import InboundMessage, InboxMessage, MessageBody, OutboxMessage, Reply
from bot.outbound.delivery import Delivery
from bot.store import records
from bot.store.conversations import Claim, Receipt, claim
from bot.store.envelope import Envelopes
from bot.store.turns import LeaseLost
from bot.texts import CitizenTexts, language_of
from kernel.clock import Clock
from kernel.database.database import Database
from kernel.ids import Ids
from kernel.supervisor import Supervisor

PAYLOAD = "payload"
TITLE = "title"
"""Metadata that only channels set: the text is a payload, and the title of its button."""

T = TypeVar("T")

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class IntakeAnswer:
    """The replies to one message; `done` is false when more follow later."""

    said: tuple[OutboxMessage, ...]
    done: bool


class Intake:
    """Receives messages and runs their turns.

    `patience` is the longest time in seconds that `settle` waits for a turn that runs elsewhere.
    """

    def __init__(
        self,
        *,
        database: Database,
        turns: Turns,
        delivery: Delivery,
        envelopes: Envelopes,
        texts: CitizenTexts,
        emergency: Emergency,
        clock: Clock,
        ids: Ids,
        supervisor: Supervisor,
        patience: float = 8.0,
    ) -> None:
        self._database = database
        self._turns = turns
        self._delivery = delivery
        self._envelopes = envelopes
        self._texts = texts
        self._danger = DangerDetector(emergency)
        self._clock = clock
        self._ids = ids
        self._patience = patience
        self._keeping = InboxWriter(clock, supervisor)

    async def receive(self, inbound: InboundMessage) -> Receipt:
        """Keep a message, once: a repeated delivery gets the receipt of the first.

        Raises:
            bot.limits.MessageTooLong: it is longer than what is kept at all; nothing was.
            bot.inbound.unkept.NotStored: it reports danger and is not stored in time.
        """
        limits.check_size(inbound.text)
        text = limits.clean(inbound.text)
        danger = await self._danger.beside(text)
        alarm = self._reply("emergency_not_stored", danger, text, inbound.language)
        return await self._keeping.in_time(self._keep(inbound, text, danger), alarm, self.go_on)

    async def _keep(
        self, inbound: InboundMessage, text: str, danger: EmergencyFinding | None
    ) -> Receipt:
        body = _body(inbound, text, danger)
        alarm = self._reply("emergency", danger, text, inbound.language)
        words = (*((alarm,) if alarm is not None else ()), *inbound.notices)
        now = self._clock.now()
        owner, until = self._turns.ask(now)
        wanted = Claim(
            conversation=self._ids.new("cnv"),
            channel=inbound.channel,
            address_index=self._envelopes.index_address(inbound.channel, inbound.address),
            address=self._envelopes.seal_address(inbound.address),
            message_id=inbound.message_id,
            body=self._envelopes.seal_message(body),
            language=inbound.language or language_of(text),
            words=[self._envelopes.seal_reply(reply) for reply in words],
            status=self._delivery.status(inbound.channel, carried=True),
            owner=owner,
            now=now,
            until=until,
        )
        try:
            receipt = await self._database.run(claim, wanted)
        except IntegrityError:
            if (repeated := await self._repeated(wanted, body)) is not None:
                return repeated
            # Two first messages of one address came together; now its conversation exists.
            receipt = await self._database.run(claim, wanted)
        if danger is not None:
            logger.warning("emergency_words", conversation=receipt.conversation, kind=danger.kind)
        if words:
            self._delivery.ring(receipt.conversation, inbound.channel)
        return replace(
            receipt,
            replies=tuple(
                OutboxMessage(event, reply) for event, reply in enumerate(words, receipt.event + 1)
            ),
            message=InboxMessage(receipt.event, inbound.message_id, body, now),
        )

    async def _repeated(self, wanted: Claim, body: MessageBody) -> Receipt | None:
        found = await self._database.read(
            records.find, wanted.channel, wanted.address_index, wanted.message_id
        )
        if found is None:
            return None
        conversation, row = found
        message = InboxMessage(
            row.event, row.message_id, body, row.received_at, row.attempts, row.notified
        )
        return Receipt(conversation, row.sequence, row.event, repeated=True, message=message)

    async def settle(self, receipt: Receipt) -> IntakeAnswer:
        """Run the turn of a received message; return its replies, the emergency words first.

        The replies are marked as sent with the caller's answer. When the turn runs elsewhere and
        takes longer than `patience`, the answer says so and `done` is false.
        """
        lease = receipt.lease
        if lease is None or receipt.message is None:
            return await self._wait(receipt)
        if lease.next != receipt.sequence:  # an earlier message is unanswered
            self._turns.work(lease)
            return await self._wait(receipt)
        try:
            result = await self._turns.run(lease, receipt.message, carried=True)
        except LeaseLost:
            logger.warning("lease_lost", conversation=lease.conversation)
            return await self._wait(receipt)
        if result.following is not None:
            self._turns.work(result.following)
        return IntakeAnswer((*receipt.replies, *result.said), result.done)

    def go_on(self, receipt: Receipt) -> None:
        """Start the turn of a received message without waiting; listeners read the replies."""
        if receipt.lease is not None:
            mine = receipt.lease.next == receipt.sequence
            self._turns.work(receipt.lease, receipt.message if mine else None)

    async def handle(self, inbound: InboundMessage) -> IntakeAnswer:
        """Receive and settle in one: for channels that answer within the call.

        Replies that came too late for the call that they belong to come first, behind words of
        an emergency. A repeated call gets those again that its first answer took along: that answer
        may have been lost.

        Raises:
            bot.limits.MessageTooLong: it is longer than what is kept at all; nothing was.
            bot.inbound.unkept.NotStored: it reports danger and is not stored in time.
        """
        receipt = await self.receive(inbound)
        answer = await self.settle(receipt)
        if not (receipt.unsent or receipt.repeated):
            return answer
        late = await self._delivery.late(
            receipt.conversation, receipt.sequence, again=receipt.repeated
        )
        of_this = {said.event for said in answer.said}
        before = tuple(said for said in late if said.event not in of_this)
        first = len(receipt.replies)  # in danger the numbers to call come first
        return IntakeAnswer((*answer.said[:first], *before, *answer.said[first:]), answer.done)

    async def _wait(self, receipt: Receipt) -> IntakeAnswer:
        end = self._clock.now().timestamp() + self._patience
        async with self._delivery.listen(receipt.conversation) as listener:
            while True:
                done, said = await self._delivery.answers(receipt.conversation, receipt.sequence)
                if done or (receipt.message is not None and receipt.message.notified):
                    return IntakeAnswer(said, done)
                left = end - self._clock.now().timestamp()
                if left <= 0:
                    break
                # Poll too: the turn may run in a process whose signals do not arrive here.
                await listener.wait(min(left, 1.0))
        if said:
            return IntakeAnswer(said, done=False)
        body = receipt.message.body if receipt.message is not None else None
        language = body.language if body is not None else None
        waiting = Reply(self._texts.words("still_working", language))
        return IntakeAnswer((OutboxMessage(receipt.event, waiting),), done=False)

    async def knows(self, channel: str, address: str) -> bool:
        """Return whether an address has a conversation."""
        index = self._envelopes.index_address(channel, address)
        return await self._database.read(records.known, channel, index) is not None

    def words_unkept(self, text: str, language: str | None) -> str | None:
        """Return the answer to a report of danger that is not accepted; None without danger."""
        text = limits.clean(text[: limits.HANDLED])
        danger = self._danger.of(text)
        if danger is None:
            return None
        spoken = language_of(text) or language
        numbers = self._texts.words("and", spoken).join(danger.call)
        return self._texts.words("emergency_unkept", spoken, numbers=numbers)

    async def in_time(self, work: Coroutine[Any, Any, T], text: str, language: str | None) -> T:
        """Await a channel's write to the store before it passes on a message.

        Raises:
            bot.inbound.unkept.NotStored: the message reports danger and the write is too slow or
                fails.
        """
        text = limits.clean(text[: limits.HANDLED])
        danger = await self._danger.beside(text)
        alarm = self._reply("emergency_not_stored", danger, text, language)
        return await self._keeping.in_time(work, alarm)

    async def idle(self) -> None:
        """Wait until all delayed writes have ended."""
        await self._keeping.idle()

    def _reply(
        self, key: str, danger: EmergencyFinding | None, text: str, language: str | None
    ) -> Reply | None:
        """Make the words of an emergency: those of its kind, if `key` has some."""
        if danger is None:
            return None
        if self._texts.has(f"{key}_{danger.kind}"):
            key = f"{key}_{danger.kind}"
        # In the language of this message, not of the earlier conversation.
        spoken = language_of(text) or language
        numbers = self._texts.words("and", spoken).join(danger.call)
        return Reply(
            self._texts.words(key, spoken, numbers=numbers),
            custom={"type": "emergency", "kind": danger.kind, "call": list(danger.call)},
        )


def _body(inbound: InboundMessage, text: str, danger: EmergencyFinding | None) -> MessageBody:
    title = inbound.metadata.get(TITLE)
    return MessageBody(
        text=text,
        payload=inbound.metadata.get(PAYLOAD) is True,
        title=title if isinstance(title, str) else None,
        language=inbound.language or language_of(text),
        emergency=danger.kind if danger is not None else None,
        sent_at=_moment(inbound.sent_at),
        attachments=inbound.attachments,
        metadata={
            key: value for key, value in inbound.metadata.items() if key not in (PAYLOAD, TITLE)
        },
    )


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
