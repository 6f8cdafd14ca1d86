"""Conversations in front of a desk that cannot be reached: what they were told, and what is owed.

Each function is one transaction, and changes nothing where another process was faster. A change and
its words are one commit, so words are said once, whoever dies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update

from bot.outbound import outgoing
from bot.outbound.outgoing import Pushed
from bot.store.conversations import Status
from bot.store.modes import Away, Mode
from bot.store.tables import conversation
from kernel.database import Transaction

TOGETHER = 100
"""Conversations that one look takes up at once."""

_c = conversation.c
_WITH_PEOPLE = or_(_c.mode != Mode.BOT, _c.desk_away.is_not(None))  # as the index has it


@dataclass(frozen=True, slots=True)
class Before:
    """A conversation whose citizen waits for a person or talks to one, as it was found."""

    id: str
    channel: str
    language: str | None
    mode: Mode
    away: Away | None
    talk: str | None
    fence: int


@dataclass(frozen=True, slots=True)
class OutageStep:
    """What becomes of a conversation: its mode and mark from now on, and the words, sealed."""

    mode: Mode
    away: Away | None
    words: bytes | None
    at_once: bool = False
    """What the citizen wrote meanwhile is tried again now."""


def anyone(tx: Transaction) -> bool:
    """Tell whether anyone is with people, or something is owed to the desk."""
    return tx.execute(select(_c.id).where(_WITH_PEOPLE).limit(1)).first() is not None


def untold(tx: Transaction) -> list[Before]:
    """Find those who do not know yet that the desk is away."""
    return _find(tx, _c.mode != Mode.BOT, _c.desk_away.is_(None))


def overdue(tx: Transaction, before: datetime) -> list[Before]:
    """Find those who have waited for the desk to come back since before then."""
    told = _c.desk_away == Away.TOLD
    return _find(tx, _c.mode != Mode.BOT, told, _c.desk_away_at <= before)


def marked(tx: Transaction) -> list[Before]:
    """Find those to whom the desk was away."""
    return _find(tx, _c.desk_away.is_not(None))


def _find(tx: Transaction, *conditions: ColumnElement[bool]) -> list[Before]:
    rows: Sequence[Any] = tx.execute(
        select(
            _c.id, _c.channel, _c.language, _c.mode, _c.desk_away, _c.live_talk, _c.live_fence
        ).where(_WITH_PEOPLE, *conditions).order_by(_c.id).limit(TOGETHER)
    ).all()  # fmt: skip
    return [
        Before(id_, channel, language, Mode(mode), Away(away) if away else None, talk, fence or 0)
        for id_, channel, language, mode, away, talk, fence in rows
    ]


def step(
    tx: Transaction, found: Before, new: OutageStep, status: Status, now: datetime
) -> Pushed | None:
    """Take a conversation one step on and say so; None when it is not as it was found, or mute."""
    same = (
        (_c.id == found.id)
        & (_c.mode == found.mode)
        & (_c.desk_away.is_(None) if found.away is None else _c.desk_away == found.away)
        & (_c.live_talk.is_(None) if found.talk is None else _c.live_talk == found.talk)
    )
    values: dict[str, object] = {"mode": new.mode, "desk_away": new.away}
    if found.away is None:
        values["desk_away_at"] = now
    if not tx.execute(update(conversation).where(same).values(values)).rowcount:
        return None
    if new.at_once:
        free = _c.lease_owner.is_(None) & (_c.received > _c.answered)
        tx.execute(update(conversation).where(_c.id == found.id, free).values(free_at=now))
    if new.words is None:
        return None
    return outgoing.push(
        tx, found.id, key=None, body=new.words, urgency=0, status_of=lambda _: status, now=now
    )


def interrupted(tx: Transaction, now: datetime) -> int:
    """Mark all who are with people, so that they hear that it goes on; give how many.

    At the start of a process that knows itself to be alone: there was nobody else to keep them
    company.
    """
    change = update(conversation).where(_WITH_PEOPLE, _c.desk_away.is_(None))
    return tx.execute(change.values(desk_away=Away.TOLD, desk_away_at=now)).rowcount


def mark_of(tx: Transaction, conversation_id: str) -> Away | None:
    """Tell how a conversation is marked."""
    found = tx.scalar(select(_c.desk_away).where(_c.id == conversation_id))
    return Away(found) if found else None
