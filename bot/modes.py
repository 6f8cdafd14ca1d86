"""Who answers a conversation, and how that changes: see `docs/adr/0004-live-talks.md`."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import or_, update

from bot.tables import conversation
from kernel.database import Transaction

_c = conversation.c


class Mode(StrEnum):
    """Who answers a conversation."""

    BOT = "bot"
    WAITING = "waiting"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Switch:
    """A change of mode: by which talk with a leader, and under which of its fences.

    Without a talk it holds whatever was before.
    """

    mode: Mode
    talk: str | None = None
    fence: int = 0


def change_mode(tx: Transaction, conversation_id: str, switch: Switch) -> bool:
    """Change who answers a conversation; tell whether the switch still held.

    Talks are numbered in order and a talk's fence only rises: one that comes late, whose talk or
    fence was followed by another, changes nothing.
    """
    change = update(conversation).where(_c.id == conversation_id)
    if switch.talk is not None:
        change = change.where(
            or_(
                _c.live_talk.is_(None),
                _c.live_talk < switch.talk,
                (_c.live_talk == switch.talk) & (_c.live_fence <= switch.fence),
            )
        ).values(live_talk=switch.talk, live_fence=switch.fence)
    return tx.execute(change.values(mode=switch.mode)).rowcount == 1
