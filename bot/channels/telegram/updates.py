"""Retry failed updates with back-off as a queue; at last they become dead letters.

An update that was stored as a message has no row here. An update that fails for another reason than
the store is stored unchanged and acknowledged, so that it does not block later updates.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import delete
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError, SQLAlchemyError
from structlog import get_logger

from bot.channels.telegram import CHANNEL
from bot.channels.telegram.apology import Apologies, ApologyRecipient
from bot.channels.telegram.update import UPDATES, language_of_code
from bot.inbound.unkept import NotStored
from bot.message import MessageBody
from bot.store.envelope import Envelopes
from bot.store.tables import telegram_update
from kernel import leases
from kernel.backoff import Backoff
from kernel.clock import Clock
from kernel.database.database import Database
from kernel.database.transaction import Transaction
from kernel.leases import DeadLetter, LeaseQueue, RowLease
from kernel.privacy.crypto import DecryptionError

BACKOFF = Backoff(first=2.0, longest=300.0, jitter=0.0)
"""Waits between two attempts of a failing update."""

ATTEMPTS = 10
"""Attempts before an update becomes a dead letter; with `BACKOFF` they take 15 minutes."""

LEASE = timedelta(seconds=120)
"""Longer than a step of the loop may take, so that two processes never handle one update."""

STORE_AWAY = timedelta(seconds=5)
"""Wait of an update whose attempt was skipped because the store failed."""

BATCH = 10

_u = telegram_update.c

QUEUE = LeaseQueue(
    name="telegram-updates",
    table=telegram_update,
    key=(_u.update_id,),
    due=_u.due_at,
    owner=_u.owner,
    pending=lambda c: c.dead_at.is_(None),
    fence=_u.fence,
    attempts=_u.attempts,
    error=_u.error,
    dead=_u.dead_at,
)

Take = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Handles an update; raises its error."""

logger = get_logger(__name__)


class Updates:
    """Stores failed updates and retries them."""

    def __init__(
        self,
        *,
        database: Database,
        envelopes: Envelopes,
        clock: Clock,
        process: str,
        apologies: Apologies,
        take: Take,
    ) -> None:
        self._database = database
        self._envelopes = envelopes
        self._clock = clock
        self._process = process
        self._apologies = apologies
        self._take = take

    async def keep(self, raw: Mapping[str, Any]) -> None:
        """Store an update whose first attempt failed; a stored one stays unchanged.

        Raises:
            SQLAlchemyError: it could not be stored and must be delivered again.
        """
        chat = chat_of(raw)
        index = None if chat is None else self._envelopes.index_address(CHANNEL, str(chat))
        body = self._envelopes.seal_message(MessageBody(text="", metadata=raw))
        now = self._clock.now()
        try:
            await self._database.run(_insert, int(raw["update_id"]), index, body, now)
        except IntegrityError:
            return

    async def step(self) -> None:
        """Retry due updates."""
        now = self._clock.now()
        if await self._database.read(leases.next_due, QUEUE) is None:
            return
        claimed = await self._database.run(_claim, self._process, now)
        for lease in claimed:
            await self._again(lease)

    async def _again(self, lease: RowLease) -> None:
        whom = ApologyRecipient(lease.values[_u.address_index.name])
        try:
            letter = self._envelopes.open_message(lease.values[_u.body.name])
            whom = whom_of(letter.metadata, whom.index)
            await self._take(letter.metadata)
        except DecryptionError as error:
            await self._failed(lease, error, whom, attempts=0)
        except Exception as error:
            if may_pass(error):
                due = self._clock.now() + STORE_AWAY
                await self._database.run(leases.hand_back, QUEUE, lease, due)
                return
            logger.exception("telegram_update_failed", update=lease.key[0], attempt=lease.attempt)
            await self._failed(lease, error, whom, attempts=ATTEMPTS)
        else:
            await self._database.run(_drop, lease)

    async def _failed(
        self, lease: RowLease, error: Exception, whom: ApologyRecipient, *, attempts: int
    ) -> None:
        end = partial(
            leases.retry,
            queue=QUEUE,
            lease=lease,
            now=self._clock.now(),
            error=type(error).__name__,
            backoff=BACKOFF,
            attempts=attempts,
            last={_u.told_at: self._clock.now()},
        )
        notified = lease.values[_u.told_at.name] is not None
        again = await self._apologies.end(end, None if notified else "telegram_given_up", whom)
        if again is False:
            logger.error("telegram_update_given_up", update=lease.key[0])


def may_pass(error: Exception) -> bool:
    """Return whether an update failed because of the store and not because of its content."""
    if isinstance(error, DataError | IntegrityError | ProgrammingError):
        return False
    return isinstance(error, SQLAlchemyError | NotStored)


def chat_of(update: Mapping[str, Any]) -> object:
    """Return the number of an update's chat; `None` when it has none."""
    kind, about = _about(update)
    holder = about.get("message") if kind == "callback_query" else about
    chat = holder.get("chat") if isinstance(holder, Mapping) else None
    return chat.get("id") if isinstance(chat, Mapping) else None


def whom_of(update: Mapping[str, Any], index: bytes | None) -> ApologyRecipient:
    """Return the sender of an update in a private chat, whose numbers are positive."""
    kind, about = _about(update)
    chat, user = chat_of(update), about.get("from")
    if kind == "my_chat_member" or not isinstance(chat, int) or chat <= 0:
        return ApologyRecipient(None)
    code = user.get("language_code") if isinstance(user, Mapping) else None
    return ApologyRecipient(index, chat, language_of_code(code if isinstance(code, str) else None))


def _about(update: Mapping[str, Any]) -> tuple[str | None, Mapping[str, Any]]:
    """Return the kind of an update and its content."""
    for kind in UPDATES:
        if isinstance(about := update.get(kind), Mapping):
            return kind, about
    return None, {}


def dead_letters(tx: Transaction, limit: int) -> list[DeadLetter]:
    """List updates that are dead letters, newest first."""
    return leases.dead_letters(tx, QUEUE, limit)


def replay(tx: Transaction, key: Sequence[Any], now: datetime) -> bool:
    """Replay a dead letter; false when there is none."""
    return leases.replay(tx, QUEUE, key, now)


def _insert(tx: Transaction, id_: int, index: bytes | None, body: bytes, now: datetime) -> None:
    tx.execute(
        telegram_update.insert(),
        {
            "update_id": id_,
            "address_index": index,
            "body": body,
            "received_at": now,
            "due_at": now + BACKOFF.wait(1),
            "fence": 0,
            "attempts": 1,
        },
    )


def _claim(tx: Transaction, owner: str, now: datetime) -> list[RowLease]:
    return leases.claim(
        tx,
        QUEUE,
        owner=owner,
        now=now,
        until=now + LEASE,
        limit=BATCH,
        columns=(_u.body, _u.address_index, _u.told_at),
        order=(_u.update_id,),
    )


def _drop(tx: Transaction, lease: RowLease) -> None:
    tx.execute(delete(telegram_update).where(QUEUE.held(lease)))
