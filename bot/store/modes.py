"""Who answers a conversation, and how that changes: see `docs/adr/0004-live-talks.md`."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import case, or_, update

from bot.store.tables import conversation
from kernel.database import Transaction

_c = conversation.c


class Mode(StrEnum):
    """Who answers a conversation."""

    BOT = "bot"
    WAITING = "waiting"
    LIVE = "live"


class Away(StrEnum):
    """What a citizen in front of a desk that cannot be reached was told, or did."""

    TOLD = "told"  # that it is away: they hear when it is back
    HANDED = "handed"  # that the bot goes on: the case service is still to be told
    LEFT = "left"  # they did not want to wait: as before, and nothing more is said


@dataclass(frozen=True, slots=True)
class Switch:
    """A change of mode: by which talk with a leader, and under which of its fences.

    Without a talk it holds whatever was before. `away` marks that the citizen left while the desk
    could not be told.
    """

    mode: Mode
    talk: str | None = None
    fence: int = 0
    away: Away | None = None


def change_mode(
    tx: Transaction, conversation_id: str, switch: Switch, *, over: bool = False
) -> bool:
    """Change who answers a conversation; tell whether the switch still held.

    Talks are numbered in order and a talk's fence only rises: one that comes late, whose talk or
    fence was followed by another, changes nothing. With `over` the change tells by itself
    how the talk stands, so what was told of the desk's being away needs no word more.
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
    told = case((_c.desk_away == Away.TOLD, _c.desk_away), else_=None)
    away = switch.away or (None if over else told)
    return tx.execute(change.values(mode=switch.mode, desk_away=away)).rowcount == 1
