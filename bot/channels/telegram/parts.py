"""Messages that are more than one update, as a queue of the lease kit: albums, and files to fetch.

Telegram sends the parts of an album as messages of their own and does not say how many there are.
Each is kept, and with that acknowledged, when it comes. An album is due when no part of it has come
for a while. The claim of its first part then fixes which parts are one message: it writes the
number of the first into `first` of them all, and a part that comes later is a message of its own.
Only the first part is in the queue from then on; lease, attempts and dead letter are the album's.

Every function is one transaction; bodies come encrypted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, insert, or_, select, update

from bot.channels.telegram.updates import BACKOFF
from bot.store.tables import telegram_part
from kernel import leases
from kernel.leases import DeadLetter, LeaseQueue, RowLease
from kernel.transaction import Transaction

LEASE = timedelta(seconds=75)
"""Longer than one file may take to be fetched; renewed after each."""

_p = telegram_part.c

QUEUE = LeaseQueue(
    name="telegram-albums",
    table=telegram_part,
    key=(_p.address_index, _p.album, _p.number),
    due=_p.due_at,
    owner=_p.owner,
    pending=lambda c: and_(
        c.done_at.is_(None), c.dead_at.is_(None), or_(c.first.is_(None), c.first == c.number)
    ),
    fence=_p.fence,
    attempts=_p.attempts,
    error=_p.error,
    dead=_p.dead_at,
    line=(_p.address_index, _p.album),
    place=(_p.number,),
)


@dataclass(frozen=True, slots=True)
class Part:
    """One update's share of a message; `number` is Telegram's number of it in its chat.

    `attachment` is the id of its file once that is kept.
    """

    number: int
    body: bytes
    attachment: str | None


@dataclass(frozen=True, slots=True)
class Album:
    """Holds the parts of one message under a lease, in the order in which they were sent.

    `split` is 0 as long as words and files are one message. It is the number of the message of
    files alone when the words did not wait for them.
    """

    lease: RowLease
    address_index: bytes
    name: str
    parts: tuple[Part, ...]
    split: int
    told: bool


def keep(
    tx: Transaction,
    address_index: bytes,
    album: str,
    number: int,
    body: bytes,
    *,
    now: datetime,
    due: datetime,
    split: int = 0,
) -> None:
    """Keep a part, and let the parts of its album that nobody has claimed wait for it until `due`.

    Raises:
        sqlalchemy.exc.IntegrityError: it is there already.
    """
    tx.execute(
        insert(telegram_part),
        {
            "address_index": address_index,
            "album": album,
            "number": number,
            "body": body,
            "received_at": now,
            "due_at": due,
            "fence": 0,
            "attempts": 0,
            "split": split,
        },
    )
    tx.execute(
        update(telegram_part)
        .where(_p.address_index == address_index, _p.album == album, _p.number != number)
        .where(_p.first.is_(None), _p.due_at < due)
        .values(due_at=due)
    )


def claim(tx: Transaction, owner: str, now: datetime, limit: int) -> list[Album]:
    """Take the leases of albums that are due."""
    claimed = leases.claim(
        tx,
        QUEUE,
        owner=owner,
        now=now,
        until=now + LEASE,
        limit=limit,
        columns=(_p.first, _p.told_at),
    )
    return [_album(tx, lease) for lease in claimed]


def _album(tx: Transaction, lease: RowLease) -> Album:
    index, name, number = lease.key
    if lease.values["first"] is None:
        tx.execute(
            update(telegram_part)
            .where(_p.address_index == index, _p.album == name, _p.first.is_(None))
            .values(first=number)
        )
    rows = tx.execute(
        select(_p.number, _p.body, _p.attachment, _p.split)
        .where(_of(lease), _p.done_at.is_(None))
        .order_by(_p.number)
    ).all()
    return Album(
        lease,
        index,
        name,
        tuple(Part(row.number, row.body, row.attachment) for row in rows),
        split=max(row.split for row in rows),
        told=lease.values["told_at"] is not None,
    )


def fetched(
    tx: Transaction, lease: RowLease, number: int, attachment: str | None, now: datetime
) -> bool:
    """Keep which attachment a part's file became, and renew the lease; false when it is lost."""
    if not leases.renew(tx, QUEUE, lease, now + LEASE):
        return False
    tx.execute(
        update(telegram_part).where(_of(lease), _p.number == number).values(attachment=attachment)
    )
    return True


def done(tx: Transaction, lease: RowLease, now: datetime) -> None:
    """Mark the parts of an album as taken into a message."""
    if leases.finish(tx, QUEUE, lease, {_p.done_at: now, _p.body: None}):
        tx.execute(update(telegram_part).where(_of(lease)).values(done_at=now, body=None))


def fail(
    tx: Transaction, album: Album, error: str, now: datetime, *, split: bool, attempts: int
) -> bool | None:
    """End an attempt that failed; tell whether there will be another, `None` if the lease is lost.

    `split` has the words not wait for the files any longer. Of a dead letter that is replayed all
    files are fetched and handed on once more, as those that came have been handed on.
    """
    again = leases.retry(
        tx,
        QUEUE,
        album.lease,
        now=now,
        error=error,
        backoff=BACKOFF,
        attempts=attempts,
        values={_p.split: max(album.split, int(split))},
        last={_p.split: album.split + 1, _p.told_at: now},
    )
    if again is False:
        tx.execute(update(telegram_part).where(_of(album.lease)).values(attachment=None))
    return again


def hand_back(tx: Transaction, lease: RowLease, due: datetime) -> None:
    """Leave an album to a later attempt; this one is not counted."""
    leases.hand_back(tx, QUEUE, lease, due)


def next_due(tx: Transaction) -> datetime | None:
    """Tell when the next album is due."""
    return leases.next_due(tx, QUEUE)


def dead_letters(tx: Transaction, limit: int) -> list[DeadLetter]:
    """List albums that were given up on, the newest first."""
    return leases.dead_letters(tx, QUEUE, limit)


def replay(tx: Transaction, key: Sequence[object], now: datetime) -> bool:
    """Have a dead letter tried again; false when it is none."""
    return leases.replay(tx, QUEUE, key, now)


def _of(lease: RowLease) -> ColumnElement[bool]:
    """Match the parts of a claimed album."""
    index, name, number = lease.key
    return and_(_p.address_index == index, _p.album == name, _p.first == number)
