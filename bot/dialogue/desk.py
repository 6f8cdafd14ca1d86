"""Port of the desk, where staff answer instead of the engine, and mode changes of a turn.

`bot.live.desk` implements it on the case service.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from bot.dialogue.engine.port import EngineUnavailable, Outcome, Turn
from bot.message import Reply
from bot.outbound.live_words import MARK
from bot.store.modes import Mode, Switch

MODES = {"waiting": Mode.WAITING, "live": Mode.LIVE, "ended": Mode.BOT}
"""The mode of a conversation for each state of its live talk."""


@dataclass(frozen=True, slots=True)
class HandoverResult:
    """Result of the desk for a message: without an `outcome` the dialogue engine answers it.

    `switch` changes the mode in the turn's commit.
    """

    outcome: Outcome | None
    switch: Switch | None = None


class DeskUnavailable(EngineUnavailable):
    """The desk cannot be reached now; the message stays in the inbox and is retried."""


class Handover(Protocol):
    """Answers messages of conversations that wait for an agent or are handed over to one."""

    async def take(self, turn: Turn, mode: Mode) -> HandoverResult:
        """Pass a message to the desk; the replies concern waiting, usually there are none.

        Raises:
            DeskUnavailable: the desk cannot be reached now.
        """
        ...


def switch_in(replies: Iterable[Reply]) -> Switch | None:
    """Return the mode change that a turn's replies request; the last one counts."""
    found = None
    for reply in replies:
        custom = reply.custom or {}
        mode, talk, fence = (custom.get(key) for key in ("mode", "talk", "fence"))
        if custom.get("type") != MARK or mode not in MODES:
            continue
        if isinstance(talk, str) and isinstance(fence, int):
            found = Switch(MODES[str(mode)], talk, fence)
    return found
