"""Store and change who answers a conversation; see `docs/adr/0004-live-talks.md`."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import case, or_, update

from bot.store.tables import conversation
from kernel.database.database import Transaction

_c = conversation.c


class Mode(StrEnum):
    """Who answers a conversation."""

    BOT = "bot"
    WAITING = "waiting"
    LIVE = "live"


class OutageNotice(StrEnum):
    """What a citizen was told, or did, while the desk was unreachable."""

    TOLD = "told"  # told of the outage; they are told when it ends
    HANDED = "handed"  # handed back to the bot; the case service must still be informed
    LEFT = "left"  # the citizen left; the case service must be informed, the citizen not


@dataclass(frozen=True, slots=True)
class Switch:
    """A change of mode, with the live talk that caused it and its fence.

    Without a talk it is always valid. `away` marks that the citizen left while the desk was
    unreachable.
    """

    mode: Mode
    talk: str | None = None
    fence: int = 0
    away: OutageNotice | None = None


def change_mode(
    tx: Transaction, conversation_id: str, switch: Switch, *, over: bool = False
) -> bool:
    """Change who answers a conversation; return whether the switch was still valid.

    Talk ids are ordered and a talk's fence only increases. A late switch, with an older talk or
    fence, changes nothing. With `over` the change itself tells the citizen the talk's state, so the
    outage mark is cleared.
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
    notified = case((_c.desk_away == OutageNotice.TOLD, _c.desk_away), else_=None)
    away = switch.away or (None if over else notified)
    return tx.execute(change.values(mode=switch.mode, desk_away=away)).rowcount == 1
