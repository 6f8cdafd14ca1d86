"""People who answer instead of the bot: the way of a conversation to the leader on duty and back.

Who answers is the conversation's mode. It changes in two ways: with a turn (the citizen asked for
the leader, or gave up), by a mark in the turn's replies; and with an event of the talk
(`bot.live_news`). Both carry the talk and its fence, which only rises, so whichever comes late
changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from api.client import ApiClient, ApiProblem, ApiUnavailable
from api.contract.live import LiveMessage, TalkOut
from bot.engine.port import EngineUnavailable, Outcome, Turn
from bot.message import Button, Reply
from bot.modes import Away, Mode, Switch
from bot.texts import Texts

MARK = "live"
"""The `type` of a reply's `custom` that changes the mode: with `mode`, `talk` and `fence`."""

LEAVE = "/live_leave"
OURS = (LEAVE, "/live_solved")
"""Payloads about the talk itself: the dialogue answers them in every mode."""

_MODES = {"waiting": Mode.WAITING, "live": Mode.LIVE, "ended": Mode.BOT}


@dataclass(frozen=True, slots=True)
class Taken:
    """What the desk made of a message: without an `outcome` the dialogue has to answer it.

    `switch` changes the mode with the turn.
    """

    outcome: Outcome | None
    switch: Switch | None = None


class DeskUnavailable(EngineUnavailable):
    """The desk cannot be reached now; the message stays in the inbox and is tried again."""


class Desk(Protocol):
    """Takes the messages of conversations that wait for a person or talk to one."""

    async def take(self, turn: Turn, mode: Mode) -> Taken:
        """Hand a message to the desk; the replies are words about waiting, mostly none.

        Raises:
            DeskUnavailable: it cannot be reached now.
        """
        ...


class LiveDesk:
    """The desk behind the case service: the leader reads there what the citizen writes here."""

    def __init__(self, client: ApiClient, texts: Texts) -> None:
        self._client = client
        self._texts = texts

    async def take(self, turn: Turn, mode: Mode) -> Taken:
        """See `Desk`."""
        language = _word(turn.metadata.get("language"))
        gives_up = mode is Mode.WAITING and self._gives_up(turn.text, language)
        if gives_up or turn.text == LEAVE:
            return await self._leave(turn, language)
        if turn.text.startswith("/"):
            return self._tapped(turn, mode, language)
        try:
            taken = await self._client.live_message(turn.conversation, _message(turn))
        except ApiUnavailable as error:
            raise DeskUnavailable from error
        except ApiProblem as problem:
            if problem.code != "live_talk_not_found":
                raise
            return Taken(None, Switch(Mode.BOT))
        switch = switch_to(taken.talk)
        if not taken.taken:
            return Taken(None, switch)
        place = taken.talk.place
        told = taken.tell_place and place is not None
        replies = (waiting(self._texts, place or 0, language),) if told else ()
        return Taken(Outcome(replies, turn.state), switch)

    def _tapped(self, turn: Turn, mode: Mode, language: str | None) -> Taken:
        if mode is Mode.WAITING or turn.text.startswith(OURS):
            return Taken(None)
        return Taken(Outcome((Reply(self._texts.words("live_tapped", language)),), turn.state))

    def _gives_up(self, text: str, language: str | None) -> bool:
        said = text.strip(" .!。！~").casefold()
        return said in self._texts.words("live_leave_words", language).split("|")

    async def _leave(self, turn: Turn, language: str | None) -> Taken:
        words = Reply(self._texts.words("live_left", language))
        try:
            talk = await self._client.leave_live(turn.conversation)
        except ApiUnavailable:  # nobody waits in order to leave; `bot.watch` makes up for it
            return Taken(Outcome((words,), turn.state), Switch(Mode.BOT, away=Away.LEFT))
        except ApiProblem as problem:
            if problem.code != "live_talk_not_found":
                raise
            return Taken(None, Switch(Mode.BOT))
        return Taken(Outcome((words,), turn.state), switch_to(talk))


def waiting(texts: Texts, place: int, language: str | None) -> Reply:
    """Say what place a citizen has in the queue, with a way out."""
    key = "live_place_next" if place == 1 else "live_place"
    return Reply(
        texts.words(key, language, place=place, ahead=place - 1),
        (Button(texts.words("live_button_leave", language), LEAVE),),
    )


def switch_to(talk: TalkOut) -> Switch:
    """Give the mode that a talk puts its conversation in."""
    return Switch(_MODES[talk.state], talk.id, talk.fence)


def switch_in(replies: Iterable[Reply]) -> Switch | None:
    """Find the change of mode that a turn's replies ask for; the last one counts."""
    found = None
    for reply in replies:
        custom = reply.custom or {}
        mode, talk, fence = (custom.get(key) for key in ("mode", "talk", "fence"))
        if custom.get("type") != MARK or mode not in _MODES:
            continue
        if isinstance(talk, str) and isinstance(fence, int):
            found = Switch(_MODES[str(mode)], talk, fence)
    return found


def _message(turn: Turn) -> LiveMessage:
    attachments = turn.metadata.get("attachments")
    return LiveMessage(
        message_id=turn.message_id,
        text=turn.text or None,
        attachments=tuple(attachments) if isinstance(attachments, list) else (),
        danger=_word(turn.metadata.get("emergency")),
    )


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
