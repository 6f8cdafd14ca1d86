"""Store which conversations are affected by an unreachable desk, and what citizens were told.

Each function runs in the caller's transaction, and changes nothing if another process was first. A
change and its words are one commit, so the words are sent once, even after a crash.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update

from bot.outbound import outgoing
from bot.outbound.outgoing import StoredPush
from bot.store.conversations import Status
from bot.store.modes import Mode, OutageNotice
from bot.store.tables import conversation
from kernel.database.database import Transaction

TOGETHER = 100
"""Most conversations that one poll handles."""

_c = conversation.c
_WITH_PEOPLE = or_(_c.mode != Mode.BOT, _c.desk_away.is_not(None))  # equals the index's condition


@dataclass(frozen=True, slots=True)
class HandedOverConversation:
    """A conversation in the hands of staff (waiting or live), as it was read."""

    id: str
    channel: str
    language: str | None
    mode: Mode
    away: OutageNotice | None
    talk: str | None
    fence: int


@dataclass(frozen=True, slots=True)
class OutageStep:
    """The new state of a conversation: its mode and mark, and the encrypted words."""

    mode: Mode
    away: OutageNotice | None
    words: bytes | None
    at_once: bool = False
    """Whether the citizen's waiting messages are retried now."""


def anyone(tx: Transaction) -> bool:
    """Return whether a conversation is with staff, or the desk must still be informed."""
    return tx.execute(select(_c.id).where(_WITH_PEOPLE).limit(1)).first() is not None


def untold(tx: Transaction) -> list[HandedOverConversation]:
    """Find conversations whose citizens were not told yet that the desk is unreachable."""
    return _find(tx, _c.mode != Mode.BOT, _c.desk_away.is_(None))


def overdue(tx: Transaction, before: datetime) -> list[HandedOverConversation]:
    """Find conversations that have waited for the desk since before `before`."""
    notified = _c.desk_away == OutageNotice.TOLD
    return _find(tx, _c.mode != Mode.BOT, notified, _c.desk_away_at <= before)


def marked(tx: Transaction) -> list[HandedOverConversation]:
    """Find conversations that the outage affected."""
    return _find(tx, _c.desk_away.is_not(None))


def _find(tx: Transaction, *conditions: ColumnElement[bool]) -> list[HandedOverConversation]:
    rows: Sequence[Any] = tx.execute(
        select(
            _c.id, _c.channel, _c.language, _c.mode, _c.desk_away, _c.live_talk, _c.live_fence
        ).where(_WITH_PEOPLE, *conditions).order_by(_c.id).limit(TOGETHER)
    ).all()  # fmt: skip
    return [
        HandedOverConversation(
            id_,
            channel,
            language,
            Mode(mode),
            OutageNotice(away) if away else None,
            talk,
            fence or 0,
        )
        for id_, channel, language, mode, away, talk, fence in rows
    ]


def step(
    tx: Transaction, found: HandedOverConversation, new: OutageStep, status: Status, now: datetime
) -> StoredPush | None:
    """Update a conversation and write the words; None when it has changed, or without words."""
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
    """Mark all conversations with staff, so that the citizens are informed; return their number.

    It is called at the start of the only process, because no other process served them meanwhile.
    """
    change = update(conversation).where(_WITH_PEOPLE, _c.desk_away.is_(None))
    return tx.execute(change.values(desk_away=OutageNotice.TOLD, desk_away_at=now)).rowcount


def mark_of(tx: Transaction, conversation_id: str) -> OutageNotice | None:
    """Return the outage mark of a conversation."""
    found = tx.scalar(select(_c.desk_away).where(_c.id == conversation_id))
    return OutageNotice(found) if found else None
