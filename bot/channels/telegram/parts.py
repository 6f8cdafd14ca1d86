"""Messages that are more than one update: what was received of them so far.

Telegram sends the parts of an album as messages of their own and does not say how many there are.
Each is kept, and with that acknowledged, when it comes; those of one album that came close
together are then claimed and become one message. The parts of a claim are always the same, and its
message is named by the first, so a claim that is worked off twice is one message.

Every function is one transaction; bodies come encrypted.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, or_, select, update

from bot.store.tables import telegram_part
from kernel.database import Transaction

_p = telegram_part.c


@dataclass(frozen=True, slots=True)
class Part:
    """One update's share of a message; `number` is Telegram's number of it in its chat."""

    address_index: bytes
    album: str
    number: int
    body: bytes
    received_at: datetime


def keep(tx: Transaction, part: Part) -> None:
    """Keep a part.

    Raises:
        sqlalchemy.exc.IntegrityError: it is there already.
    """
    tx.execute(
        insert(telegram_part),
        {
            "address_index": part.address_index,
            "album": part.album,
            "number": part.number,
            "body": part.body,
            "received_at": part.received_at,
        },
    )


def claim(
    tx: Transaction, address_index: bytes, album: str, name: str, now: datetime
) -> list[Part]:
    """Claim, as `name`, the parts that nobody has claimed; give them in the order of sending."""
    tx.execute(
        update(telegram_part)
        .where(_p.address_index == address_index, _p.album == album, _p.claim.is_(None))
        .values(claim=name, claimed_at=now)
    )
    return claimed(tx, address_index, album, name)


def claimed(tx: Transaction, address_index: bytes, album: str, name: str) -> list[Part]:
    """Give the parts of a claim that is not done, in the order of sending."""
    rows = tx.execute(
        select(_p.number, _p.body, _p.received_at)
        .where(
            _p.address_index == address_index,
            _p.album == album,
            _p.claim == name,
            _p.done_at.is_(None),
        )
        .order_by(_p.number)
    )
    return [Part(address_index, album, row.number, row.body, row.received_at) for row in rows]


def done(tx: Transaction, address_index: bytes, album: str, name: str, now: datetime) -> None:
    """Mark a claim's parts as taken into a message."""
    tx.execute(
        update(telegram_part)
        .where(_p.address_index == address_index, _p.album == album, _p.claim == name)
        .values(body=None, done_at=now)
    )


def left(
    tx: Transaction, unclaimed_before: datetime, claimed_before: datetime
) -> list[tuple[bytes, str, str | None]]:
    """Find albums that nobody works on: their chats, their names, and the claim if there is one."""
    rows = tx.execute(
        select(_p.address_index, _p.album, _p.claim)
        .where(
            _p.done_at.is_(None),
            or_(
                _p.claim.is_(None) & (_p.received_at <= unclaimed_before),
                _p.claim.is_not(None) & (_p.claimed_at <= claimed_before),
            ),
        )
        .distinct()
    )
    return [(row.address_index, row.album, row.claim) for row in rows]


def again(tx: Transaction, address_index: bytes, album: str, name: str, now: datetime) -> None:
    """Note that a claim is being worked on anew."""
    tx.execute(
        update(telegram_part)
        .where(_p.address_index == address_index, _p.album == album, _p.claim == name)
        .values(claimed_at=now)
    )


def forget(tx: Transaction, before: datetime) -> None:
    """Drop parts that are too old to be delivered again."""
    tx.execute(delete(telegram_part).where(_p.done_at <= before))
