"""Store the parts of albums, and messages with files to fetch, as a queue of the lease kit.

Telegram sends each part of an album as its own message and does not send the number of parts. Each
part is stored, and so acknowledged, when it arrives. An album is due when no part has arrived for a
while. The claim of its first part then fixes which parts form the message: it writes the number of
the first part into `first` of all of them. A part that arrives later becomes its own message. Then
only the first part is in the queue; it carries the album's lease, attempts and dead letter.

Every function runs in the caller's transaction; bodies are passed encrypted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, insert, or_, select, update

from bot.channels.telegram.updates import BACKOFF
from bot.store.tables import telegram_part
from kernel import leases
from kernel.database.transaction import Transaction
from kernel.leases import DeadLetter, LeaseQueue, RowLease

LEASE = timedelta(seconds=75)
"""Longer than the fetch of one file; renewed after each file."""

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
class AlbumPart:
    """Part of a message from one update; `number` is Telegram's message number in the chat.

    `attachment` is the id of its file once that is stored.
    """

    number: int
    body: bytes
    attachment: str | None


@dataclass(frozen=True, slots=True)
class Album:
    """The parts of one message under a lease, in the order in which they were sent.

    `split` is 0 while text and files are one message. When the text did not wait, it is the number
    of the message that contains only files.
    """

    lease: RowLease
    address_index: bytes
    name: str
    parts: tuple[AlbumPart, ...]
    split: int
    notified: bool


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
    """Store a part, and set the unclaimed parts of its album to wait until `due`.

    Raises:
        sqlalchemy.exc.IntegrityError: it is stored already.
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
    """Claim the leases of due albums."""
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
        tuple(AlbumPart(row.number, row.body, row.attachment) for row in rows),
        split=max(row.split for row in rows),
        notified=lease.values["told_at"] is not None,
    )


def fetched(
    tx: Transaction, lease: RowLease, number: int, attachment: str | None, now: datetime
) -> bool:
    """Store the attachment of a part's file and renew the lease; false when the lease is lost."""
    if not leases.renew(tx, QUEUE, lease, now + LEASE):
        return False
    tx.execute(
        update(telegram_part).where(_of(lease), _p.number == number).values(attachment=attachment)
    )
    return True


def done(tx: Transaction, lease: RowLease, now: datetime) -> None:
    """Mark the parts of an album as finished."""
    if leases.finish(tx, QUEUE, lease, {_p.done_at: now, _p.body: None}):
        tx.execute(update(telegram_part).where(_of(lease)).values(done_at=now, body=None))


def fail(
    tx: Transaction, album: Album, error: str, now: datetime, *, split: bool, attempts: int
) -> bool | None:
    """End a failed attempt; return whether there is another, `None` if the lease is lost.

    With `split` the text no longer waits for the files. When a dead letter is replayed, all files
    are fetched and passed on again, because those fetched before were passed on already.
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
    """Hand back an album for a later attempt; this one is not counted."""
    leases.hand_back(tx, QUEUE, lease, due)


def next_due(tx: Transaction) -> datetime | None:
    """Return when the next album is due."""
    return leases.next_due(tx, QUEUE)


def dead_letters(tx: Transaction, limit: int) -> list[DeadLetter]:
    """List albums that are dead letters, newest first."""
    return leases.dead_letters(tx, QUEUE, limit)


def replay(tx: Transaction, key: Sequence[object], now: datetime) -> bool:
    """Replay a dead letter; false when there is none."""
    return leases.replay(tx, QUEUE, key, now)


def _of(lease: RowLease) -> ColumnElement[bool]:
    """Match the parts of a claimed album."""
    index, name, number = lease.key
    return and_(_p.address_index == index, _p.album == name, _p.first == number)
